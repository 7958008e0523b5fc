//! Which backups exist: the files in the folder, and what the store remembers of them. Verifying one again; taking away
//! those that the calendar no longer keeps.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::container;
use super::create::Workshop;
use super::error::BackupError;
use super::manifest::{ENDING, Reason, prefix};
use super::retention::kept;
use super::service::Backups;
use super::store::{self, Known};
use super::unpack::{Checked, check_apart};
use crate::access::{Permission, Principal};
use crate::audit::{AuditOutcome, Entry};
use crate::base::Timestamp;
use crate::store::StoreError;

/// Where a backup lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Here,
    HereAndOffsite,
    OffsiteOnly,
}

/// One backup, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRow {
    pub name: String,
    pub path: PathBuf,
    pub created_at: Timestamp,
    pub reason: Reason,
    pub version: Option<String>,
    pub bytes: u64,
    pub place: Place,
    pub verified_at: Option<Timestamp>,
    pub offsite_at: Option<Timestamp>,
    pub offsite_error: Option<String>,
    /// It lies here and cannot be used, and why.
    pub fault: Option<String>,
}

impl Backups {
    /// Newest first.
    pub async fn list(&self, who: &Principal) -> Result<Vec<BackupRow>, BackupError> {
        who.require(Permission::Admin)?;
        self.rows().await
    }

    pub(super) async fn rows(&self) -> Result<Vec<BackupRow>, BackupError> {
        let known = self.0.store.read::<_, StoreError, _>(|reader| store::all(reader)).await?;
        let (folder, id) = (self.0.settings.folder.clone(), self.0.instances.current().id);
        let work = tokio::task::spawn_blocking(move || gather(&folder, &id, known));
        work.await.unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string())))
    }

    pub(super) async fn row(&self, name: &str) -> Result<BackupRow, BackupError> {
        let found = self.rows().await?.into_iter().find(|row| row.name == name);
        found.ok_or_else(|| BackupError::Unknown { name: name.to_owned() })
    }

    /// A name of the list or a path; without either the newest one here. Opens all of it, as a restore would.
    pub async fn verify(&self, who: &Principal, wanted: Option<&str>) -> Result<(PathBuf, Checked), BackupError> {
        who.require(Permission::Admin)?;
        let path = self.path_of(wanted).await?;
        let (inner, at) = (self.0.clone(), path.clone());
        // One after the other: the room is meant for one.
        let turn = self.0.verifying.lock().await;
        let work = tokio::task::spawn_blocking(move || {
            Workshop::sweep(&inner.settings.folder);
            check_apart(&at, &inner.key, &inner.settings.folder, inner.random.as_ref())
        });
        let checked = work.await.unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string())));
        drop(turn);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let now = self.0.clock.now();
        let entry = Entry::new(now, &who.actor, "backup.verified").target("backup", &name, name.clone());
        let entry = match &checked {
            Ok(_) => entry,
            Err(error) => entry.outcome(AuditOutcome::Failed).detail(json!({"error": error.to_string()})),
        };
        let (audit, right) = (self.0.audit.clone(), checked.is_ok());
        self.0
            .store
            .write::<_, StoreError, _>(move |tx| {
                if right {
                    store::verified(tx, &name, now)?;
                }
                audit.append(tx, &entry).map(|_| ())
            })
            .await?;
        self.refresh().await?;
        Ok((path, checked?))
    }

    async fn path_of(&self, wanted: Option<&str>) -> Result<PathBuf, BackupError> {
        match wanted {
            Some(path) if path.contains('/') => Ok(path.into()),
            Some(name) => Ok(self.row(name).await?.path),
            None => {
                let here = self.rows().await?.into_iter().find(|row| row.place != Place::OffsiteOnly);
                Ok(here.ok_or(BackupError::None)?.path)
            }
        }
    }

    /// Takes away what the calendar no longer keeps, here.
    pub(super) async fn thin_out(&self) -> Result<(), BackupError> {
        let rows: Vec<BackupRow> = self
            .rows()
            .await?
            .into_iter()
            .filter(|row| row.place != Place::OffsiteOnly && row.fault.is_none())
            .collect();
        let times: Vec<_> = rows.iter().map(|row| (row.created_at, row.reason)).collect();
        for (row, stays) in rows.iter().zip(kept(&times, self.0.settings.keep)) {
            if stays {
                continue;
            }
            match fs::remove_file(&row.path) {
                Ok(()) => tracing::info!(backup = row.name, "an old backup was taken away"),
                Err(error) => {
                    tracing::warn!(backup = row.name, %error, "an old backup could not be taken away");
                    continue;
                }
            }
            if row.offsite_at.is_none() {
                let name = row.name.clone();
                self.0.store.write::<_, StoreError, _>(move |tx| store::forget(tx, &name)).await?;
            }
        }
        Ok(())
    }
}

fn gather(folder: &Path, instance: &str, known: Vec<Known>) -> Result<Vec<BackupRow>, BackupError> {
    let mut known: BTreeMap<String, Known> = known.into_iter().map(|row| (row.name.clone(), row)).collect();
    let mut rows = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(BackupError::io(folder, error)),
    };
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix(instance)) && name.ends_with(ENDING) {
            let remembered = known.remove(&name);
            rows.push(here(entry.path(), name, remembered));
        }
    }
    rows.extend(known.into_values().filter(|row| row.offsite_at.is_some()).map(|row| elsewhere(folder, row)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.created_at));
    Ok(rows)
}

fn here(path: PathBuf, name: String, known: Option<Known>) -> BackupRow {
    let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    let (manifest, fault) = match container::read_manifest(&path) {
        Ok(manifest) => (Some(manifest), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let created = manifest.as_ref().map(|manifest| manifest.created_at);
    let known_at = known.as_ref().map(|known| known.created_at);
    let reason = manifest.as_ref().map(|manifest| manifest.reason).or(known.as_ref().map(|known| known.reason));
    let offsite_at = known.as_ref().and_then(|known| known.offsite_at);
    BackupRow {
        created_at: created.or(known_at).unwrap_or_default(),
        reason: reason.unwrap_or(Reason::Hand),
        version: manifest.map(|manifest| manifest.version),
        bytes,
        place: if offsite_at.is_some() { Place::HereAndOffsite } else { Place::Here },
        verified_at: known.as_ref().and_then(|known| known.verified_at),
        offsite_at,
        offsite_error: known.and_then(|known| known.offsite_error),
        fault,
        path,
        name,
    }
}

fn elsewhere(folder: &Path, known: Known) -> BackupRow {
    BackupRow {
        path: folder.join(&known.name),
        name: known.name,
        created_at: known.created_at,
        reason: known.reason,
        version: None,
        bytes: known.bytes,
        place: Place::OffsiteOnly,
        verified_at: known.verified_at,
        offsite_at: known.offsite_at,
        offsite_error: known.offsite_error,
        fault: None,
    }
}
