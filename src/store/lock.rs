//! One writing process per data directory: an exclusive lock on `DATA_DIR/lock`, held until the value is dropped.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::OpenError;

/// Tries, 20 ms apart: a process that is just ending still holds the lock, and so does a child between fork and exec.
const PATIENCE: u32 = 25;

#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    pub fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // The folder may be another user's: nothing is opened behind a link of theirs.
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(|source| OpenError::Io { path: path.clone(), source })?;
        for patience in (0..PATIENCE).rev() {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if patience > 0 => std::thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(source)) => return Err(OpenError::Io { path, source }),
            }
        }
        Err(OpenError::InUse { dir: dir.to_owned() })
    }
}
