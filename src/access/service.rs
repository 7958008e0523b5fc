//! The service that holds it together. Its use cases stand in the files beside: sign-in, sessions, users, links, API keys.

use std::sync::Arc;

use super::error::AccessError;
use super::key_ring::KeyRing;
use super::password::Passwords;
use super::principal::{Forbidden, Permission, Principal};
use super::store;
use super::throttle::Throttle;
use super::token::{self, TokenHash};
use crate::audit::AuditLog;
use crate::base::{Clock, Random, Secret, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// A handle; clones share the API keys in memory and the counts of failed tries.
#[derive(Clone)]
pub struct Access {
    pub(super) store: Store,
    pub(super) audit: AuditLog,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) passwords: Passwords,
    pub(super) throttle: Throttle,
    pub(super) keys: KeyRing,
}

impl Access {
    /// Reads the API keys into memory.
    pub async fn open(
        store: Store,
        audit: AuditLog,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, AccessError> {
        let keys = KeyRing::default();
        let live = store.read::<_, StoreError, _>(|reader| store::keys::live(reader)).await?;
        live.into_iter().for_each(|(hash, key)| keys.add(hash, &key));
        let passwords = Passwords::new(random.as_ref())?;
        let throttle = Throttle::new(clock.clone());
        Ok(Self { store, audit, clock, random, passwords, throttle, keys })
    }

    /// Removes sessions and links that ended; a job calls it.
    pub async fn prune(&self) -> Result<usize, AccessError> {
        let now = self.clock.now();
        self.store
            .write(move |tx| Ok(store::sessions::prune(tx, now, super::SESSION_IDLE)? + store::tokens::prune(tx, now)?))
            .await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn token(&self, prefix: &str) -> (Secret, TokenHash) {
        let text = token::new(prefix, self.random.as_ref());
        let hash = token::hash(text.expose());
        (text, hash)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Tx<'_>) -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        self.store.write(change).await
    }
}

/// Users and keys are an admin's matter. A key that is bound to some customers could hand itself more: it is no admin.
pub(super) fn require_admin(who: &Principal) -> Result<(), AccessError> {
    who.require(Permission::Admin)?;
    if who.customers().is_some() {
        return Err(Forbidden { needed: Permission::Admin }.into());
    }
    Ok(())
}
