//! What can go wrong with the store, told apart by what the caller can do about it.

use std::path::PathBuf;

/// A failed read or write. The text is for the log; faces say `busy` or `internal`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer holds the file, or the queue is full: try again.
    #[error("the store is busy")]
    Busy,
    #[error("the disk is full")]
    Full,
    /// A unique value is taken; `what` names table and column, `customers.external_id`.
    #[error("the value of {what} is taken")]
    Unique { what: String },
    #[error("the store has been closed")]
    Closed,
    #[error("a change stopped in the middle and was undone")]
    Interrupted,
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        if let rusqlite::Error::SqliteFailure(code, message) = &error {
            match code.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => return Self::Busy,
                ErrorCode::DiskFull => return Self::Full,
                ErrorCode::ConstraintViolation => {
                    let text = message.as_deref().unwrap_or_default();
                    if let Some(what) = text.strip_prefix("UNIQUE constraint failed: ") {
                        return Self::Unique { what: what.to_owned() };
                    }
                }
                _ => {}
            }
        }
        Self::Sqlite(error)
    }
}

/// The store cannot be opened. Each text is one that an operator can act on.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the data directory {dir} is in use by another Junctionbox process; stop it, or name another directory by --data-dir"
    )]
    InUse { dir: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path} cannot be opened with this instance key: it is another instance's key, or the file is damaged")]
    WrongKey { path: PathBuf },
    #[error(
        "{path} was written by a newer Junctionbox (schema {found}, this version knows {known}); install that version, or restore a backup made before the upgrade"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} is not a Junctionbox store (application id {found:#x})")]
    Foreign { path: PathBuf, found: i64 },
    #[error("{path}: SQLite did not accept {pragma} (it says {found}); this build cannot keep its promises")]
    Pragma { path: PathBuf, pragma: &'static str, found: String },
    #[error("{path} is damaged: {detail}; restore a backup")]
    Damaged { path: PathBuf, detail: String },
    #[error("{dir} holds the data of a demo and is thrown away with it; `serve` does not open it")]
    Demo { dir: PathBuf },
    #[error(transparent)]
    Store(#[from] StoreError),
}
