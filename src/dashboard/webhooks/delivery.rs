//! One delivery: the body that was sent, and each try with its answer.

use askama::Template;

use super::words::{self, State};
use crate::base::Timestamp;
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;
use crate::webhooks::{Cause, DeliveryDetail, DeliveryStatus, Try, TryTiming};

/// `/webhooks/deliveries/{id}`.
#[derive(Template, Debug, Clone)]
#[template(path = "webhooks/delivery.html")]
pub struct DeliveryPage {
    pub shell: Shell,
    pub id: String,
    pub event: String,
    pub event_path: String,
    pub kind: &'static str,
    pub address: String,
    pub endpoint_path: String,
    pub state: State,
    pub said: String,
    pub next: Option<Markup>,
    pub made: Markup,
    pub body: Option<String>,
    pub tries: Vec<TryRow>,
    pub can_send: bool,
    pub send_word: &'static str,
}

#[derive(Debug, Clone)]
pub struct TryRow {
    pub id: String,
    pub number: u32,
    pub open: bool,
    pub state: State,
    pub when: Markup,
    pub why: String,
    pub took: String,
    pub cause: &'static str,
    pub request: Vec<(String, String)>,
    /// `HTTP 500`.
    pub status: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub body_note: &'static str,
    pub peer: String,
    pub timing: String,
}

pub fn page(shell: Shell, found: &DeliveryDetail, may_change: bool) -> DeliveryPage {
    let (delivery, now) = (&found.delivery, shell.now);
    let newest = found.tries.len();
    DeliveryPage {
        id: delivery.id.to_string(),
        event: words::of_event(delivery.event_type),
        event_path: format!("/events/{}", delivery.event_id),
        kind: delivery.event_type.as_str(),
        address: words::short_address(&found.endpoint.url),
        endpoint_path: format!("/webhooks/{}", found.endpoint.id),
        state: words::of_delivery(delivery),
        said: delivery.last_outcome.clone().unwrap_or_else(|| "Not tried yet.".into()),
        next: delivery.next_try_at.map(|at| format::until(at, now)),
        made: format::time_to_the_second(delivery.created_at, now),
        body: found.body.clone(),
        tries: found
            .tries
            .iter()
            .enumerate()
            .rev()
            .map(|(place, tried)| row(tried, place + 1 == newest, now))
            .collect(),
        can_send: may_change,
        send_word: if delivery.status == DeliveryStatus::Waiting { "Send it now" } else { "Send it again" },
        shell,
    }
}

fn row(tried: &Try, newest: bool, now: Timestamp) -> TryRow {
    let record = &tried.record;
    let status = if tried.ok { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
    let known = tried.status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
    TryRow {
        id: format!("try-{}", tried.number),
        number: tried.number,
        open: newest,
        state: words::of_status(status, true),
        when: format::time_to_the_second(tried.at, now),
        why: tried.fault.clone().unwrap_or(known),
        took: format::millis(u64::from(record.timing.total_ms)),
        cause: match tried.cause {
            Cause::Schedule => "on schedule",
            Cause::Replay => "sent again by hand",
            Cause::Test => "a test",
        },
        request: record.request_headers.clone(),
        status: tried.status.map(|status| format!("HTTP {status}")),
        headers: record.headers.clone(),
        body: record.body.clone().unwrap_or_default(),
        body_note: if record.truncated { "beginning of the body" } else { "body" },
        peer: record.peer.clone().unwrap_or_else(|| "nobody: no connection was made".into()),
        timing: timing(&record.timing),
    }
}

/// `name 2 ms, connection 11 ms, TLS 18 ms, first byte 31 ms, 63 ms in all`.
fn timing(timing: &TryTiming) -> String {
    let parts = [
        ("name", timing.dns_ms),
        ("connection", timing.connect_ms),
        ("TLS", timing.tls_ms),
        ("first byte", timing.first_byte_ms),
    ];
    let mut words: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, millis)| Some(format!("{name} {}", format::millis(u64::from(millis?)))))
        .collect();
    words.push(format!("{} in all", format::millis(u64::from(timing.total_ms))));
    words.join(", ")
}
