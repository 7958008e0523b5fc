//! The door against a fake system that answers, hangs, resets, lies and speaks TLS of several kinds.

mod catalogue;
mod fake;
mod fixed;
mod forward;
mod kept;
mod oauth;
mod secured;
mod sessions;
