//! The audit log: who did what, chained by a keyed MAC so that a changed, removed or moved line shows, and a cut tail too
//! against a head that was kept elsewhere. An entry is appended in the transaction of the change it speaks of. Refuses to
//! change or delete entries; holds names and ids, never secrets.

mod chain;
mod error;
mod export;
mod model;
mod store;
#[cfg(test)]
mod tests;
mod verify;

pub use chain::AuditLog;
pub use error::AuditError;
pub use export::{Export, write_csv};
pub use model::{AuditFilter, AuditHead, AuditOutcome, AuditRow, AuditTarget, Entry};
pub use store::{head, latest_at, list};
pub use verify::{Broken, BrokenHow, Proven, Verification};
