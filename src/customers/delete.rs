//! The end of a customer: everything that says who it was is scrubbed, its key destroyed, so that nothing sealed with it
//! can be read again, not from a backup either. Refused while connections live: the caller disconnects them first.

use serde_json::json;

use super::{Customer, CustomerError, Customers, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{CustomerId, EventId, Timestamp};
use crate::events::{self, EventKind, NewEvent};
use crate::store::StoreError;

impl Customers {
    /// Everyone whose key was destroyed, for the erasure list.
    pub async fn deleted(&self) -> Result<Vec<CustomerId>, CustomerError> {
        Ok(self.store.read::<_, StoreError, _>(|reader| store::deleted(reader)).await?)
    }

    pub async fn delete(&self, who: &Principal, id: CustomerId) -> Result<(), CustomerError> {
        who.require(Permission::CustomersWrite)?;
        if !who.sees(&id) {
            return Err(CustomerError::Unknown);
        }
        let now = self.clock.now();
        let event = EventId::new(now, self.random.as_ref());
        let (audit, vault, who) = (self.audit.clone(), self.vault.clone(), who.clone());
        self.store
            .write(move |tx| {
                let customer = store::find(tx, id)?.ok_or(CustomerError::Unknown)?;
                let count = store::live_connections(tx, id)?;
                if count > 0 {
                    return Err(CustomerError::ConnectionsLive { count });
                }
                store::scrub(tx, id, now)?;
                vault.destroy_customer_key(tx, id)?;
                let data = json!({ "customer_id": id, "customer_external_id": customer.external_id });
                events::append(
                    tx,
                    &NewEvent {
                        id: event,
                        kind: EventKind::CustomerDeleted,
                        at: now,
                        customer_id: Some(id),
                        connection_id: None,
                        data,
                    },
                )?;
                audit.append(tx, &entry(&who, now, "customer.deleted", &customer, json!({})))?;
                Ok(())
            })
            .await
    }
}

/// The audit entry of a change of a customer. Names fields, never what stands in them.
pub(super) fn entry(
    who: &Principal,
    at: Timestamp,
    action: &'static str,
    customer: &Customer,
    detail: serde_json::Value,
) -> Entry {
    Entry::new(at, &who.actor, action).target("customer", customer.id, &customer.name).detail(detail)
}
