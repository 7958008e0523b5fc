//! Standing by: a store that was put in place from a backup sends nothing until an operator confirmed that the appliance
//! it came from is off. Two of them would burn rotating tokens and lock users. Owns the mark and its confirmation.

use serde_json::json;
use tokio::sync::watch;

use super::{InstanceError, store};
use crate::access::{Permission, Principal};
use crate::audit::{AuditLog, Entry};
use crate::base::{Actor, Clock, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// When and from what the store was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    pub restored_at: Timestamp,
    pub backup_name: String,
    pub backup_created_at: Timestamp,
}

/// Whether everything that leaves the machine waits. Clones share it.
#[derive(Clone)]
pub struct StandBy(watch::Sender<Option<Restoration>>);

impl StandBy {
    pub(super) fn new(unconfirmed: Option<Restoration>) -> Self {
        Self(watch::Sender::new(unconfirmed))
    }
    /// An appliance that goes on as it was.
    pub fn off() -> Self {
        Self::new(None)
    }
    pub fn holds(&self) -> bool {
        self.0.borrow().is_some()
    }
    /// What waits to be confirmed.
    pub fn restoration(&self) -> Option<Restoration> {
        self.0.borrow().clone()
    }
    /// Wakes when it ends.
    pub fn subscribe(&self) -> watch::Receiver<Option<Restoration>> {
        self.0.subscribe()
    }

    /// An operator knows that the old appliance is off: from now on this one works.
    pub async fn confirm(
        &self,
        who: &Principal,
        store: &Store,
        audit: &AuditLog,
        clock: &dyn Clock,
    ) -> Result<bool, InstanceError> {
        who.require(Permission::Admin)?;
        let Some(restoration) = self.restoration() else { return Ok(false) };
        let (now, name, audit, shared) = (clock.now(), who.actor.name.clone(), audit.clone(), self.clone());
        let entry = Entry::new(now, &who.actor, "instance.old_one_confirmed_off")
            .detail(json!({"restored_at": restoration.restored_at, "backup": restoration.backup_name}));
        store
            .write::<_, StoreError, _>(move |tx| {
                store::confirm(tx, now, &name)?;
                audit.append(tx, &entry)?;
                tx.on_commit(move || {
                    shared.0.send_replace(None);
                });
                Ok(())
            })
            .await?;
        Ok(true)
    }
}

/// Notes in a restored store, before it is put in place, that it has to stand by.
pub fn note_restored(tx: &Tx<'_>, audit: &AuditLog, restoration: &Restoration) -> Result<(), StoreError> {
    store::restored(tx, restoration)?;
    let entry = Entry::new(restoration.restored_at, &Actor::cli(), "instance.restored").detail(json!({
        "backup": restoration.backup_name,
        "backup_created_at": restoration.backup_created_at,
    }));
    audit.append(tx, &entry).map(|_| ())
}
