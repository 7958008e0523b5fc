//! The vault as others see it: opened at the start where it can be, sealed and unsealed by people, its state watched.

use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use serde_json::json;
use tokio::sync::{Mutex, watch};

use super::cipher::Key;
use super::erasures::Erasures;
use super::error::VaultError;
use super::seals::{self, SealKind, Sealed, UnsealWith, VaultSettings};
use super::store;
use crate::audit::{AuditLog, AuditOutcome, Entry};
use crate::base::{Actor, Clock, Random, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// What people and `/api/v1/instance` are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    pub sealed: bool,
    /// The configured seal.
    pub seal: SealKind,
    /// Why it is sealed, and where the key was looked for; `None` while open.
    pub reason: Option<String>,
    pub since: Timestamp,
}

/// A handle; clones share the keys.
#[derive(Clone)]
pub struct Vault(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub store: Store,
    pub audit: AuditLog,
    pub settings: VaultSettings,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    root: RwLock<Option<Key>>,
    status: watch::Sender<VaultStatus>,
    /// One unsealing at a time: a passphrase costs memory, and guesses shall queue.
    pub turn: Mutex<()>,
    pub erasures: OnceLock<Erasures>,
}

impl Vault {
    /// Opens the vault, or starts it sealed with the reason. The first start makes the root key and, for the seal
    /// `key-file`, the file. Only a failing store is an error.
    pub async fn open(
        store: Store,
        audit: AuditLog,
        settings: VaultSettings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, VaultError> {
        let status = VaultStatus { sealed: true, seal: settings.seal, reason: None, since: clock.now() };
        let vault = Self(Arc::new(Inner {
            store,
            audit,
            settings,
            clock,
            random,
            root: RwLock::new(None),
            status: watch::Sender::new(status),
            turn: Mutex::new(()),
            erasures: OnceLock::new(),
        }));
        let with = match (vault.0.settings.seal, &vault.0.settings.passphrase) {
            (SealKind::KeyFile, _) => UnsealWith::KeyFile,
            (SealKind::Passphrase, Some(text)) => UnsealWith::Passphrase(text.clone()),
            (SealKind::Passphrase, None) => {
                vault.lock(
                    "the vault waits for its passphrase: unseal it in the settings, or by `junctionbox vault unseal`",
                );
                return Ok(vault);
            }
        };
        match vault.open_with(with).await {
            Ok(root) => vault.unlock(root),
            Err(error @ VaultError::Store(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "the vault starts sealed");
                vault.lock(error.to_string());
            }
        }
        Ok(vault)
    }

    pub fn status(&self) -> VaultStatus {
        self.0.status.borrow().clone()
    }

    pub fn is_sealed(&self) -> bool {
        self.0.root.read().is_none()
    }

    /// Wakes at each sealing and unsealing.
    pub fn subscribe(&self) -> watch::Receiver<VaultStatus> {
        self.0.status.subscribe()
    }

    /// Opens the vault for a person. On a vault that was never sealed, a passphrase given here becomes its seal.
    pub async fn unseal(&self, with: UnsealWith, actor: &Actor) -> Result<(), VaultError> {
        let kind = with.kind();
        match self.open_with(with).await {
            Ok(root) => {
                self.note("vault.unsealed", actor, AuditOutcome::Done, json!({"seal": kind.as_str()})).await?;
                self.unlock(root);
                Ok(())
            }
            Err(error) => {
                if !matches!(error, VaultError::Store(_)) {
                    let detail = json!({"seal": kind.as_str(), "reason": error.to_string()});
                    self.note("vault.unsealed", actor, AuditOutcome::Refused, detail).await?;
                }
                Err(error)
            }
        }
    }

    /// Wipes the root key from memory until somebody unseals.
    pub async fn seal(&self, actor: &Actor) -> Result<(), VaultError> {
        self.note("vault.sealed", actor, AuditOutcome::Done, json!({})).await?;
        self.lock(format!("{} sealed the vault", actor.name));
        Ok(())
    }

    /// The root key, while the vault is open.
    pub(super) fn root(&self) -> Result<Key, VaultError> {
        self.0.root.read().clone().ok_or(VaultError::Sealed)
    }

    fn lock(&self, reason: impl Into<String>) {
        *self.0.root.write() = None;
        self.tell(true, Some(reason.into()));
    }

    fn unlock(&self, root: Key) {
        *self.0.root.write() = Some(root);
        self.tell(false, None);
    }

    fn tell(&self, sealed: bool, reason: Option<String>) {
        let status = VaultStatus { sealed, seal: self.0.settings.seal, reason, since: self.0.clock.now() };
        self.0.status.send_replace(status);
    }

    async fn open_with(&self, with: UnsealWith) -> Result<Key, VaultError> {
        let _turn = self.0.turn.lock().await;
        let kind = with.kind();
        let (found, other, keys) = self
            .0
            .store
            .read::<_, StoreError, _>(move |reader| {
                Ok((store::seal(reader, kind)?, store::seal(reader, kind.other())?, store::any_customer_key(reader)?))
            })
            .await?;
        match (found, other) {
            (Some(sealed), _) => self.unwrapped(sealed, with).await,
            (None, Some(other)) => Err(VaultError::OtherSeal { sealed: other.kind.words() }),
            (None, None) if keys => Err(VaultError::NoSeal),
            (None, None) if kind != self.0.settings.seal => {
                Err(VaultError::OtherSeal { sealed: self.0.settings.seal.words() })
            }
            (None, None) => self.initialize(with).await,
        }
    }

    /// The very first opening: a root key, and its seal.
    async fn initialize(&self, with: UnsealWith) -> Result<Key, VaultError> {
        let root = Key::random(self.0.random.as_ref());
        let sealed = self.wrapped(root.clone(), with).await?;
        let inner = self.0.clone();
        let now = inner.clock.now();
        self.0
            .store
            .write::<_, VaultError, _>(move |tx: &Tx<'_>| {
                store::replace_seal(tx, &sealed, now)?;
                let entry = Entry::new(now, &Actor::system(), "vault.created")
                    .target("vault", "vault", "vault")
                    .detail(json!({"seal": sealed.kind.as_str()}));
                inner.audit.append(tx, &entry)?;
                Ok(())
            })
            .await?;
        Ok(root)
    }

    async fn wrapped(&self, root: Key, with: UnsealWith) -> Result<Sealed, VaultError> {
        let inner = self.0.clone();
        off_thread(move || {
            let path = &inner.settings.key_path;
            if with.kind() == SealKind::KeyFile {
                seals::ensure_key_file(path, inner.random.as_ref())?;
            }
            seals::wrap(&root, &with, path, inner.random.as_ref())
        })
        .await
    }

    async fn unwrapped(&self, sealed: Sealed, with: UnsealWith) -> Result<Key, VaultError> {
        let inner = self.0.clone();
        off_thread(move || seals::unwrap(&sealed, &with, &inner.settings.key_path)).await
    }

    async fn note(
        &self,
        action: &'static str,
        actor: &Actor,
        outcome: AuditOutcome,
        detail: serde_json::Value,
    ) -> Result<(), VaultError> {
        let entry = Entry::new(self.0.clock.now(), actor, action)
            .target("vault", "vault", "vault")
            .outcome(outcome)
            .detail(detail);
        let audit = self.0.audit.clone();
        self.0.store.write::<_, VaultError, _>(move |tx| Ok(audit.append(tx, &entry).map(|_| ())?)).await
    }
}

/// argon2 and files must not hold up the async threads.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| VaultError::Internal("a key derivation stopped"))?
}
