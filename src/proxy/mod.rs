//! Forwarding a caller's request to a connected system: the gate by status (from memory, no SQL), the path's rules, what
//! traffic says about the connection, and the log of what passed. Refuses to send anything while a secret is in doubt,
//! and to keep bodies or queries.

mod gate;
mod learn;
mod log;
mod path;
mod pilot;
mod service;
mod store;

pub use gate::{Gate, Refusal};
pub use log::{Logged, Observer, RequestFilter, RequestLog, RequestRow};
pub use path::check_path;
pub use service::{Proxied, Proxy, ProxyError};
