//! What a try means, in one transaction: the try, the delivery's next step, the endpoint's state, and the events and audit
//! entries that tell of it. An endpoint is switched off after a whole schedule without one success in between.

use serde_json::json;
use url::Url;

use super::error::WebhookError;
use super::model::{Delivery, DeliveryStatus, DisabledReason, Endpoint, Try};
use super::schedule::{Verdict, next_try, tries_before_warning};
use super::service::Inner;
use super::store;
use crate::audit::Entry;
use crate::base::{Actor, DeliveryId, EventId, Timestamp};
use crate::events::{self, EventKind, NewEvent};
use crate::store::Tx;

const GIVEN_UP: &str = "Given up: the endpoint was disabled before this could be delivered.";

pub(super) struct Outcome {
    pub delivery: DeliveryId,
    pub tried: Try,
    pub verdict: Verdict,
    pub now: Timestamp,
    /// For an event that this may cause.
    pub event: EventId,
}

pub(super) fn write_down(tx: &Tx<'_>, inner: &Inner, outcome: Outcome) -> Result<(), WebhookError> {
    let Outcome { delivery, mut tried, verdict, now, event } = outcome;
    // Deleted while the receiver was thinking.
    let Some(mut delivery) = store::deliveries::find(tx, delivery)? else { return Ok(()) };
    let Some(mut endpoint) = store::endpoints::find(tx, delivery.endpoint_id)? else { return Ok(()) };
    delivery.tries = delivery.tries.saturating_add(1);
    tried.number = delivery.tries;
    store::tries::insert(tx, delivery.id, endpoint.id, &tried)?;
    let sentence = tried.fault.clone().unwrap_or_else(|| match tried.status {
        Some(status) => format!("It answered {status}."),
        None => "It was delivered.".into(),
    });
    delivery.last_outcome = Some(sentence.clone());
    endpoint.last_try_at = Some(tried.at);
    endpoint.last_outcome = Some(sentence);
    match verdict {
        Verdict::Delivered => {
            settle(&mut delivery, DeliveryStatus::Delivered, now);
            endpoint.last_ok_at = Some(now);
            (endpoint.failing_since, endpoint.warned_at) = (None, None);
        }
        Verdict::Gone { .. } => {
            settle(&mut delivery, DeliveryStatus::Failed, now);
            store::deliveries::save(tx, &delivery)?;
            disable(tx, inner, &mut endpoint, DisabledReason::Gone, &Actor::system(), event, now)?;
        }
        // Given up, or settled by another try, meanwhile.
        Verdict::Failed { .. } if delivery.status != DeliveryStatus::Waiting => {}
        Verdict::Failed { retry_after, .. } => {
            let first = *delivery.round_first_at.get_or_insert(tried.at);
            delivery.round_tries = delivery.round_tries.saturating_add(1);
            let since = *endpoint.failing_since.get_or_insert(tried.at);
            let schedule = &inner.settings.schedule;
            let next = next_try(schedule, delivery.round_tries, retry_after, now, inner.random.as_ref());
            match next {
                Some(next) => delivery.next_try_at = Some(next),
                None => settle(&mut delivery, DeliveryStatus::Failed, now),
            }
            // No try to this endpoint has succeeded since this delivery began.
            let whole_window = since <= first;
            if whole_window && delivery.round_tries >= tries_before_warning(schedule) {
                warn(tx, inner, &mut endpoint, event, now)?;
            }
            store::deliveries::save(tx, &delivery)?;
            if whole_window && next.is_none() && endpoint.disabled.is_none() {
                let event = EventId::new(now, inner.random.as_ref());
                disable(tx, inner, &mut endpoint, DisabledReason::Failing, &Actor::system(), event, now)?;
            }
        }
    }
    store::deliveries::save(tx, &delivery)?;
    store::endpoints::save(tx, &endpoint)?;
    Ok(())
}

fn settle(delivery: &mut Delivery, status: DeliveryStatus, now: Timestamp) {
    delivery.status = status;
    delivery.next_try_at = None;
    delivery.finished_at = Some(now);
}

/// `endpoint.failing`, once per failing spell.
fn warn(
    tx: &Tx<'_>,
    inner: &Inner,
    endpoint: &mut Endpoint,
    event: EventId,
    now: Timestamp,
) -> Result<(), WebhookError> {
    if endpoint.warned_at.is_some() || endpoint.disabled.is_some() {
        return Ok(());
    }
    endpoint.warned_at = Some(now);
    tell(tx, inner, EventKind::EndpointFailing, endpoint, event, now)?;
    let entry = Entry::new(now, &Actor::system(), "webhook_endpoint.failing")
        .target("webhook_endpoint", endpoint.id, for_eyes(&endpoint.url))
        .detail(json!({ "failing_since": endpoint.failing_since, "last_outcome": endpoint.last_outcome }));
    inner.audit.append(tx, &entry)?;
    Ok(())
}

/// Switches an endpoint off: what waits for it is given up, and those who look after it are told. The caller saves it.
pub(super) fn disable(
    tx: &Tx<'_>,
    inner: &Inner,
    endpoint: &mut Endpoint,
    reason: DisabledReason,
    actor: &Actor,
    event: EventId,
    now: Timestamp,
) -> Result<(), WebhookError> {
    if endpoint.disabled.is_some() {
        return Ok(());
    }
    endpoint.disabled = Some((now, reason));
    let given_up = store::deliveries::give_up(tx, endpoint.id, GIVEN_UP, now)?;
    tell(tx, inner, EventKind::EndpointDisabled, endpoint, event, now)?;
    let detail = json!({
        "reason": reason.as_str(),
        "failing_since": endpoint.failing_since,
        "last_outcome": endpoint.last_outcome,
        "deliveries_given_up": given_up,
    });
    let entry = Entry::new(now, actor, "webhook_endpoint.disabled")
        .target("webhook_endpoint", endpoint.id, for_eyes(&endpoint.url))
        .detail(detail);
    inner.audit.append(tx, &entry)?;
    Ok(())
}

fn tell(
    tx: &Tx<'_>,
    inner: &Inner,
    kind: EventKind,
    endpoint: &Endpoint,
    id: EventId,
    now: Timestamp,
) -> Result<(), WebhookError> {
    let window: u64 = inner.settings.schedule.iter().map(std::time::Duration::as_secs).sum();
    let data = json!({
        "endpoint_id": endpoint.id,
        "url": for_eyes(&endpoint.url),
        "description": endpoint.description,
        "failing_since": endpoint.failing_since,
        "disabled_at": endpoint.disabled.map(|(at, _)| at),
        "reason": endpoint.disabled.map(|(_, reason)| reason.as_str()),
        "last_outcome": endpoint.last_outcome,
        "window_seconds": window,
    });
    events::append(tx, &NewEvent { id, kind, at: now, customer_id: None, connection_id: None, data })?;
    Ok(())
}

/// An address without its query, where receivers like to keep a token.
pub(super) fn for_eyes(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| "?".to_owned(),
        |mut url| {
            url.set_query(None);
            url.to_string()
        },
    )
}
