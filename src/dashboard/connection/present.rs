//! From a connection, its history and its decision records to the page. Pure: it formats what the domains tell.

use serde_json::Value;

use super::care::{CareFacts, care};
use super::plot::{Point, Range, plot};
use super::records::{Proof, TransitionFacts, records};
use super::verdict::{VerdictFacts, verdict};
use super::view::{ConnectionContent, Fact, Tile};
use crate::base::{Page, Reason, Status, Timestamp};
use crate::connections::{Connection, Transition, is_simulated};
use crate::customers::Customer;
use crate::dashboard::charts::{Slot, strip_large};
use crate::dashboard::connect::form::{hosting_words, scheme_words};
use crate::dashboard::format;
use crate::dashboard::list::ListState;
use crate::dashboard::rows::NO_SYSTEM;
use crate::dashboard::shell::Shell;
use crate::systems::System;
use crate::upstream::Timing;

/// Quarters of an hour in a day.
pub const SLOTS: usize = 96;

/// What the history knows.
#[derive(Debug, Clone, Default)]
pub struct HistoryFacts {
    /// Share of the time in which it worked: 24 h, 7 d, 30 d.
    pub uptime: [Option<f64>; 3],
    /// Episodes that began within 7 and 30 days; none where nobody counted.
    pub episodes: [Option<u64>; 3],
    /// The worst status of each quarter of an hour, oldest first.
    pub slots: Vec<Slot>,
    pub points: Vec<Point>,
    /// When nothing was asked because someone has to reconnect.
    pub signed_out: Vec<(Timestamp, Timestamp)>,
}

/// What the page is made of.
pub struct PageFacts<'a> {
    pub connection: &'a Connection,
    /// None when it was deleted.
    pub customer: Option<&'a Customer>,
    pub system: Option<&'a System>,
    pub records: Page<Transition>,
    pub history: HistoryFacts,
    pub credits_free: i64,
    pub may_change: bool,
    /// A refused secret may be tried once more.
    pub may_retry: bool,
    pub care: CareFacts<'a>,
}

pub fn content(shell: Shell, list: &ListState, facts: &PageFacts<'_>) -> ConnectionContent {
    let (connection, now) = (facts.connection, shell.now);
    let system_name = match facts.system {
        Some(system) => system.name.as_str(),
        None if !connection.has_system() => NO_SYSTEM,
        None => connection.system.as_str(),
    };
    let changes: Vec<TransitionFacts> = facts.records.items.iter().map(transition).collect();
    let gone = connection.status == Status::Disconnected;
    let spent = connection.status == Status::ReauthorizationRequired;
    ConnectionContent {
        pause: list.here("refresh", Some("off")),
        resume: list.here("refresh", None),
        id: connection.id.to_string(),
        name: connection.name.clone(),
        customer_name: facts.customer.map_or_else(|| "A deleted customer".into(), |customer| customer.name.clone()),
        customer_path: facts
            .customer
            .map_or_else(|| "/customers".into(), |customer| format!("/customers/{}", customer.id)),
        head_facts: if connection.has_system() {
            vec![
                system_name.to_owned(),
                hosting_words(connection.hosting).to_lowercase(),
                format!("tier {}", connection.tier),
                format::credits(connection.credits),
            ]
        } else {
            vec![format!("system {system_name}")]
        },
        may_change: facts.may_change,
        can_check: connection.has_credentials()
            && !matches!(connection.status, Status::Inactive | Status::Disconnected),
        check_refused: spent.then(|| "The refused secret is not sent again; reconnect with a new one.".to_owned()),
        can_reconnect: connection.has_system() && !gone,
        can_pause: !matches!(connection.status, Status::Inactive | Status::Disconnected),
        can_simulate: facts.may_change && !gone && facts.system.is_some_and(is_simulated),
        gone,
        verdict: verdict(&verdict_facts(facts, system_name, now)),
        strip: strip_large(&padded(&facts.history.slots), &strip_sentence(&facts.history.slots)),
        strip_axis: strip_axis(now),
        tiles: tiles(connection, &facts.history, now),
        records: records(&changes, &connection.id.to_string(), now, list.cursor().is_none()),
        more_records: facts
            .records
            .next_cursor
            .as_deref()
            .map(|next| format!("{}#records", list.here("cursor", Some(next)))),
        plot: plot(Range::parse(list.value("range")), now, &facts.history.points, &facts.history.signed_out),
        facts: fact_lines(facts, system_name, now),
        care: care(connection, &facts.care, facts.may_change, now),
        disconnect_text: format!(
            "Destroys the credentials and returns {} to the pool. History and audit stay.",
            format::credits(connection.credits_held)
        ),
        shell,
    }
}

fn verdict_facts(facts: &PageFacts<'_>, system_name: &str, now: Timestamp) -> VerdictFacts {
    let connection = facts.connection;
    let marks = &connection.marks;
    let clock = |at: Timestamp| at.to_jiff().strftime("%H:%M:%S").to_string();
    VerdictFacts {
        id: connection.id.to_string(),
        status: connection.status,
        reason: connection.reason,
        message: (!connection.message.trim().is_empty()).then(|| connection.message.trim().to_owned()),
        since: format!(
            "For {}, since {} UTC.",
            format::span(now.since(connection.since)),
            format::short(connection.since, now)
        ),
        vendor: system_name.to_owned(),
        host: host_of(&connection.base_url),
        credits: connection.credits,
        credits_free: facts.credits_free,
        next_check: marks.next_check_at.filter(|at| *at > now && connection.status.is_checked()).map(clock),
        last_check: marks.last_checked_at.map(clock),
        response: marks.total_ms.map(|millis| format::millis(u64::from(millis))),
        ended_by: ended_by(connection, now),
        may_change: facts.may_change,
        waits_for_customer: !connection.has_credentials(),
        without_system: !connection.has_system(),
        may_retry: facts.may_retry,
    }
}

fn host_of(base_url: &str) -> String {
    url::Url::parse(base_url)
        .ok()
        .and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
        })
        .unwrap_or_else(|| base_url.to_owned())
}

fn ended_by(connection: &Connection, now: Timestamp) -> Option<String> {
    let since = format::short(connection.since, now);
    match (connection.status, connection.reason) {
        (Status::Disconnected, _) => {
            Some(format!("Ended {since} UTC. The credentials are destroyed, the history is kept."))
        }
        (Status::Inactive, Some(Reason::Paused)) => Some(match &connection.paused_by {
            Some(name) => format!("Paused by {name}, {since} UTC; its credentials are kept."),
            None => format!("Paused {since} UTC; its credentials are kept."),
        }),
        _ => None,
    }
}

fn padded(slots: &[Slot]) -> Vec<Slot> {
    let mut all = vec![None; SLOTS.saturating_sub(slots.len())];
    all.extend(slots.iter().copied());
    all
}

fn strip_sentence(slots: &[Slot]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for status in [Status::ReauthorizationRequired, Status::Unreachable, Status::Degraded] {
        let quarters = slots.iter().filter(|slot| **slot == Some(status)).count();
        if quarters > 0 {
            let minutes = u64::try_from(quarters).unwrap_or(0).saturating_mul(15 * 60);
            let span = format::span(std::time::Duration::from_secs(minutes));
            parts.push(format!("{} {span}", status.label().to_lowercase()));
        }
    }
    let rest = if slots.contains(&Some(Status::Active)) { "active" } else { "no checks" };
    if parts.is_empty() {
        format!("Last 24 hours in steps of 15 minutes: {rest}")
    } else {
        format!("Last 24 hours in steps of 15 minutes: {}, otherwise {rest}", parts.join(", "))
    }
}

fn strip_axis(now: Timestamp) -> Vec<String> {
    (0..=6i64)
        .map(|step| {
            let at = now.plus_seconds((step - 6) * 4 * 3600);
            let word = at.to_jiff().strftime("%H:%M").to_string();
            if step == 6 { format!("{word} UTC") } else { word }
        })
        .collect()
}

fn tiles(connection: &Connection, history: &HistoryFacts, now: Timestamp) -> Vec<Tile> {
    let labels = ["Uptime 24 h", "7 days", "30 days"];
    let mut tiles: Vec<Tile> = labels
        .into_iter()
        .zip(history.uptime)
        .zip(history.episodes)
        .map(|((label, uptime), episodes)| Tile {
            label: label.into(),
            value: uptime.map_or_else(|| format::NONE.into(), format::percent),
            note: episodes.map_or_else(String::new, |count| format::count(count, "episode", "episodes")),
        })
        .collect();
    let marks = &connection.marks;
    tiles.push(Tile {
        label: "Last good check".into(),
        value: marks.last_ok_at.map_or_else(|| format::NONE.into(), |at| format::short(at, now)),
        note: match (marks.last_ok_at, marks.last_checked_at) {
            (None, None) => "never checked".into(),
            (None, Some(_)) => "none yet".into(),
            (Some(good), Some(last)) if good == last => marks
                .total_ms
                .map_or_else(String::new, |millis| format!("signed in, {}", format::millis(u64::from(millis)))),
            (Some(_), Some(last)) => format!("last look {}", format::short(last, now)),
            (Some(_), None) => String::new(),
        },
    });
    tiles
}

fn fact_lines(facts: &PageFacts<'_>, system_name: &str, now: Timestamp) -> Vec<Fact> {
    let connection = facts.connection;
    let mut lines = vec![
        customer_line(facts.customer),
        if connection.has_system() {
            Fact::new("System", system_name).path(format!("/systems/{}", connection.system)).second_line(format!(
                "tier {}, {}",
                connection.tier,
                hosting_words(connection.hosting).to_lowercase()
            ))
        } else {
            Fact::new("System", system_name)
        },
        match connection.base_url.as_str() {
            "" => Fact::new("Address", "given by the customer"),
            address => Fact::mono("Address", address),
        },
    ];
    for (name, value) in &connection.parameters {
        let label = facts
            .system
            .and_then(|system| system.parameters.iter().find(|parameter| parameter.name == *name))
            .map_or(name.as_str(), |parameter| parameter.label.as_str());
        lines.push(Fact::mono("Parameter", value).second_line(label));
    }
    lines.push(sign_in(connection, now));
    lines.push(checks(connection, now));
    lines.push(credits(connection));
    if let Some(end) = connection.expires_at {
        lines.push(Fact::new("Ends", format::short(end, now)).second_line("the earliest known end of a credential"));
    }
    lines.extend(facts.customer.and_then(contact_line));
    if !connection.metadata.is_empty() {
        let pairs: Vec<String> =
            connection.metadata.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
        lines.push(Fact::mono("Metadata", pairs.join(", ")));
    }
    lines.push(Fact::new("Connected", format::short(connection.created_at, now)));
    lines.push(Fact::mono("Id", connection.id.to_string()));
    lines
}

fn customer_line(customer: Option<&Customer>) -> Fact {
    match customer {
        Some(customer) => Fact::new("Customer", &customer.name)
            .path(format!("/customers/{}", customer.id))
            .second_line(customer.external_id.clone().unwrap_or_default()),
        None => Fact::new("Customer", "deleted; its key is destroyed"),
    }
}

fn contact_line(customer: &Customer) -> Option<Fact> {
    let name = customer.contact_name.clone().or_else(|| customer.contact_email.clone())?;
    let email = customer.contact_email.clone().filter(|email| *email != name).unwrap_or_default();
    Some(Fact::new("Contact", name).second_line(email))
}

/// A metadata value as it is typed.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn sign_in(connection: &Connection, now: Timestamp) -> Fact {
    let user = ["username", "client_id", "access_key"].iter().find_map(|name| connection.auth_public.get(*name));
    let scheme = scheme_words(connection.scheme);
    let words = user.map_or_else(|| scheme.to_owned(), |user| format!("{scheme}, {user}"));
    if connection.status == Status::Disconnected {
        return Fact::new("Sign-in", words).second_line("secret destroyed");
    }
    if !connection.has_credentials() {
        return Fact::new("Sign-in", "none yet").second_line("entered by the customer, by the connect link");
    }
    let set = format::short(connection.secret_set_at, now);
    Fact::new("Sign-in", words).second_line(format!("secret of {set}, generation {}", connection.generation))
}

fn checks(connection: &Connection, now: Timestamp) -> Fact {
    let every = format!("every {}", format::interval(u64::from(connection.check_interval_seconds)));
    match connection.status {
        Status::ReauthorizationRequired => {
            Fact::new("Checks", format!("{every}, stopped since {}", format::short(connection.since, now)))
        }
        Status::Inactive | Status::Disconnected | Status::Pending => Fact::new("Checks", "none").second_line(every),
        _ => {
            let next = connection.marks.next_check_at.filter(|at| *at > now);
            let sub = next.map_or_else(String::new, |at| format!("next {}", at.to_jiff().strftime("%H:%M:%S")));
            Fact::new("Checks", every).second_line(sub)
        }
    }
}

fn credits(connection: &Connection) -> Fact {
    let note = match connection.status {
        Status::Inactive => "none held now",
        Status::Disconnected => "returned",
        Status::Pending => "reserved",
        _ if connection.overage => "beyond the pool, by overage",
        Status::Active => "",
        _ => "still counted",
    };
    Fact::new("Credits", connection.credits.to_string()).second_line(note)
}

fn transition(from: &Transition) -> TransitionFacts {
    TransitionFacts {
        id: from.id.to_string(),
        at: from.at,
        before: from.before_status,
        after: from.status,
        reason: from.reason,
        rule: from.rule,
        rule_name: if from.rule_name.is_empty() { from.message.clone() } else { from.rule_name.clone() },
        source: from.source.clone(),
        actor_name: from.actor_name.clone(),
        episode: from.episode_id.map(|id| id.to_string()),
        proof: proof(&from.record),
    }
}

fn proof(record: &Value) -> Option<Proof> {
    let request = record.get("request")?.as_object()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let pairs = |value: Option<&Value>| -> Vec<(String, String)> {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items
            .iter()
            .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned())))
            .collect()
    };
    let millis = |name: &str| {
        let value = record.get("timing").and_then(|timing| timing.get(name)).and_then(Value::as_u64);
        value.and_then(|value| u32::try_from(value).ok())
    };
    let response = record.get("response");
    let status = response.and_then(|response| response.get("status")).and_then(Value::as_u64);
    Some(Proof {
        request: format!("{} {}", text(request.get("method")), text(request.get("url"))),
        request_headers: pairs(request.get("headers")),
        status: status.and_then(|status| u16::try_from(status).ok()),
        headers: pairs(response.and_then(|response| response.get("headers"))),
        body: text(response.and_then(|response| response.get("body"))),
        failure: text(record.get("failure")),
        timing: Timing {
            dns_ms: millis("dns_ms"),
            connect_ms: millis("connect_ms"),
            tls_ms: millis("tls_ms"),
            first_byte_ms: millis("first_byte_ms"),
            total_ms: millis("total_ms").unwrap_or(0),
        },
    })
}
