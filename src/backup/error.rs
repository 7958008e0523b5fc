//! What can go wrong with a backup. Each text says what happened, what it means, and what to do next.

use std::io;
use std::path::{Path, PathBuf};

use crate::access::Forbidden;
use crate::store::{OpenError, StoreError};
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("a backup is being made already; wait until it is done")]
    Running,
    #[error("there is no backup {name}; `junctionbox backup list` shows those that exist")]
    Unknown { name: String },
    #[error("no place off-site is configured; name one by [backup] target")]
    NoTarget,
    #[error("{target}: {reason}")]
    Offsite { target: String, reason: String },
    #[error("there is no {name} at {target}; `junctionbox backup list --target` shows what lies there")]
    NotThere { name: String, target: String },
    #[error("no backup lies at {target}; is it the right folder, bucket or prefix?")]
    NothingThere { target: String },
    #[error(
        "backups of more than one appliance lie at {target}; name the one you want, as `junctionbox backup list --target` shows it"
    )]
    SeveralThere { target: String },
    #[error("{path} exists already; move it away, or name another folder: --into DIR")]
    Exists { path: PathBuf },
    #[error("there is no backup yet; make one by `junctionbox backup create`")]
    None,
    #[error("{path} is not a backup of Junctionbox")]
    NotABackup { path: PathBuf },
    #[error(
        "{path} was written by a newer Junctionbox (backup format {found}, this version reads {known}); install that version to restore it"
    )]
    NewerFormat { path: PathBuf, found: u64, known: u64 },
    #[error(
        "{path} holds a store of a newer Junctionbox ({version}, schema {found}; this version knows {known}); install that version to restore it"
    )]
    NewerSchema { path: PathBuf, version: String, found: i64, known: i64 },
    #[error(
        "{path} belongs to another instance ({instance}) or was made with another instance key; give the recovery kit that belongs to it: --recovery-kit FILE"
    )]
    ForeignKey { path: PathBuf, instance: String },
    #[error(
        "{path} is truncated: it has {found} of {expected} bytes. It was not copied to its end, or the disk was full; take another copy or another backup"
    )]
    Truncated { path: PathBuf, found: u64, expected: u64 },
    #[error(
        "{path} was changed after it was written ({detail}); it is not to be trusted. Take another copy or another backup"
    )]
    Damaged { path: PathBuf, detail: String },
    #[error("the store in {path} is not whole: {detail}. Take an older backup")]
    NotWhole { path: PathBuf, detail: String },
    #[error("{path} belongs to a demo; its data is thrown away with it, so no backup is made or restored")]
    Demo { path: PathBuf },
    #[error("the disk of {path} is full; nothing was changed. Make room, or name another place")]
    DiskFull { path: PathBuf },
    #[error("{path} has {free} free, and {needed} are needed; nothing was changed. Make room, or name another place")]
    NoRoom { path: PathBuf, free: String, needed: String },
    #[error(
        "{path} names {place}, which no restore would have moved: somebody else wrote it. Find out who; then move the journal away and start again"
    )]
    Journal { path: PathBuf, place: PathBuf },
    #[error(
        "{path} holds the backup {found}: an older or another one was laid under its name; take it from another place"
    )]
    OtherName { path: PathBuf, found: String },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the store could not be read: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the backup stopped in the middle and was thrown away: {0}")]
    Stopped(String),
}

impl BackupError {
    /// An error of the disk, told apart by what an operator can do about it.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::StorageFull || source.kind() == io::ErrorKind::QuotaExceeded {
            return Self::DiskFull { path: path.to_owned() };
        }
        Self::Io { path: path.to_owned(), source }
    }
    pub(super) fn store(path: &Path, error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::DiskFull { path: path.to_owned() },
            other => other.into(),
        }
    }
    pub(super) fn open(path: &Path, error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => Self::store(path, error),
            OpenError::Io { path, source } => Self::io(&path, source),
            other => other.into(),
        }
    }
}
