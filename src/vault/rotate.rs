//! Rotation: a new generation of a customer's key, and all its secrets sealed anew, in one transaction. The secrets keep
//! their values and their own generations.

use serde_json::json;

use super::error::VaultError;
use super::secrets::opened;
use super::service::Vault;
use super::store;
use crate::audit::Entry;
use crate::base::{Actor, CustomerId, EventId};
use crate::events::{self, EventKind, NewEvent};
use crate::store::StoreError;

impl Vault {
    /// Rotates one customer's key; the new generation.
    pub async fn rotate(&self, customer: CustomerId, actor: &Actor) -> Result<i64, VaultError> {
        let (vault, actor) = (self.clone(), actor.clone());
        let now = self.0.clock.now();
        let event = EventId::new(now, self.0.random.as_ref());
        self.0
            .store
            .write::<_, VaultError, _>(move |tx| {
                let (old, generation) = vault.customer_key(tx, customer)?;
                let generation = generation.saturating_add(1);
                let new = vault.write_new_key(tx, customer, generation, now)?;
                let fields = store::fields_of_customer(tx, customer)?;
                for field in &fields {
                    let text = opened(&old, customer, field)?;
                    let (connection, own) = (field.connection, field.generation);
                    let sealed = vault.sealed(&new, customer, connection, &field.field, own, &text)?;
                    store::reseal_field(tx, &sealed)?;
                }
                let data = json!({"customer_id": customer, "generation": generation});
                let kind = EventKind::VaultRotated;
                let customer_id = Some(customer);
                events::append(tx, &NewEvent { id: event, kind, at: now, customer_id, connection_id: None, data })?;
                let entry = Entry::new(now, &actor, "vault.rotated")
                    .target("customer", customer, customer.to_string())
                    .detail(json!({"generation": generation, "secrets": fields.len()}));
                vault.0.audit.append(tx, &entry)?;
                Ok(generation)
            })
            .await
    }

    /// Rotates the keys of all customers, one transaction each; how many.
    pub async fn rotate_all(&self, actor: &Actor) -> Result<usize, VaultError> {
        let customers = self.0.store.read::<_, StoreError, _>(|reader| store::customers(reader)).await?;
        for customer in &customers {
            match self.rotate(*customer, actor).await {
                // Deleted meanwhile.
                Err(VaultError::NoCustomerKey(_)) => {}
                found => _ = found?,
            }
        }
        Ok(customers.len())
    }
}
