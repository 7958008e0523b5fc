//! Who may do what: users, sessions, API keys, roles and scopes. Owns passwords and tokens (as hashes only); refuses by
//! default. The question is asked at the domain call, never at the page.

mod api_keys;
mod error;
mod key_ring;
mod model;
mod one_time;
mod password;
mod password_rules;
mod principal;
mod service;
mod sessions;
mod sign_in;
mod store;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod users;

pub use error::AccessError;
pub use model::{
    ApiKey, ChangeUser, CreatedApiKey, CreatedUser, Link, NewApiKey, NewOwner, NewSession, NewUser, OneTimeToken,
    Purpose, SessionState, SignedIn, User, Visitor,
};
pub use password_rules::{LEAST_PASSWORD, check_password};
pub use principal::{Forbidden, Permission, Principal, Role, Scope};
pub use service::Access;
pub use sessions::{SESSION_IDLE, SESSION_LIFE};
pub use throttle::{Slowdown, network};
