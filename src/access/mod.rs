//! Who may do what: users, sessions, API keys, roles and scopes. Owns passwords and tokens (as hashes only); refuses by
//! default. The question is asked at the domain call, never at the page.

mod principal;

pub use principal::{Forbidden, Permission, Principal, Role, Scope};
