//! Real systems as fixtures: SAP CAP, Tryton, an OpenID provider, and HAProxy as a front that fails on command.
//! Each is a child process on loopback that ends when its value is dropped; `README.md` beside this file shows their use.

mod answers;
mod appliance;
mod cap;
mod cap_dies;
mod faults;
mod front;
mod mail;
mod mailed;
mod oauth;
mod oidc;
mod post;
mod process;
mod receiver;
mod tryton;
mod tryton_dies;
mod wire;

pub use appliance::Appliance;
pub use cap::Cap;
pub use front::{Fault, Front};
pub use oauth::Bench;
pub use oidc::{Oidc, Surfer};
pub use process::{Process, free_port, script};
pub use receiver::Receiver;
pub use tryton::Tryton;
pub use wire::try_ask;
