//! Backups as others see them: one is made at a time, its state is known in memory for pages and metrics, and whatever
//! fails is said until a good one follows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use super::error::BackupError;
use super::offsite::{ErasuresOffsite, Target};
use super::retention::Keep;
use super::{store, unpack};
use crate::audit::AuditLog;
use crate::base::{Clock, Random, Timestamp};
use crate::instance::Instances;
use crate::store::{InstanceKey, Store, StoreError};
use crate::upstream::Upstream;
use crate::vault::Vault;

/// A daily backup that is later than this is late.
const LATE: Duration = Duration::from_secs(30 * 3600);

pub struct BackupSettings {
    /// `DATA_DIR/backups`.
    pub folder: PathBuf,
    /// The erasure list.
    pub erasures: PathBuf,
    pub keep: Keep,
    /// Checks and roll-ups are taken along.
    pub history: bool,
    /// Somebody makes them by the calendar.
    pub scheduled: bool,
    pub target: Option<Target>,
    /// Of the product.
    pub version: &'static str,
}

/// What backups are made with.
pub struct BackupParts {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub instances: Instances,
    pub upstream: Upstream,
    pub key: InstanceKey,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: BackupSettings,
}

/// Something that did not work, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub at: Timestamp,
    pub message: String,
}

/// How it stands with the backups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupStatus {
    pub last_at: Option<Timestamp>,
    pub last_name: Option<String>,
    pub last_bytes: u64,
    pub last_verified_at: Option<Timestamp>,
    pub last_offsite_at: Option<Timestamp>,
    /// Why the newest one is not off-site.
    pub offsite_error: Option<String>,
    /// Why the erasure list there lacks something.
    pub erasures_error: Option<String>,
    /// The latest try, when it came to nothing.
    pub failed: Option<Failed>,
    pub scheduled: bool,
    /// Where they go off-site, in words; no secret in it.
    pub target: Option<String>,
}

impl BackupStatus {
    /// The latest one is too old, or there is none where there should be. `since` is when the appliance was set up.
    pub fn is_late(&self, now: Timestamp, since: Timestamp) -> bool {
        self.scheduled && now.since(self.last_at.unwrap_or(since)) > LATE
    }
}

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Backups(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub instances: Instances,
    pub upstream: Upstream,
    pub key: InstanceKey,
    pub key_id: String,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: BackupSettings,
    /// One at a time.
    pub turn: tokio::sync::Mutex<()>,
    pub verifying: tokio::sync::Mutex<()>,
    pub erasures: parking_lot::Mutex<ErasuresOffsite>,
    status: RwLock<BackupStatus>,
}

impl Backups {
    pub async fn open(parts: BackupParts) -> Result<Self, BackupError> {
        let BackupParts { store, audit, vault, instances, upstream, key, clock, random, settings } = parts;
        let key_id = unpack::archive_key(&key)?.id();
        let backups = Self(Arc::new(Inner {
            store,
            audit,
            vault,
            instances,
            upstream,
            key,
            key_id,
            clock,
            random,
            settings,
            turn: tokio::sync::Mutex::new(()),
            verifying: tokio::sync::Mutex::new(()),
            erasures: parking_lot::Mutex::default(),
            status: RwLock::default(),
        }));
        backups.refresh().await?;
        Ok(backups)
    }

    pub fn status(&self) -> BackupStatus {
        let erasures_error = self.0.erasures.lock().error.clone();
        BackupStatus { erasures_error, ..self.0.status.read().clone() }
    }

    pub fn is_running(&self) -> bool {
        self.0.turn.try_lock().is_err()
    }

    pub fn is_late(&self) -> bool {
        let since = self.0.instances.current().created_at;
        self.status().is_late(self.0.clock.now(), since)
    }

    pub fn keep(&self) -> Keep {
        self.0.settings.keep
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.0.settings.folder
    }

    /// Reads the state again, after anything changed it.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let (known, failure) =
            self.0.store.read::<_, StoreError, _>(|reader| Ok((store::all(reader)?, store::failure(reader)?))).await?;
        let last = known.first();
        let status = BackupStatus {
            last_at: last.map(|backup| backup.created_at),
            last_name: last.map(|backup| backup.name.clone()),
            last_bytes: last.map_or(0, |backup| backup.bytes),
            last_verified_at: known.iter().filter_map(|backup| backup.verified_at).max(),
            last_offsite_at: known.iter().filter_map(|backup| backup.offsite_at).max(),
            offsite_error: last.and_then(|backup| backup.offsite_error.clone()),
            erasures_error: None,
            failed: failure.map(|(at, message)| Failed { at, message }),
            scheduled: self.0.settings.scheduled,
            target: self.0.settings.target.as_ref().map(ToString::to_string),
        };
        *self.0.status.write() = status;
        Ok(())
    }
}
