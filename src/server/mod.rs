//! The composition root: wires the domains together, listens, and keeps the process in order. The only place, with
//! cli, that reads the configuration; the domains get plain values.

pub mod control;
pub mod demo;
mod depot;
pub mod doctor;
mod erasing;
mod http;
pub mod jobs;
mod keys;
pub mod lifecycle;
pub mod listeners;
pub mod logging;
pub mod metrics;
pub mod middleware;
mod opening;
pub mod private;
mod probes;
mod pulse;
mod refusal;
mod reload;
pub mod restore;
mod scrape;
pub mod settings;
pub mod sockets;
mod soundness;
mod start_error;
pub mod tls;
pub mod upgrade;
pub mod wire;

pub use depot::depot;
pub use lifecycle::{Reading, Running, ServeError, harden_process, serve};
pub use soundness::mistakes;
pub use wire::{App, Opening, StartError, VERSION};
