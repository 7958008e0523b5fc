//! The life of a connection: connect, prove, change status, reconnect, pause, disconnect. Owns the status machine and the
//! in-memory registry; refuses to store anything that was not verified (unless asked to), and to change a status without
//! a decision record. Credits are counted through `CreditBook`, which the floor above provides.

mod classify;
mod machine;
mod ports;

pub use classify::{Context, Finding, Verdict, classify};
pub use machine::{State, Thresholds, advance};
pub use ports::{CreditBook, Taken, Taking};
