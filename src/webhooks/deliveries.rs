//! The use cases on deliveries: list, look at one, send one again, send a test.

use serde_json::json;
use url::Url;

use super::body::shown_body;
use super::endpoints::{entry, seen};
use super::error::WebhookError;
use super::fan_out::new_delivery;
use super::model::{Cause, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStatus, Endpoint};
use super::service::Webhooks;
use super::store;
use crate::access::{Permission, Principal};
use crate::base::{DeliveryId, EndpointId, EventId, Page, PageRequest, Timestamp};
use crate::events::{self, EventKind, NewEvent};
use crate::store::{Rows, StoreError};

impl Webhooks {
    /// Newest first; of one endpoint, or of one event.
    pub async fn deliveries(
        &self,
        who: &Principal,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, WebhookError> {
        who.require(Permission::WebhooksRead)?;
        let who = who.clone();
        self.0
            .store
            .read(move |reader| {
                if let Some(endpoint) = filter.endpoint_id {
                    seen(reader, endpoint, &who)?;
                }
                let mut found = store::deliveries::list(reader, &filter, &page)?;
                if filter.endpoint_id.is_none() {
                    let hidden = hidden_endpoints(reader, &who)?;
                    found.items.retain(|delivery| !hidden.contains(&delivery.endpoint_id));
                }
                Ok(found)
            })
            .await
    }

    /// How many deliveries an endpoint has of each status.
    pub async fn counts(
        &self,
        who: &Principal,
        endpoint: EndpointId,
    ) -> Result<Vec<(DeliveryStatus, i64)>, WebhookError> {
        who.require(Permission::WebhooksRead)?;
        let who = who.clone();
        self.0
            .store
            .read(move |reader| {
                seen(reader, endpoint, &who)?;
                Ok(store::deliveries::counts(reader, endpoint)?)
            })
            .await
    }

    pub async fn delivery(&self, who: &Principal, id: DeliveryId) -> Result<Option<DeliveryDetail>, WebhookError> {
        who.require(Permission::WebhooksRead)?;
        let who = who.clone();
        self.0
            .store
            .read(move |reader| match found(reader, id, &who) {
                Ok((delivery, endpoint)) => {
                    let event = events::find(reader, delivery.event_id)?;
                    let tries = store::tries::of_delivery(reader, id)?;
                    Ok(Some(DeliveryDetail { delivery, endpoint, body: event.as_ref().map(shown_body), tries }))
                }
                Err(WebhookError::UnknownDelivery) => Ok(None),
                Err(other) => Err(other),
            })
            .await
    }

    /// Sends a delivery again from the beginning of its schedule, whatever became of it.
    pub async fn replay(&self, who: &Principal, id: DeliveryId) -> Result<Delivery, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let (_, endpoint) = self.visible(who, id).await?;
        self.endpoint_permitted(&endpoint).await?;
        let (inner, who, now) = (self.0.clone(), who.clone(), self.0.clock.now());
        let replayed = self
            .0
            .store
            .write::<_, WebhookError, _>(move |tx| {
                let (mut delivery, endpoint) = found(tx, id, &who)?;
                begin_anew(&mut delivery, now);
                store::deliveries::save(tx, &delivery)?;
                let detail = json!({ "delivery_id": id, "event_id": delivery.event_id });
                inner.audit.append(tx, &entry(&who, now, "webhook_delivery.replayed", &endpoint, detail))?;
                Ok(delivery)
            })
            .await?;
        self.nudge();
        Ok(replayed)
    }

    /// Sends a `test` event to this endpoint alone and waits for what comes of the first try; the next ones follow the
    /// schedule.
    pub async fn test(&self, who: &Principal, id: EndpointId) -> Result<DeliveryDetail, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let endpoint = self.find(who, id).await?.ok_or(WebhookError::UnknownEndpoint)?;
        self.endpoint_permitted(&endpoint).await?;
        // Asked first: with a sealed vault nothing can be signed, and nothing is left behind.
        self.0.vault.seal_own(&id.to_string(), "test", &crate::base::Secret::new("test"))?;
        let (webhooks, by) = (self.clone(), who.clone());
        // It is finished even when the one who asked goes away.
        let tested = tokio::spawn(async move { webhooks.send_test(&by, id).await });
        let delivery = tested.await.map_err(|_| StoreError::Interrupted)??;
        self.delivery(who, delivery).await?.ok_or(WebhookError::UnknownDelivery)
    }

    async fn send_test(&self, who: &Principal, id: EndpointId) -> Result<DeliveryId, WebhookError> {
        let (inner, by, now) = (self.0.clone(), who.clone(), self.0.clock.now());
        let event = NewEvent {
            id: EventId::new(now, self.0.random.as_ref()),
            kind: EventKind::Test,
            at: now,
            customer_id: None,
            connection_id: None,
            data: json!({ "endpoint_id": id, "message": "This is a test of Junctionbox. Nothing has happened." }),
        };
        let delivery = DeliveryId::new(now, self.0.random.as_ref());
        let lane = self.reserve(id, delivery);
        self.0
            .store
            .write::<_, WebhookError, _>(move |tx| {
                let endpoint = seen(tx, id, &by)?;
                events::append(tx, &event)?;
                let row = events::find(tx, event.id)?.ok_or(WebhookError::UnknownDelivery)?;
                let made = new_delivery(&inner, &endpoint, &row, now);
                let first = Delivery { id: delivery, next_try_at: Some(now), ..made };
                store::deliveries::insert(tx, &first)?;
                let detail = json!({ "event_id": event.id });
                inner.audit.append(tx, &entry(&by, now, "webhook_endpoint.tested", &endpoint, detail))?;
                Ok(())
            })
            .await?;
        self.attempt(delivery, Cause::Test).await?;
        drop(lane);
        Ok(delivery)
    }

    /// What an endpoint is about to be sent must still be allowed there.
    pub(super) async fn endpoint_permitted(&self, endpoint: &Endpoint) -> Result<(), WebhookError> {
        let url =
            Url::parse(&endpoint.url).map_err(|_| StoreError::Unreadable(format!("the address of {}", endpoint.id)))?;
        self.permitted(&url).await
    }

    async fn visible(&self, who: &Principal, id: DeliveryId) -> Result<(Delivery, Endpoint), WebhookError> {
        let who = who.clone();
        self.0.store.read(move |reader| found(reader, id, &who)).await
    }

    /// Does not wait for the next tick.
    pub(super) fn nudge(&self) {
        let webhooks = self.clone();
        tokio::spawn(async move { webhooks.tick().await });
    }
}

/// From the first pause of the schedule on, but at once.
pub(super) fn begin_anew(delivery: &mut Delivery, now: Timestamp) {
    delivery.status = DeliveryStatus::Waiting;
    delivery.round_tries = 0;
    delivery.round_first_at = None;
    delivery.next_try_at = Some(now);
    delivery.finished_at = None;
}

fn found(rows: &impl Rows, id: DeliveryId, who: &Principal) -> Result<(Delivery, Endpoint), WebhookError> {
    let delivery = store::deliveries::find(rows, id)?.ok_or(WebhookError::UnknownDelivery)?;
    match seen(rows, delivery.endpoint_id, who) {
        Ok(endpoint) => Ok((delivery, endpoint)),
        Err(WebhookError::UnknownEndpoint) => Err(WebhookError::UnknownDelivery),
        Err(other) => Err(other),
    }
}

fn hidden_endpoints(rows: &impl Rows, who: &Principal) -> Result<Vec<EndpointId>, StoreError> {
    if who.customers().is_none() {
        return Ok(Vec::new());
    }
    let all = store::endpoints::all(rows)?;
    Ok(all.into_iter().filter(|endpoint| !endpoint.is_seen_by(who)).map(|endpoint| endpoint.id).collect())
}
