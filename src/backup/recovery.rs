//! The recovery kit of this appliance: made of its keys when an owner asks, never kept, and its reading back noted. Owns
//! the answer to “would we get back in?”; what stands on the paper never reaches journal or audit.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::error::BackupError;
use super::kit::{Kit, KitFacts};
use super::service::Backups;
use super::store;
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::{AuditOutcome, Entry};
use crate::base::{SecretBytes, Timestamp};
use crate::store::StoreError;
use crate::vault::seal_mark;

/// How it stands with the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KitState {
    /// Nobody ever made one.
    Never,
    /// Made, and nobody proved to have it.
    NotReadBack {
        made_at: Timestamp,
    },
    /// The vault has a new key since: the kit opens older backups only.
    OutOfDate {
        made_at: Timestamp,
    },
    Kept {
        made_at: Timestamp,
        read_back_at: Timestamp,
        read_back_by: String,
    },
}

impl KitState {
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Kept { .. })
    }
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Never => "never_made",
            Self::NotReadBack { .. } => "not_read_back",
            Self::OutOfDate { .. } => "out_of_date",
            Self::Kept { .. } => "kept",
        }
    }
}

impl Backups {
    /// The keys, for the moment in which they are shown. Owners only; the audit learns that, and not what.
    pub async fn recovery_kit(&self, who: &Principal) -> Result<(Kit, KitFacts), BackupError> {
        let kit = self.keys(who).await?;
        let (inner, now) = (self.0.clone(), self.0.clock.now());
        let entry = Entry::new(now, &who.actor, "recovery_kit.shown");
        self.0
            .store
            .write::<_, StoreError, _>(move |tx| {
                let mark = fingerprint(&inner.key_id, &seal_mark(tx)?);
                store::kit_made(tx, &mark, now)?;
                inner.audit.append(tx, &entry).map(|_| ())
            })
            .await?;
        let instance = self.0.instances.current();
        let facts = KitFacts {
            name: instance.name,
            region: instance.region,
            instance_id: instance.id,
            version: self.0.settings.version.to_owned(),
            made_at: now,
        };
        Ok((kit, facts))
    }

    /// Somebody types a line of the paper: the proof that it is kept.
    pub async fn read_back(&self, who: &Principal, label: &str, typed: &str) -> Result<bool, BackupError> {
        let right = self.keys(who).await?.proves(label, typed);
        let (inner, now, name) = (self.0.clone(), self.0.clock.now(), who.actor.name.clone());
        let outcome = if right { AuditOutcome::Done } else { AuditOutcome::Refused };
        let entry =
            Entry::new(now, &who.actor, "recovery_kit.read_back").outcome(outcome).detail(json!({"line": label}));
        self.0
            .store
            .write::<_, StoreError, _>(move |tx| {
                if right {
                    // What was read back is the kit of the present keys.
                    store::kit_made(tx, &fingerprint(&inner.key_id, &seal_mark(tx)?), now)?;
                    store::kit_read_back(tx, now, &name)?;
                }
                inner.audit.append(tx, &entry).map(|_| ())
            })
            .await?;
        Ok(right)
    }

    pub async fn kit_state(&self) -> Result<KitState, BackupError> {
        let inner = self.0.clone();
        let read = self.0.store.read::<_, StoreError, _>(move |reader| {
            let Some(kit) = store::kit(reader)? else { return Ok(KitState::Never) };
            let made_at = kit.made_at;
            if kit.fingerprint != fingerprint(&inner.key_id, &seal_mark(reader)?) {
                return Ok(KitState::OutOfDate { made_at });
            }
            Ok(match (kit.read_back_at, kit.read_back_by) {
                (Some(read_back_at), by) => {
                    KitState::Kept { made_at, read_back_at, read_back_by: by.unwrap_or_default() }
                }
                (None, _) => KitState::NotReadBack { made_at },
            })
        });
        Ok(read.await?)
    }

    async fn keys(&self, who: &Principal) -> Result<Kit, BackupError> {
        if !who.is_owner() {
            return Err(Forbidden { needed: Permission::Admin }.into());
        }
        let vault_key = self.0.vault.key_for_recovery().await?;
        Ok(Kit { instance_key: SecretBytes::new(self.0.key.bytes()), vault_key })
    }
}

/// Another one when either key is another.
fn fingerprint(key_id: &str, seal_mark: &[u8]) -> Vec<u8> {
    let hash = Sha256::new_with_prefix(b"junctionbox recovery kit 1").chain_update(key_id).chain_update(seal_mark);
    hash.finalize().to_vec()
}
