//! What goes over the wire, as types that only describe: no value of them is ever made. What may be null is an `Option`;
//! in answers everything is there, unless `finish::MAY_BE_ABSENT` names it.

mod access;
mod audit;
mod care;
mod connections;
mod credits;
mod customers;
mod events;
mod instance;
mod links;
mod lists;
mod oauth;
mod problem;
mod proxy;
mod systems;
mod webhooks;
mod words;

pub use access::*;
pub use audit::*;
pub use care::*;
pub use connections::*;
pub use credits::*;
pub use customers::*;
pub use events::*;
pub use instance::*;
pub use links::*;
pub use lists::*;
pub use oauth::*;
pub use problem::*;
pub use proxy::*;
pub use systems::*;
pub use webhooks::*;
pub use words::*;
