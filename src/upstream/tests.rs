//! The door against a fake system that answers, hangs, resets, lies and speaks TLS of several kinds.

mod catalogue;
mod fake;
mod fixed;
mod forward;
mod kept;
mod moved;
mod oauth;
mod oauth1;
mod secured;
mod sessions;
