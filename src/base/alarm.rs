//! The reasons of `instance.alarm` beyond those that a connection has. The API document lists them.

/// Mail has waited for long, or the mail server refuses us.
pub const MAIL_UNDELIVERABLE: &str = "mail_undeliverable";
/// The newest backup is too old.
pub const BACKUP_LATE: &str = "backup_late";
/// The latest backup failed.
pub const BACKUP_FAILED: &str = "backup_failed";
/// The weekly reading of the store found damage.
pub const STORE_DAMAGED: &str = "store_damaged";
/// The audit log's chain does not hold: an entry was changed, or is missing.
pub const AUDIT_BROKEN: &str = "audit_broken";
