//! One try: the event is read, signed and posted, and what came of it is written down with the answer.

use std::sync::Arc;

use url::Url;

use super::body::{body, hide_links};
use super::endpoints::SECRET;
use super::error::WebhookError;
use super::model::{Cause, DeliveryStatus, Endpoint, Try, TryRecord, TryTiming};
use super::outcome::{Outcome, write_down};
use super::schedule::{Verdict, judge};
use super::service::{Inner, Webhooks};
use super::{signing, store};
use crate::base::{DeliveryId, EventId, Secret, Timestamp};
use crate::events::{self, EventRow};
use crate::store::{Rows, StoreError};
use crate::upstream::{Post, Posted, Timing, TlsMaterial};

/// Of an answer's body, and of its headers.
const KEPT_BODY: usize = 2048;
const KEPT_HEADERS: usize = 30;
const KEPT_VALUE: usize = 200;

struct Prepared {
    /// The first try of a new round, of a delivery that was tried before.
    again: bool,
    endpoint: Endpoint,
    event: EventRow,
    secrets: Vec<Secret>,
}

impl Webhooks {
    /// Tries a delivery that is due. One that has been settled or taken away meanwhile is left alone.
    pub(super) async fn attempt(&self, id: DeliveryId, cause: Cause) -> Result<(), WebhookError> {
        let (inner, at) = (self.0.clone(), self.0.clock.now());
        let prepared = self.0.store.read::<_, WebhookError, _>(move |reader| prepare(reader, &inner, id, at)).await?;
        let Some(Prepared { again, endpoint, event, secrets }) = prepared else { return Ok(()) };
        let text = body(&event);
        let headers = signing::headers(event.id, at, &text, &secrets)?;
        drop(secrets);
        let sent = headers.clone();
        let posted = match Url::parse(&endpoint.url) {
            Ok(url) => {
                let (within, body) = (self.0.settings.timeout, text.into());
                let tls = TlsMaterial { ca_certificate: endpoint.ca_certificate.clone(), ..TlsMaterial::default() };
                let message = Post { url, headers, body, within, keep: KEPT_BODY };
                self.0.upstream.send_message("POST", &tls, message).await
            }
            Err(_) => return Err(StoreError::Unreadable(format!("the address of {}", endpoint.id)).into()),
        };
        let now = self.0.clock.now();
        let verdict = judge(&posted.result, now);
        let (word, fault) = match &verdict {
            Verdict::Delivered => ("delivered", None),
            Verdict::Failed { fault, .. } => ("failed", Some(hide_links(fault))),
            Verdict::Gone { fault } => ("gone", Some(fault.clone())),
        };
        let tried = Try {
            number: 0,
            at,
            ok: verdict == Verdict::Delivered,
            cause: if again { Cause::Replay } else { cause },
            status: posted.result.as_ref().ok().map(|answer| answer.status),
            fault,
            record: record(sent, &posted),
        };
        let outcome = Outcome { delivery: id, tried, verdict, now, event: EventId::new(now, self.0.random.as_ref()) };
        let inner: Arc<Inner> = self.0.clone();
        self.0.store.write::<_, WebhookError, _>(move |tx| write_down(tx, &inner, outcome)).await?;
        (self.0.count)(word);
        Ok(())
    }
}

fn prepare(rows: &impl Rows, inner: &Inner, id: DeliveryId, now: Timestamp) -> Result<Option<Prepared>, WebhookError> {
    let Some(delivery) = store::deliveries::find(rows, id)? else { return Ok(None) };
    let due = delivery.next_try_at.is_some_and(|due| due <= now);
    if delivery.status != DeliveryStatus::Waiting || !due {
        return Ok(None);
    }
    let Some(endpoint) = store::endpoints::find(rows, delivery.endpoint_id)? else { return Ok(None) };
    let Some(event) = events::find(rows, delivery.event_id)? else {
        return Err(StoreError::Unreadable(format!("the event {} of {id}", delivery.event_id)).into());
    };
    let Some(sealed) = store::endpoints::secrets(rows, endpoint.id)? else { return Ok(None) };
    let owner = endpoint.id.to_string();
    let mut secrets = vec![inner.vault.open_own(&owner, SECRET, &sealed.present)?];
    if let Some(old) = sealed.old.filter(|_| endpoint.old_secret_until.is_some_and(|until| now < until)) {
        secrets.push(inner.vault.open_own(&owner, SECRET, &old)?);
    }
    Ok(Some(Prepared { again: delivery.tries > 0 && delivery.round_tries == 0, endpoint, event, secrets }))
}

/// What is kept of a try: both heads, the beginning of the answer, the timing. Links in it are hidden.
fn record(sent: Vec<(String, String)>, posted: &Posted) -> TryRecord {
    let answer = posted.result.as_ref().ok();
    let headers: Vec<(String, String)> = answer
        .iter()
        .flat_map(|answer| answer.headers.iter())
        .filter(|(name, _)| name != "set-cookie")
        .take(KEPT_HEADERS)
        .map(|(name, value)| (name.clone(), hide_links(&value.chars().take(KEPT_VALUE).collect::<String>())))
        .collect();
    let Timing { dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms } = posted.timing;
    TryRecord {
        request_headers: sent,
        peer: posted.peer.map(|peer| peer.to_string()),
        headers,
        body: answer.map(|answer| hide_links(&String::from_utf8_lossy(&answer.body))),
        truncated: answer.is_some_and(|answer| answer.truncated),
        timing: TryTiming { dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms },
    }
}
