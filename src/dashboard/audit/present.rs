//! From audit rows to the page: actions in words, targets as links, the state of the chain. Pure.

use super::view::{AuditPage, AuditRow, action_words, target_path};
use crate::audit::{AuditFilter, AuditOutcome, AuditRow as Entry, Proven};
use crate::base::{Page, Status, Timestamp};
use crate::dashboard::format;
use crate::dashboard::list::{Chip, Choice, ListState};
use crate::dashboard::shell::Shell;

/// The beginnings of actions that the filter offers.
const ACTIONS: [(&str, &str); 9] = [
    ("connection.", "Connections"),
    ("customer.", "Customers"),
    ("credits.", "Credits"),
    ("user.", "Users and sign-ins"),
    ("api_key.", "API keys"),
    ("webhook_", "Webhooks"),
    ("vault.", "The vault"),
    ("instance.", "The instance"),
    ("audit.", "The audit log"),
];

/// What the address asks for. A date means the whole day.
pub fn filter(list: &ListState) -> AuditFilter {
    let day = |key: &str| list.value(key).and_then(|text| Timestamp::parse(&format!("{text}T00:00:00Z")));
    let given = |key: &str| list.value(key).map(str::to_owned);
    AuditFilter {
        actor: given("actor"),
        action: given("action"),
        target: given("target"),
        outcome: list.value("outcome").and_then(AuditOutcome::parse),
        from: day("from"),
        to: day("to").map(|day| day.plus_seconds(86_400)),
        q: given("q"),
    }
}

/// The page of `found`, newest first.
pub fn audit_page(
    shell: Shell,
    list: &ListState,
    found: &Page<Entry>,
    proven: Option<&Proven>,
    can_verify: bool,
) -> AuditPage {
    let now = shell.now;
    let (chain, chain_tone, chain_glyph) = chain(proven, now);
    let value = |key: &str| list.value(key).unwrap_or_default().to_owned();
    let query = list.with(&[]).split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    AuditPage {
        chain,
        chain_tone,
        chain_glyph,
        head_facts: vec!["every change, sign-in and refusal".into()],
        can_verify,
        csv_path: format!("/audit/export.csv{query}"),
        json_path: format!("/audit/export.json{query}"),
        q: value("q"),
        from: value("from"),
        to: value("to"),
        actions: choices("All actions", &ACTIONS, list.value("action")),
        actors: actors(found, list.value("actor")),
        outcomes: choices(
            "All outcomes",
            &AuditOutcome::ALL.map(|outcome| (outcome.as_str(), outcome.as_str())),
            list.value("outcome"),
        ),
        chips: chips(list),
        cleared: list.cleared(),
        rows: found.items.iter().map(|entry| row(entry, now)).collect(),
        pager: list.pager(found.items.len(), None, found.next_cursor.as_deref()),
        shell,
    }
}

fn chain(proven: Option<&Proven>, now: Timestamp) -> (String, Status, &'static str) {
    match proven {
        None => ("Chain not proven since the start".into(), Status::Pending, "s-pending"),
        Some(proven) => {
            let when = format::short(proven.at, now);
            match &proven.verification.first_broken {
                None => (format!("Chain whole, proven {when} UTC"), Status::Active, "i-check"),
                Some(broken) => (
                    format!("Chain broken: {broken}, found {when} UTC"),
                    Status::ReauthorizationRequired,
                    "s-unreachable",
                ),
            }
        }
    }
}

fn choices(all: &str, entries: &[(&str, &str)], chosen: Option<&str>) -> Vec<Choice> {
    std::iter::once(Choice::new("", all, chosen))
        .chain(entries.iter().map(|(value, label)| Choice::new(*value, *label, chosen)))
        .collect()
}

/// Whoever stands on this page, and the one that is asked for.
fn actors(found: &Page<Entry>, chosen: Option<&str>) -> Vec<Choice> {
    let mut names: Vec<&str> = found.items.iter().map(|entry| entry.actor_name.as_str()).chain(chosen).collect();
    names.sort_unstable();
    names.dedup();
    std::iter::once(Choice::new("", "Everybody", chosen))
        .chain(names.into_iter().map(|name| Choice::new(name, name, chosen)))
        .collect()
}

fn chips(list: &ListState) -> Vec<Chip> {
    [
        ("q", "Search"),
        ("action", "Action"),
        ("actor", "Who"),
        ("target", "Whom"),
        ("outcome", "Outcome"),
        ("from", "From"),
        ("to", "To"),
    ]
    .into_iter()
    .filter_map(|(key, label)| {
        let value = list.value(key)?;
        let word = ACTIONS.iter().find(|(action, _)| key == "action" && *action == value).map(|(_, word)| *word);
        Some(list.chip(key, format!("{label}: {}", word.unwrap_or(value))))
    })
    .collect()
}

fn row(entry: &Entry, now: Timestamp) -> AuditRow {
    let target = entry.target.as_ref();
    let id = target.and_then(|target| target.id.clone());
    let name = target.and_then(|target| target.name.clone()).filter(|name| !name.is_empty());
    AuditRow {
        number: entry.sequence.to_string(),
        when: format::time_to_the_second(entry.at, now),
        who: entry.actor_name.clone(),
        kind: actor_kind(&entry.actor_kind),
        address: entry.address.clone().unwrap_or_else(|| format::NONE.into()),
        what: action_words(&entry.action),
        action: entry.action.clone(),
        whom: name.or_else(|| id.clone()).unwrap_or_else(|| format::NONE.into()),
        path: id.as_deref().and_then(target_path),
        detail: detail(&entry.detail),
        outcome: entry.outcome.as_str().into(),
        good: entry.outcome == AuditOutcome::Done,
    }
}

fn actor_kind(kind: &str) -> &'static str {
    match kind {
        "user" => "user",
        "api_key" => "API key",
        "cli" => "on the server",
        "link" => "customer",
        "anonymous" => "not signed in",
        _ => "by itself",
    }
}

/// `fields: name, metadata; returned: 8`, at most one line long.
fn detail(value: &serde_json::Value) -> String {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let whole = match value {
        serde_json::Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| format!("{}: {}", key.replace('_', " "), text(value)))
            .collect::<Vec<_>>()
            .join("; "),
        serde_json::Value::Null => String::new(),
        other => text(other),
    };
    if whole.chars().count() > 160 { whole.chars().take(159).chain(['…']).collect() } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditTarget, Verification};
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    fn entry(action: &str, outcome: AuditOutcome) -> Entry {
        Entry {
            sequence: 412,
            at: Timestamp::parse("2026-11-24T14:22:08Z").unwrap(),
            actor_kind: "user".into(),
            actor_id: Some("usr_x".into()),
            actor_name: "Mara Okonkwo".into(),
            address: Some("10.2.0.17".into()),
            action: action.into(),
            target: Some(AuditTarget {
                kind: "connection".into(),
                id: Some("con_x".into()),
                name: Some("ECC <b>Werk</b> 2".into()),
            }),
            outcome,
            detail: serde_json::json!({ "returned": 8, "fields": ["name", "metadata"], "nothing": null }),
            mac: String::new(),
        }
    }

    #[test]
    fn entries_are_read_in_words() {
        let list = ListState::read("/audit", "action=connection.&from=2026-11-01&outcome=refused");
        let wanted = filter(&list);
        assert_eq!(wanted.from, Timestamp::parse("2026-11-01T00:00:00Z"));
        assert_eq!(wanted.outcome, Some(AuditOutcome::Refused));
        let found = Page {
            items: vec![
                entry("connection.disconnected", AuditOutcome::Done),
                entry("api_key.created", AuditOutcome::Refused),
            ],
            next_cursor: Some("abc".into()),
        };
        let verification =
            Verification { entries: 412, head_sequence: 412, head_mac: String::new(), first_broken: None };
        let proven = Proven { at: Timestamp::parse("2026-11-24T14:00:00Z").unwrap(), verification };
        let page = audit_page(Shell::sample(Nav::Audit), &list, &found, Some(&proven), true);
        let html = look("audit", &page);
        assert!(html.contains("Chain whole, proven 14:00 UTC") && html.contains("API key created"));
        assert!(html.contains("returned: 8; fields: name, metadata") && html.contains("ECC &#60;b&#62;Werk"), "{html}");
        assert!(html.contains("Action: Connections"));
        let none = Page { items: Vec::new(), next_cursor: None };
        assert!(
            look("audit-none", &audit_page(Shell::sample(Nav::Audit), &list, &none, None, false))
                .contains("Clear the filters")
        );
    }
}
