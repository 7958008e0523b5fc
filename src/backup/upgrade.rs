//! The backup before an upgrade: made of stores that an older version wrote, before this one changes their schema. When it
//! cannot be made the upgrade does not begin.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::create::{Workshop, part, put_in_place};
use super::error::BackupError;
use super::manifest::{Manifest, Reason};
use super::{container, space, unpack};
use crate::audit;
use crate::base::{Random, Timestamp};
use crate::instance;
use crate::store::{DatabaseFile, Inspected, InstanceKey, copy_database};

/// Makes one where a schema is older than this version's; its file. To be called with the directory's lock held.
pub fn back_up_before_upgrade(
    dir: &Path,
    folder: &Path,
    key: &InstanceKey,
    version: &str,
    (now, random): (Timestamp, &dyn Random),
) -> Result<Option<PathBuf>, BackupError> {
    let present: Vec<DatabaseFile> =
        DatabaseFile::ALL.into_iter().filter(|file| dir.join(file.name()).exists()).collect();
    let mut older = false;
    let mut size = 0u64;
    for file in &present {
        let path = dir.join(file.name());
        let store = Inspected::open(&path, *file, key)?;
        older |= (1..file.known_schema()).contains(&store.schema());
        size = size.saturating_add(std::fs::metadata(&path).map_or(0, |found| found.len()));
    }
    let main = dir.join(DatabaseFile::Main.name());
    if !older || !main.exists() {
        return Ok(None);
    }
    let workshop = Workshop::open(folder, random)?;
    space::require(folder, size.saturating_mul(3).saturating_add(1 << 20))?;
    let copies = workshop.room("copies")?;
    let (mut parts, mut paths) = (Vec::new(), Vec::new());
    for file in present {
        let path = copies.join(file.name());
        copy_database(&dir.join(file.name()), file, key, &path).map_err(|error| BackupError::store(&path, error))?;
        parts.push(part(key, file, &path)?);
        paths.push(path);
    }
    let copied = Inspected::open(&copies.join(DatabaseFile::Main.name()), DatabaseFile::Main, key)?;
    let Some((instance_id, region)) = instance::identity(&copied)? else { return Ok(None) };
    let audit_head = audit::head(&copied)?;
    drop(copied);
    let mut salt = [0u8; 32];
    random.fill(&mut salt);
    let archive_key = unpack::archive_key(key)?;
    let manifest = Manifest {
        version: version.to_owned(),
        instance_id,
        region,
        created_at: now,
        reason: Reason::Upgrade,
        audit_head,
        key_id: archive_key.id(),
        salt: HEXLOWER.encode(&salt),
        files: parts,
    };
    let sealed = workshop.path().join("sealed");
    container::write(&sealed, &manifest, &paths, &archive_key)?;
    if let Err(error) = unpack::check(&sealed, key, &workshop.room("check")?) {
        // A demo's data is thrown away with it; nothing is kept of it.
        return if matches!(error, BackupError::Demo { .. }) { Ok(None) } else { Err(error) };
    }
    let path = folder.join(manifest.file_name());
    put_in_place(&sealed, &path, folder)?;
    Ok(Some(path))
}
