//! Putting a backup in place: prove it, refuse while a server runs, prepare it in a folder of its own (newer schema, erasure
//! list, the mark that it has to stand by), exchange the files, start once, and go back when that fails. The old files stay
//! aside. Until the exchange nothing of the old appliance is touched.

mod owner;
mod prepare;
mod wanted;

use std::path::{Path, PathBuf};

use super::restore::owner::step_down;
use super::restore::prepare::{Prepared, prepare};
use super::wire::{App, Opening};
use super::{keys, private, settings};
use crate::backup::{self, BackupError, Checked, Kit, Swap, Workshop};
use crate::base::{Clock, Secret, SecretBytes};
use crate::config::{Config, KeySource};
use crate::store::{DatabaseFile, DirectoryLock, Inspected, InstanceKey, OpenError, Store};

pub use owner::OwnerError;
pub use prepare::Replayed;
pub use wanted::Wanted;

/// What came of it.
pub struct Restored {
    pub checked: Checked,
    /// The old files, where there were any.
    pub aside: Option<PathBuf>,
    /// What had ended since the backup, ended again.
    pub ended: Replayed,
    /// Why the vault did not open with what was at hand.
    pub vault_sealed: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("a server runs on {dir}; stop it first: systemctl stop junctionbox. Nothing was changed", dir = .0.display())]
    Running(PathBuf),
    #[error("there is no instance key at {0}, and none was given. Give the recovery kit: --recovery-kit FILE")]
    NoKey(String),
    #[error("the instance key in the recovery kit is not 32 bytes")]
    Kit,
    #[error(
        "the configuration names another instance key than the recovery kit. Put the kit's key there, or take [storage] instance_key out"
    )]
    OtherKey,
    #[error("{0}. Nothing was changed")]
    Preparing(String),
    #[error("the restored appliance does not start ({0}). The old one is in place again, as it was")]
    Start(String),
    #[error("{path}: {what}. Name the list of this appliance. Nothing was changed")]
    ErasureList { path: PathBuf, what: String },
    #[error(transparent)]
    Owner(#[from] OwnerError),
    #[error(transparent)]
    Private(#[from] private::PrivateError),
}

/// Makes ready what root alone can read, then lets root become the user that it restores for. Before there are threads.
pub fn hand_over(config: &mut Config, wanted: &Wanted) -> Result<(), RestoreError> {
    let held = if wanted.kit.is_none() { keys::present_instance_key(&config.storage).ok().flatten() } else { None };
    if step_down(&config.storage.data_dir)?
        && let Some(key) = held
    {
        config.storage.instance_key = KeySource::Value(Secret::new(data_encoding::HEXLOWER.encode(key.bytes())));
    }
    Ok(())
}

/// Restores into the configured data directory.
pub async fn restore(config: &Config, opening: &Opening, wanted: Wanted) -> Result<Restored, RestoreError> {
    let dir = config.storage.data_dir.clone();
    Store::prepare_directory(&dir).map_err(|error| RestoreError::Preparing(error.to_string()))?;
    let lock = match DirectoryLock::take(&dir) {
        Ok(lock) => lock,
        Err(OpenError::InUse { dir }) => return Err(RestoreError::Running(dir)),
        Err(error) => return Err(RestoreError::Preparing(error.to_string())),
    };
    backup::take_back_interrupted(&dir, &settings::key_places(config))?;
    let key = key(config, wanted.kit.as_ref())?;
    let stamp = stamp(opening.clock.as_ref());
    let workshop = Workshop::open(&dir.join("restoring"), opening.random.as_ref())?;
    let made = prepare(config, opening, &wanted, &key, &workshop).await;
    let restored = match made {
        Ok(prepared) => exchange(config, opening, &wanted, prepared, &stamp, lock).await,
        Err(error) => Err(error),
    };
    drop(workshop);
    let _ = std::fs::remove_dir(dir.join("restoring"));
    restored
}

async fn exchange(
    config: &Config,
    opening: &Opening,
    wanted: &Wanted,
    prepared: Prepared,
    stamp: &str,
    lock: DirectoryLock,
) -> Result<Restored, RestoreError> {
    let dir = &config.storage.data_dir;
    let mut moves = Vec::new();
    for file in DatabaseFile::ALL {
        let fresh = prepared.folder.join(file.name());
        moves.push((dir.join(file.name()), fresh.exists().then_some(fresh)));
        moves.extend(["-wal", "-shm"].map(|ending| (dir.join(format!("{}{ending}", file.name())), None)));
    }
    let erased = prepared.folder.join(settings::ERASURES_FILE);
    moves.push((dir.join(settings::ERASURES_FILE), erased.exists().then_some(erased)));
    for (place, key) in key_files(config, wanted.kit.as_ref()) {
        if let Some(fresh) = fresh_key(&place, &key, stamp)? {
            moves.push((place, Some(fresh)));
        }
    }
    let swap = Swap::prepare(dir, stamp, moves)?;
    let started = match swap.exchange() {
        // The lock goes along: nobody else may come between.
        Ok(()) => start(config, opening, &prepared.key, lock).await,
        Err(error) => Err(error.to_string()),
    };
    match started {
        Ok(vault_sealed) => {
            let aside = swap.commit()?;
            Ok(Restored { checked: prepared.checked, aside, ended: prepared.ended, vault_sealed })
        }
        Err(error) => {
            swap.take_back()?;
            Err(RestoreError::Start(error))
        }
    }
}

/// Opens the appliance once, as the next start will. Says why its vault stays sealed, if it does.
async fn start(
    config: &Config,
    opening: &Opening,
    key: &InstanceKey,
    lock: DirectoryLock,
) -> Result<Option<String>, String> {
    let app = App::open_locked(config.clone(), opening.clone(), lock).await.map_err(|error| error.to_string())?;
    let proof = app.audit.verify(&app.store, None, app.clock.now()).await.map_err(|error| error.to_string())?;
    let sealed = app.vault.status().reason;
    app.close().await;
    drop(app);
    settle(&config.storage.data_dir, key).await;
    match proof.first_broken {
        Some(broken) => Err(format!("in the audit log {broken}")),
        None => Ok(sealed),
    }
}

/// The writers' threads close their files a moment after the last handle is gone, and a reader that closes last leaves an
/// empty log behind: whoever opens and closes the file then takes it away.
async fn settle(dir: &Path, key: &InstanceKey) {
    for _ in 0..200 {
        let left = DatabaseFile::ALL.into_iter().filter(|file| dir.join(format!("{}-wal", file.name())).exists());
        let left: Vec<_> = left.collect();
        if left.is_empty() {
            return;
        }
        for file in left {
            drop(Inspected::open(&dir.join(file.name()), file, key));
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
}

/// The kit's key, or the one that is configured.
fn key(config: &Config, kit: Option<&Kit>) -> Result<InstanceKey, RestoreError> {
    let Some(kit) = kit else {
        return match keys::present_instance_key(&config.storage) {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(RestoreError::NoKey(config.storage.instance_key.place())),
            Err(error) => Err(RestoreError::Preparing(error.to_string())),
        };
    };
    let key = kit.instance_key().ok_or(RestoreError::Kit)?;
    if let KeySource::Value(_) = config.storage.instance_key {
        let same = keys::present_instance_key(&config.storage);
        if !same.is_ok_and(|present| present.is_some_and(|present| present.is(&key))) {
            return Err(RestoreError::OtherKey);
        }
    }
    Ok(key)
}

/// Which key files a kit fills.
fn key_files(config: &Config, kit: Option<&Kit>) -> Vec<(PathBuf, SecretBytes)> {
    let Some(kit) = kit else { return Vec::new() };
    let mut files = Vec::new();
    // A key in the data directory goes before one that the service manager hands over.
    let usual = || config.storage.data_dir.join("instance.key");
    match &config.storage.instance_key {
        KeySource::File(path) => files.push((path.clone(), kit.instance_key.clone())),
        KeySource::Credential(_) => files.push((usual(), kit.instance_key.clone())),
        KeySource::Value(_) => {}
    }
    if let Some(key) = &kit.vault_key {
        files.push((config.vault.key_file.clone(), key.clone()));
    }
    files
}

/// Lays the key beside its place; `None` when the same one lies there already.
fn fresh_key(place: &Path, key: &SecretBytes, stamp: &str) -> Result<Option<PathBuf>, RestoreError> {
    if std::fs::read(place).is_ok_and(|present| present == key.expose()) {
        return Ok(None);
    }
    let mut fresh = place.as_os_str().to_owned();
    fresh.push(format!(".restored-{stamp}"));
    let fresh = PathBuf::from(fresh);
    private::write(&fresh, key.expose())?;
    Ok(Some(fresh))
}

fn stamp(clock: &dyn Clock) -> String {
    clock.now().to_string().chars().filter(|letter| !matches!(letter, '-' | ':' | '.')).collect()
}
