//! A backup opened in a folder of its own and made ready there: brought to this version's schema, customers on the erasure
//! list ended again as well as keys, users and links that had ended, everybody signed out, marked as one that stands by.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{RestoreError, Wanted, settle};
use crate::access::{AccessError, Principal};
use crate::backup::{self, BackupError, Checked, Workshop};
use crate::base::Secret;
use crate::config::{Config, KeySource};
use crate::instance::{Restoration, note_restored};
use crate::links::LinkState;
use crate::server::settings::ERASURES_FILE;
use crate::server::wire::{App, Opening};
use crate::store::{InstanceKey, StoreError};
use crate::vault::{Ended, Erasures};

pub struct Prepared {
    pub folder: PathBuf,
    pub key: InstanceKey,
    pub checked: Checked,
    pub ended: Replayed,
}

/// What a backup brought back, and a list ended again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    pub customers: usize,
    pub api_keys: usize,
    pub users: usize,
    pub links: usize,
    /// What could not be ended again, in words.
    pub left: Vec<String>,
}

pub async fn prepare(
    config: &Config,
    opening: &Opening,
    wanted: &Wanted,
    key: &InstanceKey,
    workshop: &Workshop,
) -> Result<Prepared, RestoreError> {
    let dir = &config.storage.data_dir;
    backup::require_room(dir, wanted.bytes()?.saturating_mul(2).saturating_add(1 << 20))?;
    let folder = workshop.room("store")?;
    let (file, at, opens) = (wanted.within_reach(workshop)?, folder.clone(), key.clone());
    let checked = tokio::task::spawn_blocking(move || backup::check(&file, &opens, &at)).await;
    let checked = checked.map_err(|error| RestoreError::Preparing(error.to_string()))??;
    let ids = listed(dir, wanted, key)?;
    let list = list_at(folder.join(ERASURES_FILE), key)?;
    list.add(ids.iter().copied()).map_err(|source| disk(list.path(), source))?;
    let app = App::open(staged(config, &folder, key, wanted), opening.clone())
        .await
        .map_err(|error| RestoreError::Preparing(error.to_string()))?;
    let done = finish(&app, wanted, &checked, &ids).await;
    app.close().await;
    drop(app);
    settle(&folder, key).await;
    let ended = done.map_err(RestoreError::Preparing)?;
    Ok(Prepared { folder, key: key.clone(), checked, ended })
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

async fn finish(app: &App, wanted: &Wanted, checked: &Checked, ids: &BTreeSet<Ended>) -> Result<Replayed, String> {
    let replayed = replay(app, ids).await?;
    app.access.end_all_sessions().await.map_err(|error| error.to_string())?;
    let restoration = Restoration {
        restored_at: app.clock.now(),
        backup_name: wanted.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        backup_created_at: checked.manifest.created_at,
    };
    let audit = app.audit.clone();
    let noted = app.store.write::<_, StoreError, _>(move |tx| note_restored(tx, &audit, &restoration));
    noted.await.map_err(|error| error.to_string())?;
    Ok(replayed)
}

/// Ends again what the lists name, as far as the backup brought it back.
async fn replay(app: &App, ids: &BTreeSet<Ended>) -> Result<Replayed, String> {
    let who = Principal::cli();
    let mut done = Replayed::default();
    for id in ids {
        match id {
            Ended::Customer(id) => {
                if app.customers.find(&who, *id).await.map_err(|error| error.to_string())?.is_some() {
                    app.connections.disconnect_all(&who, *id).await.map_err(|error| error.to_string())?;
                    app.customers.delete(&who, *id).await.map_err(|error| error.to_string())?;
                    done.customers = done.customers.saturating_add(1);
                }
            }
            Ended::ApiKey(id) => {
                let found = app.access.api_key(&who, *id).await.map_err(|error| error.to_string())?;
                if found.is_some_and(|key| key.revoked_at.is_none()) {
                    app.access.revoke_api_key(&who, *id).await.map_err(|error| error.to_string())?;
                    done.api_keys = done.api_keys.saturating_add(1);
                }
            }
            Ended::User(id) => {
                let Some(user) = app.access.user(&who, *id).await.map_err(|error| error.to_string())? else { continue };
                match app.access.delete_user(&who, *id).await {
                    Ok(()) => done.users = done.users.saturating_add(1),
                    // Without an owner nobody could make the new one.
                    Err(AccessError::LastOwner) => done.left.push(user.email),
                    Err(error) => return Err(error.to_string()),
                }
            }
            Ended::Link(id) => {
                let found = app.connections.link(&who, *id).await.map_err(|error| error.to_string())?;
                if found.is_some_and(|link| link.state(app.clock.now()) == LinkState::Live) {
                    app.connections.revoke_link(&who, *id).await.map_err(|error| error.to_string())?;
                    done.links = done.links.saturating_add(1);
                }
            }
        }
    }
    Ok(done)
}

/// All that stands on a list: that of the data directory, that beside the backup, and one that was named.
fn listed(dir: &Path, wanted: &Wanted, key: &InstanceKey) -> Result<BTreeSet<Ended>, RestoreError> {
    let list = list_at(dir.join(ERASURES_FILE), key)?;
    let mut ids = list.read().map_err(|source| disk(list.path(), source))?;
    for given in &wanted.lists {
        let (found, foreign) = list.parse_all(&given.text);
        match foreign {
            Some(line) if given.is_named => {
                let what = format!("line {line} is no line that this appliance wrote");
                return Err(RestoreError::ErasureList { path: given.path.clone(), what });
            }
            Some(line) => {
                tracing::warn!(path = %given.path.display(), line, "a line of the erasure list beside the backup was not written by this appliance");
            }
            None if given.is_named && found.is_empty() => {
                let what = "it names nobody".to_owned();
                return Err(RestoreError::ErasureList { path: given.path.clone(), what });
            }
            None => {}
        }
        ids.extend(found);
    }
    Ok(ids)
}

fn list_at(path: PathBuf, key: &InstanceKey) -> Result<Erasures, RestoreError> {
    Erasures::new(path, &key.derive("erasures")).ok_or(RestoreError::Kit)
}

fn disk(path: &Path, source: std::io::Error) -> RestoreError {
    BackupError::Io { path: path.to_owned(), source }.into()
}
