//! What to restore, and by what: opened while root is still root, since the service's user may not read root's folders.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::RestoreError;
use crate::backup::{self, BackupError, Kit, Workshop};

/// A list has a line for each that ended.
const LONGEST_LIST: u64 = 64 << 20;

pub struct Wanted {
    pub file: PathBuf,
    pub kit: Option<Kit>,
    /// Beside the one in the data directory: the one that lies beside the backup, and one that was named.
    pub(super) lists: Vec<List>,
    opened: File,
}

pub(super) struct List {
    pub path: PathBuf,
    pub text: String,
    /// Somebody named it: it has to be what he takes it for.
    pub is_named: bool,
}

impl Wanted {
    pub fn open(file: PathBuf, kit: Option<Kit>, erasure_list: Option<&Path>) -> Result<Self, RestoreError> {
        let opened = File::open(&file).map_err(|source| BackupError::Io { path: file.clone(), source })?;
        let mut lists = Vec::new();
        // What is no backup is refused later, with its reason.
        if let Ok(manifest) = backup::read_manifest(&file) {
            let beside = file.with_file_name(backup::erasures_name(&manifest.instance_id));
            match read(&beside) {
                Ok(text) => lists.push(List { path: beside, text, is_named: false }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BackupError::Io { path: beside, source }.into()),
            }
        }
        if let Some(path) = erasure_list {
            let text = read(path).map_err(|source| BackupError::Io { path: path.to_owned(), source })?;
            lists.push(List { path: path.to_owned(), text, is_named: true });
        }
        Ok(Self { file, kit, lists, opened })
    }

    pub(super) fn bytes(&self) -> Result<u64, RestoreError> {
        Ok(self.opened.metadata().map_err(|source| self.unread(source))?.len())
    }

    /// The backup where this user can read it: as it lies, or copied from what was opened before.
    pub(super) fn within_reach(&self, workshop: &Workshop) -> Result<PathBuf, RestoreError> {
        match File::open(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            _ => return Ok(self.file.clone()),
        }
        backup::require_room(workshop.path(), self.bytes()?.saturating_mul(3).saturating_add(1 << 20))?;
        let copy = workshop.room("handed")?.join(self.file.file_name().unwrap_or_default());
        let failed = |source| BackupError::Io { path: copy.clone(), source };
        let mut to = File::options().write(true).create_new(true).open(&copy).map_err(failed)?;
        io::copy(&mut &self.opened, &mut to).map_err(failed)?;
        Ok(copy)
    }

    fn unread(&self, source: io::Error) -> BackupError {
        BackupError::Io { path: self.file.clone(), source }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = fs::metadata(path)?.len();
    if bytes > LONGEST_LIST {
        return Err(io::Error::other(format!("{bytes} bytes are too many for an erasure list")));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}
