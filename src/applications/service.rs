//! The use cases of OAuth applications. All of them are kept in memory too, sealed, so that a check asks no SQL.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::error::ApplicationError;
use super::model::{Application, Opened};
use super::store::{self, Stored};
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::AuditLog;
use crate::base::{ApplicationId, Clock, Page, PageRequest, Random, Timestamp};
use crate::store::{Store, StoreError, Tx};
use crate::systems::Catalogue;
use crate::vault::Vault;

/// Where authorization servers send people back to, below the public address.
const CALLBACK: &str = "/oauth/callback";

pub struct ApplicationsParts {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub catalogue: Arc<Catalogue>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// Without a slash at the end.
    pub public_url: String,
}

/// A handle; clones share what is in memory.
#[derive(Clone)]
pub struct Applications {
    pub(super) parts: Arc<ApplicationsParts>,
    kept: Arc<RwLock<HashMap<ApplicationId, Arc<Stored>>>>,
}

impl Applications {
    pub async fn open(parts: ApplicationsParts) -> Result<Self, StoreError> {
        let all = parts.store.read::<_, StoreError, _>(|reader| store::all(reader)).await?;
        let kept = all.into_iter().map(|stored| (stored.application.id, Arc::new(stored))).collect();
        Ok(Self { parts: Arc::new(parts), kept: Arc::new(RwLock::new(kept)) })
    }

    /// The address that is registered at the vendor.
    pub fn redirect_url(&self) -> String {
        format!("{}{CALLBACK}", self.parts.public_url)
    }

    pub async fn list(
        &self,
        who: &Principal,
        system: Option<String>,
        page: PageRequest,
    ) -> Result<Page<Application>, ApplicationError> {
        who.require(Permission::ConnectionsRead)?;
        self.parts.store.read(move |reader| store::list(reader, system.as_deref(), &page)).await
    }

    pub fn find(&self, who: &Principal, id: ApplicationId) -> Result<Option<Application>, ApplicationError> {
        who.require(Permission::ConnectionsRead)?;
        Ok(self.kept.read().get(&id).map(|stored| stored.application.clone()))
    }

    /// For the domains above, which ask nobody's leave.
    pub fn known(&self, id: ApplicationId) -> Option<Application> {
        self.kept.read().get(&id).map(|stored| stored.application.clone())
    }

    /// Those of a system, oldest first.
    pub fn of_system(&self, system: &str) -> Vec<Application> {
        let mut found: Vec<Application> = self
            .kept
            .read()
            .values()
            .filter(|stored| stored.application.system == system)
            .map(|stored| stored.application.clone())
            .collect();
        found.sort_by_key(|one| one.id);
        found
    }

    /// With its secrets, for one look; `None` when there is none of this id for this system.
    pub fn opened(&self, id: ApplicationId, system: &str) -> Result<Option<Opened>, ApplicationError> {
        let Some(stored) = self.kept.read().get(&id).cloned() else { return Ok(None) };
        if stored.application.system != system {
            return Ok(None);
        }
        self.unseal(&stored).map(Some)
    }

    /// Since when, and with which words, vendors refuse our applications: by application, or by system in records of old.
    pub async fn refusals(&self) -> Result<HashMap<String, (String, Timestamp)>, StoreError> {
        let found = self.parts.store.read::<_, StoreError, _>(|reader| store::refusals(reader)).await?;
        Ok(found.into_iter().map(|(subject, message, since)| (subject, (message, since))).collect())
    }

    /// How many live connections sign in with it.
    pub async fn dependents(&self, one: &Application) -> Result<i64, StoreError> {
        let one = one.clone();
        self.parts.store.read::<_, StoreError, _>(move |reader| store::dependents(reader, &one)).await
    }

    pub(super) fn unseal(&self, stored: &Stored) -> Result<Opened, ApplicationError> {
        let owner = stored.application.id.to_string();
        let open = |field: &str, sealed: &Option<Vec<u8>>| {
            sealed.as_ref().map(|sealed| self.parts.vault.open_own(&owner, field, sealed)).transpose()
        };
        Ok(Opened {
            client_secret: open("client_secret", &stored.client_secret)?,
            private_key: open("private_key", &stored.private_key)?,
            application: stored.application.clone(),
        })
    }

    pub(super) fn seal(&self, opened: &Opened) -> Result<Stored, ApplicationError> {
        let owner = opened.application.id.to_string();
        let seal = |field: &str, secret: &Option<crate::base::Secret>| {
            secret.as_ref().map(|secret| self.parts.vault.seal_own(&owner, field, secret)).transpose()
        };
        Ok(Stored {
            client_secret: seal("client_secret", &opened.client_secret)?,
            private_key: seal("private_key", &opened.private_key)?,
            application: opened.application.clone(),
        })
    }

    /// Memory follows when the change is on disk.
    pub(super) fn follow(&self, tx: &Tx<'_>, id: ApplicationId, now: Option<Stored>) {
        let kept = self.kept.clone();
        tx.on_commit(move || {
            match now {
                Some(stored) => kept.write().insert(id, Arc::new(stored)),
                None => kept.write().remove(&id),
            };
        });
    }
}

/// An application serves all customers: a key that is bound to some may not touch it.
pub(super) fn require_admin(who: &Principal) -> Result<(), Forbidden> {
    who.require(Permission::Admin)?;
    if who.customers().is_some() {
        return Err(Forbidden { needed: Permission::Admin });
    }
    Ok(())
}
