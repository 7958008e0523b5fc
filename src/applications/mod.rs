//! OAuth applications: the operator's own registrations at vendors, one or more per system. Owns client id, secret or key
//! and the addresses that a system leaves open; refuses to end one on which live connections depend. Secrets are sealed
//! for the instance and come out only as the credentials of one look.

mod change;
mod error;
mod model;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use error::ApplicationError;
pub use model::{APPLICATION_ID, Application, ChangeApplication, NewApplication, Opened};
pub use service::{Applications, ApplicationsParts};
