//! How much room a disk has, asked before anything is written, so that a full disk is told in a sentence and not by a ruin.

use std::path::Path;

use super::error::BackupError;

/// Bytes that this user may still write at `path`.
pub fn free(path: &Path) -> Result<u64, BackupError> {
    let stat = rustix::fs::statvfs(path).map_err(|error| BackupError::io(path, error.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Refuses where less than `needed` is free.
pub fn require(path: &Path, needed: u64) -> Result<(), BackupError> {
    let free = free(path)?;
    if free >= needed {
        return Ok(());
    }
    Err(BackupError::NoRoom { path: path.to_owned(), free: words(free), needed: words(needed) })
}

/// `812 KB`, `14.2 MB`.
pub fn words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10) / 1000, 0usize);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("TB");
    if tenths >= 1000 { format!("{} {name}", tenths / 10) } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_words() {
        for (bytes, text) in
            [(0, "0.0 KB"), (1_500, "1.5 KB"), (999_999, "999 KB"), (14_200_000, "14.2 MB"), (3_000_000_000, "3.0 GB")]
        {
            assert_eq!(words(bytes), text);
        }
        assert!(require(Path::new("/"), 1).is_ok());
        assert!(matches!(require(Path::new("/"), u64::MAX), Err(BackupError::NoRoom { .. })));
    }
}
