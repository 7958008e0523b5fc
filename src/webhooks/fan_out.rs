//! From the queue to deliveries: each event leaves the queue in the transaction that writes its deliveries.

use super::error::WebhookError;
use super::model::{Delivery, DeliveryStatus, Endpoint};
use super::schedule::next_try;
use super::service::{Inner, Webhooks};
use super::store::{self, Queued};
use crate::base::{DeliveryId, Timestamp};
use crate::events::{self, EventRow};
use crate::store::{StoreError, Tx};

const STEP: usize = 200;

impl Webhooks {
    /// Empties the queue; how many deliveries were made.
    pub(super) async fn fan_out(&self) -> Result<usize, WebhookError> {
        let mut all = 0_usize;
        // A look costs no write, and mostly nothing is there.
        while self.0.store.read::<_, StoreError, _>(|reader| store::anything_queued(reader)).await? {
            let (inner, now) = (self.0.clone(), self.0.clock.now());
            let made = self.0.store.write::<_, WebhookError, _>(move |tx| step(tx, &inner, now)).await?;
            all = all.saturating_add(made);
        }
        Ok(all)
    }
}

/// Empties the queue inside a change of endpoints: what was written before it goes to the endpoints as they were.
pub(super) fn settle_queue(tx: &Tx<'_>, inner: &Inner, now: Timestamp) -> Result<(), WebhookError> {
    while store::anything_queued(tx)? {
        step(tx, inner, now)?;
    }
    Ok(())
}

fn step(tx: &Tx<'_>, inner: &Inner, now: Timestamp) -> Result<usize, WebhookError> {
    let queued = store::queued(tx, STEP)?;
    let endpoints: Vec<Endpoint> =
        store::endpoints::all(tx)?.into_iter().filter(|endpoint| endpoint.disabled.is_none()).collect();
    let mut made = 0_usize;
    let mut last = None;
    for Queued { sequence, event } in queued {
        last = Some(sequence);
        let event = match event {
            Ok(id) => events::find(tx, id),
            Err(text) => Err(StoreError::Unreadable(format!("the queued event {text}"))),
        };
        match event {
            Ok(Some(event)) => {
                for endpoint in endpoints.iter().filter(|endpoint| endpoint.wants(&event)) {
                    let delivery = new_delivery(inner, endpoint, &event, now);
                    made = made.saturating_add(usize::from(store::deliveries::insert(tx, &delivery)?));
                }
            }
            // Taken away meanwhile.
            Ok(None) => {}
            // One event that this version cannot read must not stop all that come after it.
            Err(error @ StoreError::Unreadable(_)) => tracing::error!(%error, "an event cannot be delivered"),
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(last) = last {
        store::unqueue(tx, last)?;
    }
    Ok(made)
}

/// A delivery at the beginning of its schedule.
pub(super) fn new_delivery(inner: &Inner, endpoint: &Endpoint, event: &EventRow, now: Timestamp) -> Delivery {
    Delivery {
        id: DeliveryId::new(now, inner.random.as_ref()),
        endpoint_id: endpoint.id,
        event_id: event.id,
        event_type: event.kind,
        status: DeliveryStatus::Waiting,
        round_tries: 0,
        round_first_at: None,
        tries: 0,
        next_try_at: next_try(&inner.settings.schedule, 0, None, now, inner.random.as_ref()).or(Some(now)),
        last_outcome: None,
        created_at: now,
        finished_at: None,
    }
}
