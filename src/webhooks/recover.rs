//! Everything since a time, sent to an endpoint again: what it took already, what failed, what still waits, and what it was
//! never sent because it was disabled or not yet there. For a receiver that lost what it had.

use std::collections::BTreeSet;

use serde_json::json;

use super::deliveries::begin_anew;
use super::endpoints::{entry, seen};
use super::error::WebhookError;
use super::fan_out::new_delivery;
use super::model::Endpoint;
use super::service::{Inner, Webhooks};
use super::store;
use crate::access::{Permission, Principal};
use crate::base::{EndpointId, FieldError, Page, PageRequest, Timestamp};
use crate::events::{self, EventFilter, EventRow};
use crate::store::Tx;

impl Webhooks {
    /// How many deliveries were begun anew.
    pub async fn recover(&self, who: &Principal, id: EndpointId, since: Timestamp) -> Result<usize, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let now = self.0.clock.now();
        if since > now {
            let message = "This time lies ahead. Give one from which on events are to be sent again.";
            return Err(WebhookError::Invalid(vec![FieldError::invalid("since", message)]));
        }
        let endpoint = self.find(who, id).await?.ok_or(WebhookError::UnknownEndpoint)?;
        self.endpoint_permitted(&endpoint).await?;
        let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
        let mut all = 0_usize;
        loop {
            let filter = filter(&endpoint, since);
            let wanted = page.clone();
            let found: Page<EventRow> = self
                .0
                .store
                .read::<_, WebhookError, _>(move |reader| {
                    events::list(reader, &filter, &wanted).map_err(|error| match error {
                        events::EventError::Cursor(error) => error.into(),
                        events::EventError::Store(error) => error.into(),
                    })
                })
                .await?;
            let (inner, by, rows) = (self.0.clone(), who.clone(), found.items);
            let begun = self
                .0
                .store
                .write::<_, WebhookError, _>(move |tx| {
                    let endpoint = seen(tx, id, &by)?;
                    rows.iter().try_fold(0_usize, |count, event| {
                        Ok(count.saturating_add(usize::from(again(tx, &inner, &endpoint, event, now)?)))
                    })
                })
                .await?;
            all = all.saturating_add(begun);
            match found.next_cursor {
                Some(cursor) => page.cursor = Some(cursor),
                None => break,
            }
        }
        let (inner, by) = (self.0.clone(), who.clone());
        self.0
            .store
            .write::<_, WebhookError, _>(move |tx| {
                let detail = json!({ "since": since, "deliveries": all });
                inner.audit.append(tx, &entry(&by, now, "webhook_endpoint.recovered", &endpoint, detail))?;
                Ok(())
            })
            .await?;
        self.nudge();
        Ok(all)
    }
}

/// What the endpoint would have been sent.
fn filter(endpoint: &Endpoint, since: Timestamp) -> EventFilter {
    EventFilter {
        kinds: endpoint.event_types.clone().unwrap_or_default(),
        customers: endpoint.customer_ids.as_ref().map(|ids| ids.iter().copied().collect::<BTreeSet<_>>()),
        from: Some(since),
        ..EventFilter::default()
    }
}

fn again(
    tx: &Tx<'_>,
    inner: &Inner,
    endpoint: &Endpoint,
    event: &EventRow,
    now: Timestamp,
) -> Result<bool, WebhookError> {
    if !endpoint.wants(event) {
        return Ok(false);
    }
    match store::deliveries::of_event(tx, endpoint.id, event.id)? {
        Some(mut delivery) => {
            begin_anew(&mut delivery, now);
            store::deliveries::save(tx, &delivery)?;
            Ok(true)
        }
        None => Ok(store::deliveries::insert(tx, &new_delivery(inner, endpoint, event, now))?),
    }
}
