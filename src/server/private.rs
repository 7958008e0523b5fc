//! Files and folders that only the service's user may read: 0600 and 0700. Writes whole files or nothing; refuses to
//! trust a key that others can read.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Something is wrong with a private file; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    #[error("the folder {path} cannot be made: {source}. Make it yourself, or name another with --data-dir")]
    Folder { path: PathBuf, source: io::Error },
    #[error("{path} cannot be written: {source}. Check the folder's owner and the space on the disk")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read: {source}. Check that the service's user owns it")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} can be read by others (mode {mode:04o}). Make it private: chmod {wanted:04o} {path}")]
    Open { path: PathBuf, mode: u32, wanted: u32 },
}

/// Makes the folder (and those above it) with mode 0700; an existing one keeps its content and gets the mode.
pub fn folder(path: &Path) -> Result<(), PrivateError> {
    let failed = |source| PrivateError::Folder { path: path.into(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode != 0o700 {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Writes the file with mode 0600: whole, on the disk, then under its name.
pub fn write(path: &Path, content: &[u8]) -> Result<(), PrivateError> {
    let failed = |source| PrivateError::Write { path: path.into(), source };
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// Reads a small file; `None` when it is not there. Refused when group or others may read it.
pub fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateError> {
    let failed = |source| PrivateError::Read { path: path.into(), source };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(PrivateError::Open { path: path.into(), mode, wanted: 0o600 });
    }
    let mut content = Zeroizing::new(Vec::with_capacity(4096));
    file.take(1 << 20).read_to_end(&mut content).map_err(failed)?;
    Ok(Some(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_private_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("a/b");
        folder(&home).unwrap();
        let path = home.join("key");
        assert!(read(&path).unwrap().is_none());
        write(&path, b"x").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"x");
        assert_eq!(std::fs::metadata(&home).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = read(&path).err().unwrap().to_string();
        assert!(refusal.contains("0640") && refusal.contains("chmod 0600"), "{refusal}");
    }
}
