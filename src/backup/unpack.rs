//! A backup opened as a whole and proven: every chunk, both databases against their indexes, the audit chain against the
//! head in the manifest. Only what passed all of it counts as a backup.

use std::path::Path;

use super::container;
use super::create::Workshop;
use super::error::BackupError;
use super::manifest::Manifest;
use crate::audit::AuditLog;
use crate::base::Random;
use crate::instance;
use crate::store::{DatabaseFile, Inspected, InstanceKey, OpenError};
use crate::vault::archive::ArchiveKey;

/// What was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub manifest: Manifest,
    /// How many audit entries hold.
    pub audit_entries: i64,
    /// The name that it was made under, where its file has another: an older one may have been laid under a newer name.
    pub made_as: Option<String>,
}

impl Checked {
    /// A warning in words.
    pub fn remark(&self) -> Option<String> {
        let made_as = self.made_as.as_ref()?;
        Some(format!(
            "Careful: this file was made as {made_as}. If you did not rename it, somebody laid an older backup under another name."
        ))
    }
}

/// The key of an instance's backups.
pub(super) fn archive_key(key: &InstanceKey) -> Result<ArchiveKey, BackupError> {
    ArchiveKey::new(&key.derive("backup")).ok_or_else(|| BackupError::Stopped("the key has a wrong length".into()))
}

/// Opens `path` with the instance key, writes its databases into the empty `folder`, and proves them.
pub fn check(path: &Path, key: &InstanceKey, folder: &Path) -> Result<Checked, BackupError> {
    let opened = container::open(path)?;
    refuse_newer(path, &opened.manifest)?;
    let manifest = opened.extract(&archive_key(key)?, folder)?;
    if manifest.part(DatabaseFile::Main.name()).is_none() {
        return Err(BackupError::Damaged { path: path.to_owned(), detail: "its main database is missing".into() });
    }
    let mut audit_entries = 0;
    for part in &manifest.files {
        let Some(file) = DatabaseFile::named(&part.name) else { continue };
        let place = folder.join(file.name());
        let database = Inspected::open(&place, file, key).map_err(|error| inside(path, &manifest, error))?;
        if database.schema() != part.schema {
            let detail = format!("{} has schema {} instead of {}", part.name, database.schema(), part.schema);
            return Err(BackupError::Damaged { path: path.to_owned(), detail });
        }
        let findings = database.integrity().map_err(|error| BackupError::store(&place, error))?;
        if let Some(finding) = findings.first() {
            return Err(BackupError::NotWhole { path: path.to_owned(), detail: finding.clone() });
        }
        if file == DatabaseFile::Main {
            audit_entries = prove(path, &manifest, key, &database)?;
        }
    }
    let made_as = Some(manifest.file_name()).filter(|name| path.file_name().is_none_or(|found| found != name.as_str()));
    Ok(Checked { manifest, audit_entries, made_as })
}

/// As `check`, in a new folder below `folder` that is gone afterwards.
pub fn check_apart(path: &Path, key: &InstanceKey, folder: &Path, random: &dyn Random) -> Result<Checked, BackupError> {
    let workshop = Workshop::fresh(folder, random)?;
    check(path, key, workshop.path())
}

fn refuse_newer(path: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    for part in &manifest.files {
        let known = DatabaseFile::named(&part.name).map_or(0, DatabaseFile::known_schema);
        if part.schema > known {
            let (path, version) = (path.to_owned(), manifest.version.clone());
            return Err(BackupError::NewerSchema { path, version, found: part.schema, known });
        }
    }
    Ok(())
}

fn inside(path: &Path, manifest: &Manifest, error: OpenError) -> BackupError {
    match error {
        OpenError::WrongKey { .. } => {
            BackupError::ForeignKey { path: path.to_owned(), instance: manifest.instance_id.clone() }
        }
        other => BackupError::open(path, other),
    }
}

fn prove(path: &Path, manifest: &Manifest, key: &InstanceKey, main: &Inspected) -> Result<i64, BackupError> {
    if instance::is_demo(main)? {
        return Err(BackupError::Demo { path: path.to_owned() });
    }
    let proof = AuditLog::new(key.derive("audit")).prove(main, manifest.audit_head.clone())?;
    match proof.first_broken {
        Some(broken) => {
            Err(BackupError::NotWhole { path: path.to_owned(), detail: format!("in its audit log {broken}") })
        }
        None => Ok(proof.entries),
    }
}
