//! One receiver: how it is, what to do about it, what went to it.

use askama::Template;

use super::list::share;
use super::words::{self, State};
use crate::base::{Page, Timestamp};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{ListState, Pager, ViewLink};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;
use crate::upstream::read_certificate;
use crate::webhooks::{Delivery, DeliveryStatus, DisabledReason, Endpoint, EndpointSummary, WebhookSettings};

/// `/webhooks/{id}`.
#[derive(Template, Debug, Clone)]
#[template(path = "webhooks/endpoint.html")]
pub struct EndpointPage {
    pub shell: Shell,
    pub path: String,
    pub address: String,
    pub description: String,
    pub state: State,
    pub head_facts: Vec<String>,
    /// Why it is not well and what to do; none while it is.
    pub verdict: Option<Verdict>,
    pub is_disabled: bool,
    pub may_change: bool,
    pub views: Vec<ViewLink>,
    pub rows: Vec<DeliveryRow>,
    pub filtered: bool,
    pub pager: Pager,
    pub facts: Vec<Fact>,
    pub secret_note: String,
    pub since: String,
}

#[derive(Debug, Clone)]
pub struct Verdict {
    pub tone: crate::base::Status,
    pub title: &'static str,
    pub said: String,
    pub step: &'static str,
    pub can_enable: bool,
}

#[derive(Debug, Clone)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub mono: bool,
}

#[derive(Debug, Clone)]
pub struct DeliveryRow {
    pub path: String,
    pub state: State,
    pub event: String,
    pub kind: &'static str,
    pub made: Markup,
    pub tries: String,
    pub outcome: String,
    /// When it is tried again.
    pub next: Option<Markup>,
}

pub struct Facts<'a> {
    pub summary: &'a EndpointSummary,
    pub deliveries: &'a Page<Delivery>,
    pub counts: &'a [(DeliveryStatus, i64)],
    pub settings: &'a WebhookSettings,
    pub may_change: bool,
}

pub fn page(shell: Shell, list: &ListState, facts: &Facts<'_>) -> EndpointPage {
    let now = shell.now;
    let EndpointSummary { endpoint, tries, tries_ok, waiting, next_try_at } = facts.summary;
    let mut head_facts = vec![words::filter(endpoint)];
    if *tries > 0 {
        head_facts.push(format!("{} of the tries of 24 h were good", share(*tries, *tries_ok)));
    }
    if *waiting > 0 {
        let next = next_try_at.map(|at| format!(", the next try at {}", format::short(at, now))).unwrap_or_default();
        head_facts.push(format!("{} waiting{next}", format::whole(*waiting)));
    }
    EndpointPage {
        path: format!("/webhooks/{}", endpoint.id),
        address: words::short_address(&endpoint.url),
        description: endpoint.description.clone().unwrap_or_default(),
        state: words::of_endpoint(endpoint),
        head_facts,
        verdict: verdict(endpoint, now),
        is_disabled: endpoint.disabled.is_some(),
        may_change: facts.may_change,
        views: views(list, facts.counts),
        rows: facts.deliveries.items.iter().map(|one| row(one, now)).collect(),
        filtered: list.value("status").is_some(),
        pager: list.pager(facts.deliveries.items.len(), None, facts.deliveries.next_cursor.as_deref()),
        facts: details(endpoint, facts.settings, now),
        secret_note: match endpoint.old_secret_until.filter(|until| *until > now) {
            Some(until) => format!(
                "Two secrets sign until {} UTC: the present one, and the one before it.",
                format::short(until, now)
            ),
            None => "One secret signs. It was shown once; a new one can be made at any time.".into(),
        },
        since: typed(
            endpoint.disabled.map(|(at, _)| at).or(endpoint.failing_since).unwrap_or(now.plus_seconds(-86_400)),
        ),
        shell,
    }
}

/// As a browser's field wants it.
fn typed(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%dT%H:%M").to_string()
}

fn verdict(endpoint: &Endpoint, now: Timestamp) -> Option<Verdict> {
    let tone = words::of_endpoint(endpoint).tone;
    let last = endpoint.last_outcome.clone().unwrap_or_default();
    let since = |at: Timestamp| format!("since {} UTC, for {}", format::short(at, now), format::span(now.since(at)));
    let (title, said, step, can_enable) = match (endpoint.disabled, endpoint.failing_since) {
        (Some((at, DisabledReason::Operator)), _) => (
            "Switched off",
            format!("Somebody switched it off; it is told nothing, {}.", since(at)),
            "Switch it on, then send again what happened meanwhile.",
            true,
        ),
        (Some((at, DisabledReason::Gone)), _) => (
            "Disabled: it wants no more",
            format!("It answered 410 and is told nothing, {}.", since(at)),
            "Remove it, or switch it on when the program listens again.",
            true,
        ),
        (Some((at, DisabledReason::Failing)), _) => (
            "Disabled: nothing reached it",
            format!("A whole schedule of tries went by without one success. It is told nothing, {}. {last}", since(at)),
            "Mend the receiver, send a test, switch it on, then send again what happened meanwhile.",
            true,
        ),
        (None, Some(at)) => (
            "Failing",
            format!("No try got through {}. {last}", since(at)),
            "It looks after itself: everything is tried again. Look at the receiver if it lasts.",
            false,
        ),
        (None, None) => return None,
    };
    Some(Verdict { tone, title, said, step, can_enable })
}

fn views(list: &ListState, counts: &[(DeliveryStatus, i64)]) -> Vec<ViewLink> {
    let current = list.value("status");
    let number = |wanted: Option<DeliveryStatus>| {
        let sum: i64 = counts
            .iter()
            .filter(|(status, _)| wanted.is_none_or(|wanted| wanted == *status))
            .map(|(_, count)| count)
            .sum();
        u64::try_from(sum).ok()
    };
    let link = |status: Option<DeliveryStatus>| ViewLink {
        href: list.with(&[("status", status.map(DeliveryStatus::as_str))]),
        label: status.map_or("All", |status| words::of_status(status, false).word).into(),
        status: status.map(|status| words::of_status(status, false).tone),
        count: number(status),
        current: current == status.map(DeliveryStatus::as_str),
    };
    [None, Some(DeliveryStatus::Failed), Some(DeliveryStatus::Waiting), Some(DeliveryStatus::Delivered)]
        .map(link)
        .into()
}

pub fn row(one: &Delivery, now: Timestamp) -> DeliveryRow {
    DeliveryRow {
        path: format!("/webhooks/deliveries/{}", one.id),
        state: words::of_delivery(one),
        event: words::of_event(one.event_type),
        kind: one.event_type.as_str(),
        made: format::time_to_the_second(one.created_at, now),
        tries: format::count(u64::from(one.tries), "try", "tries"),
        outcome: one.last_outcome.clone().unwrap_or_else(|| "Not tried yet.".into()),
        next: one.next_try_at.map(|at| format::until(at, now)),
    }
}

/// Whose certificates are trusted, and until when.
fn authority(endpoint: &Endpoint) -> String {
    let Some(pem) = endpoint.ca_certificate.as_deref() else { return "the machine’s own".into() };
    read_certificate(pem).map_or_else(
        |error| error.to_string(),
        |facts| format!("{}, until {}, beside the machine’s own", facts.subject, format::day(facts.not_after)),
    )
}

fn details(endpoint: &Endpoint, settings: &WebhookSettings, now: Timestamp) -> Vec<Fact> {
    let fact = |label, value: String, mono| Fact { label, value, mono };
    let time =
        |at: Option<Timestamp>| at.map_or_else(|| "never".into(), |at| format!("{} UTC", format::short(at, now)));
    let types = endpoint.event_types.as_ref().map_or_else(
        || "all".to_owned(),
        |types| types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
    );
    let window = settings.schedule.iter().sum();
    vec![
        fact("Address", endpoint.url.clone(), true),
        fact("Events", types, false),
        fact(
            "Customers",
            endpoint.customer_ids.as_ref().map_or_else(
                || "all".into(),
                |ids| format::count(u64::try_from(ids.len()).unwrap_or(0), "customer", "customers"),
            ),
            false,
        ),
        fact("Trusted authority", authority(endpoint), false),
        fact("Last success", time(endpoint.last_ok_at), false),
        fact("Last try", time(endpoint.last_try_at), false),
        fact("Tries", format!("{} over {}", settings.schedule.len(), format::span(window)), false),
        fact("Made", time(Some(endpoint.created_at)), false),
        fact("Id", endpoint.id.to_string(), true),
    ]
}
