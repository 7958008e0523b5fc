//! Forwarding a caller's request to a connected system: the gate by status (from memory, no SQL), the path's rules, and
//! what traffic says about the connection. Owns nothing that lasts; refuses to send anything while a secret is in doubt.

mod gate;
mod path;
mod service;

pub use gate::{Gate, Refusal};
pub use path::check_path;
pub use service::{Proxied, Proxy, ProxyError};
