//! The composition root: wires the domains together, listens, and keeps the process in order. The only place, with
//! cli, that reads the configuration; the domains get plain values.

pub mod listeners;
pub mod middleware;
pub mod private;
mod refusal;
pub mod tls;
