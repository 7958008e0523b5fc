//! A backup opened in a folder of its own and made ready there: brought to this version's schema, customers on the erasure
//! list ended again, everybody signed out, marked as one that stands by.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{RestoreError, Wanted, settle};
use crate::access::Principal;
use crate::backup::{self, BackupError, Checked, Workshop};
use crate::base::{CustomerId, Secret};
use crate::config::{Config, KeySource};
use crate::instance::{Restoration, note_restored};
use crate::server::settings::ERASURES_FILE;
use crate::server::wire::{App, Opening};
use crate::store::{InstanceKey, StoreError};
use crate::vault::Erasures;

pub struct Prepared {
    pub folder: PathBuf,
    pub key: InstanceKey,
    pub checked: Checked,
    pub erased: usize,
}

pub async fn prepare(
    config: &Config,
    opening: &Opening,
    wanted: &Wanted,
    key: &InstanceKey,
    workshop: &Workshop,
) -> Result<Prepared, RestoreError> {
    let dir = &config.storage.data_dir;
    let size =
        std::fs::metadata(&wanted.file).map_err(|source| BackupError::Io { path: wanted.file.clone(), source })?;
    backup::require_room(dir, size.len().saturating_mul(2).saturating_add(1 << 20))?;
    let folder = workshop.room("store")?;
    let (file, at, opens) = (wanted.file.clone(), folder.clone(), key.clone());
    let checked = tokio::task::spawn_blocking(move || backup::check(&file, &opens, &at)).await;
    let checked = checked.map_err(|error| RestoreError::Preparing(error.to_string()))??;
    let ids = erased(dir, wanted, key, &checked)?;
    let list = list_at(folder.join(ERASURES_FILE), key)?;
    list.add(ids.iter().copied()).map_err(|source| disk(list.path(), source))?;
    let app = App::open(staged(config, &folder, key, wanted), opening.clone())
        .await
        .map_err(|error| RestoreError::Preparing(error.to_string()))?;
    let done = finish(&app, wanted, &checked, &ids).await;
    app.close().await;
    drop(app);
    settle(&folder, key).await;
    let erased = done.map_err(RestoreError::Preparing)?;
    Ok(Prepared { folder, key: key.clone(), checked, erased })
}

/// The configuration with everything in the folder, so that nothing of the old appliance is touched.
fn staged(config: &Config, folder: &Path, key: &InstanceKey, wanted: &Wanted) -> Config {
    let mut config = config.clone();
    config.storage.data_dir = folder.to_owned();
    config.storage.instance_key = KeySource::Value(Secret::new(data_encoding::HEXLOWER.encode(key.bytes())));
    config.backup.target = None;
    if let Some(vault) = wanted.kit.as_ref().and_then(|kit| kit.vault_key.as_ref()) {
        let path = folder.join("vault.key");
        match crate::server::private::write(&path, vault.expose()) {
            Ok(()) => config.vault.key_file = path,
            Err(error) => tracing::warn!(%error, "the vault is not opened while preparing"),
        }
    }
    config
}

async fn finish(app: &App, wanted: &Wanted, checked: &Checked, ids: &BTreeSet<CustomerId>) -> Result<usize, String> {
    let who = Principal::cli();
    let mut erased = 0usize;
    for id in ids {
        let found = app.customers.find(&who, *id).await.map_err(|error| error.to_string())?;
        if found.is_none() {
            continue;
        }
        app.connections.disconnect_all(&who, *id).await.map_err(|error| error.to_string())?;
        app.customers.delete(&who, *id).await.map_err(|error| error.to_string())?;
        erased = erased.saturating_add(1);
    }
    app.access.end_all_sessions().await.map_err(|error| error.to_string())?;
    let restoration = Restoration {
        restored_at: app.clock.now(),
        backup_name: wanted.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        backup_created_at: checked.manifest.created_at,
    };
    let audit = app.audit.clone();
    let noted = app.store.write::<_, StoreError, _>(move |tx| note_restored(tx, &audit, &restoration));
    noted.await.map_err(|error| error.to_string())?;
    Ok(erased)
}

/// Everyone on a list: that of the data directory, that beside the backup, and one that was named.
fn erased(
    dir: &Path,
    wanted: &Wanted,
    key: &InstanceKey,
    checked: &Checked,
) -> Result<BTreeSet<CustomerId>, RestoreError> {
    let list = list_at(dir.join(ERASURES_FILE), key)?;
    let beside = wanted.file.parent().unwrap_or(Path::new("."));
    let name = backup::erasures_name(&checked.manifest.instance_id);
    let mut ids = list.read().map_err(|source| disk(list.path(), source))?;
    let mut places = vec![beside.join(name)];
    places.extend(wanted.erasure_list.clone());
    for place in places {
        ids.extend(list.read_from(&place).map_err(|source| disk(&place, source))?);
    }
    Ok(ids)
}

fn list_at(path: PathBuf, key: &InstanceKey) -> Result<Erasures, RestoreError> {
    Erasures::new(path, &key.derive("erasures")).ok_or(RestoreError::Kit)
}

fn disk(path: &Path, source: std::io::Error) -> RestoreError {
    BackupError::Io { path: path.to_owned(), source }.into()
}
