//! Making a backup: copies of one moment, packed and sealed beside the place, opened and proven, then put under its name.
//! Until the last step nothing but a working folder exists, and that goes, however it ended.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::error::BackupError;
use super::list::BackupRow;
use super::manifest::{Manifest, Part, Reason};
use super::service::{Backups, Inner};
use super::{container, space, store, unpack};
use crate::access::{Permission, Principal};
use crate::audit::{self, AuditOutcome, Entry};
use crate::base::{Random, Timestamp};
use crate::store::{DatabaseFile, Inspected, InstanceKey, StoreError};

/// A folder of its own that is gone when the value is dropped.
pub struct Workshop(pub(super) PathBuf);

const WORKSHOP: &str = ".work-";
const VERIFYING: &str = "junctionbox-verify-";

impl Workshop {
    /// Takes away what a killed process left, too.
    pub fn open(folder: &Path, random: &dyn Random) -> Result<Self, BackupError> {
        let failed = |source| BackupError::io(folder, source);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        for entry in fs::read_dir(folder).map_err(failed)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(WORKSHOP) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let mut name = [0u8; 8];
        random.fill(&mut name);
        let path = folder.join(format!("{WORKSHOP}{}", HEXLOWER.encode(&name)));
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        Ok(Self(path))
    }

    /// A folder that did not exist before, in one that many may use: the name cannot be guessed, and nobody else's is taken.
    pub fn fresh(parent: &Path, random: &dyn Random) -> Result<Self, BackupError> {
        let failed = |source| BackupError::io(parent, source);
        let found = fs::metadata(parent).map_err(failed)?;
        let own = rustix::process::geteuid().as_raw();
        let (mode, uid) = (found.permissions().mode(), found.uid());
        if (uid != own && uid != 0) || (mode & 0o022 != 0 && mode & 0o1000 == 0) {
            let what = "others could exchange what is put there; name another folder by the variable TMPDIR";
            return Err(failed(std::io::Error::new(std::io::ErrorKind::PermissionDenied, what)));
        }
        let mut name = [0u8; 16];
        random.fill(&mut name);
        let path = parent.join(format!("{VERIFYING}{}", HEXLOWER.encode(&name)));
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|source| BackupError::io(&path, source))?;
        Ok(Self(path))
    }

    /// Takes away what a killed process left of `fresh` ones; where nobody else works in `parent`.
    pub fn sweep(parent: &Path) {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(VERIFYING.trim_end_matches('-')) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn room(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.0.join(name);
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|source| BackupError::io(&path, source))?;
        Ok(path)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Backups {
    /// Makes one now, proves it, thins out the old ones and sends it off-site. That it could not be sent is in the row;
    /// the backup counts all the same.
    pub async fn create(&self, who: &Principal, reason: Reason) -> Result<BackupRow, BackupError> {
        who.require(Permission::Admin)?;
        if self.0.instances.current().is_demo {
            return Err(BackupError::Demo { path: self.0.settings.folder.clone() });
        }
        let Ok(_turn) = self.0.turn.try_lock() else { return Err(BackupError::Running) };
        let made = self.make(reason).await;
        self.note(who, reason, &made).await?;
        let made = made?;
        // Off-site first: nothing that goes wrong with old ones may keep the new one here.
        let sent = self.send_off(&made.name).await;
        let thinned = self.thin_out().await;
        self.refresh().await?;
        sent.and(thinned)?;
        self.row(&made.name).await
    }

    async fn make(&self, reason: Reason) -> Result<store::Known, BackupError> {
        let (inner, now) = (self.0.clone(), self.0.clock.now());
        let work = tokio::task::spawn_blocking(move || make(&inner, reason, now));
        work.await.unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string())))
    }

    /// The end goes into store and audit; a failure stands until a good one follows.
    async fn note(
        &self,
        who: &Principal,
        reason: Reason,
        made: &Result<store::Known, BackupError>,
    ) -> Result<(), BackupError> {
        let now = self.0.clock.now();
        let entry = Entry::new(now, &who.actor, "backup.created");
        let (entry, ended) = match made {
            Ok(known) => {
                let detail = json!({"reason": reason.as_str(), "bytes": known.bytes, "checksum": known.checksum});
                (entry.target("backup", &known.name, known.name.clone()).detail(detail), Ok(known.clone()))
            }
            Err(error) => {
                tracing::error!(%error, "the backup failed");
                let detail = json!({"reason": reason.as_str(), "error": error.to_string()});
                (entry.outcome(AuditOutcome::Failed).detail(detail), Err(error.to_string()))
            }
        };
        let audit = self.0.audit.clone();
        let noted = self.0.store.write::<_, StoreError, _>(move |tx| {
            match ended {
                Ok(known) => store::made(tx, &known)?,
                Err(message) => store::failed(tx, now, &message)?,
            }
            audit.append(tx, &entry).map(|_| ())
        });
        match noted.await {
            Ok(()) => Ok(self.refresh().await?),
            // On a full disk the failure itself cannot be written; it is told to the caller all the same.
            Err(error) if made.is_err() => {
                tracing::error!(%error, "that the backup failed could not be noted");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The work on files; everything here may take long.
fn make(inner: &Inner, reason: Reason, now: Timestamp) -> Result<store::Known, BackupError> {
    let folder = &inner.settings.folder;
    let workshop = Workshop::open(folder, inner.random.as_ref())?;
    let copies = workshop.room("copies")?;
    let files: &[DatabaseFile] = if inner.settings.history { &DatabaseFile::ALL } else { &[DatabaseFile::Main] };
    // The copies and the sealed file, or the sealed file and what is opened from it.
    space::require(folder, size_of_databases(inner, files).saturating_mul(2).saturating_add(1 << 20))?;
    let mut parts = Vec::new();
    let mut paths = Vec::new();
    for file in files {
        let path = copies.join(file.name());
        inner.store.copy(*file, &path).map_err(|error| BackupError::store(&path, error))?;
        parts.push(part(&inner.key, *file, &path)?);
        paths.push(path);
    }
    let main = Inspected::open(&copies.join(DatabaseFile::Main.name()), DatabaseFile::Main, &inner.key)
        .map_err(|error| BackupError::open(folder, error))?;
    let audit_head = audit::head(&main)?;
    drop(main);
    let mut salt = [0u8; 32];
    inner.random.fill(&mut salt);
    let instance = inner.instances.current();
    let manifest = Manifest {
        version: inner.settings.version.to_owned(),
        instance_id: instance.id,
        region: instance.region,
        created_at: now,
        reason,
        audit_head,
        key_id: inner.key_id.clone(),
        salt: HEXLOWER.encode(&salt),
        files: parts,
    };
    let sealed = workshop.0.join("sealed");
    let (checksum, bytes) = container::write(&sealed, &manifest, &paths, &unpack::archive_key(&inner.key)?)?;
    fs::remove_dir_all(&copies).map_err(|source| BackupError::io(&copies, source))?;
    unpack::check(&sealed, &inner.key, &workshop.room("check")?)?;
    let name = manifest.file_name();
    put_in_place(&sealed, &folder.join(&name), folder)?;
    let (created_at, verified_at) = (now, Some(inner.clock.now()));
    Ok(store::Known { name, created_at, reason, bytes, checksum, verified_at, offsite_at: None, offsite_error: None })
}

fn size_of_databases(inner: &Inner, files: &[DatabaseFile]) -> u64 {
    let data = inner.settings.folder.parent().unwrap_or(Path::new("."));
    let size = |file: &DatabaseFile| fs::metadata(data.join(file.name())).map_or(0, |metadata| metadata.len());
    files.iter().map(size).sum()
}

pub(super) fn part(key: &InstanceKey, file: DatabaseFile, path: &Path) -> Result<Part, BackupError> {
    let failed = |source| BackupError::io(path, source);
    let database = Inspected::open(path, file, key).map_err(|error| BackupError::open(path, error))?;
    let schema = database.schema();
    drop(database);
    let mut hash = Sha256::new();
    let mut bytes = 0u64;
    let mut source = fs::File::open(path).map_err(failed)?;
    let mut buffer = vec![0u8; 1 << 18];
    loop {
        let read = source.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(0));
    }
    Ok(Part { name: file.name().to_owned(), schema, bytes, sha256: HEXLOWER.encode(&hash.finalize()) })
}

/// Under its name, whole, and on the disk. Never over another one.
pub(super) fn put_in_place(from: &Path, to: &Path, folder: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Stopped(format!("{} exists already", to.display())));
    }
    fs::rename(from, to).map_err(|source| BackupError::io(to, source))?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| BackupError::io(folder, source))
}
