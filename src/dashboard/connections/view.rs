//! The list of connections as it is printed.

use askama::Template;

use crate::base::Status;
use crate::dashboard::filters;
use crate::dashboard::list::{Chip, Choice, ListState, Pager, SortLink, ViewLink};
use crate::dashboard::live::Live;
use crate::dashboard::overview::view::StatusCount;
use crate::dashboard::rows::{ConnectionFacts, ConnectionRow};
use crate::dashboard::shell::Shell;

/// What the page is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectionsFacts {
    pub rows: Vec<ConnectionFacts>,
    pub next_cursor: Option<String>,
    /// How many match the filters; none when that was not counted.
    pub matching: Option<u64>,
    /// All connections by status, whatever the filters say.
    pub counts: Vec<StatusCount>,
    pub needing: u64,
    /// Slug and name.
    pub systems: Vec<(String, String)>,
    /// The customer that is filtered by.
    pub customer: Option<(String, String)>,
}

pub struct Heads {
    pub name: SortLink,
    pub status: SortLink,
}

/// The fields of the filter bar.
const FIELDS: [&str; 4] = ["q", "system", "tier", "hosting"];

#[derive(Template)]
#[template(path = "connections/list.html")]
pub struct ConnectionsTable<'a> {
    pub shell: &'a Shell,
    pub heads: Heads,
    pub rows: Vec<ConnectionRow>,
    pub pager: Pager,
    /// What was looked for in vain.
    pub nothing: Option<String>,
    pub cleared: String,
    pub back: String,
}

#[derive(Template)]
#[template(path = "connections/page.html")]
pub struct ConnectionsPage {
    pub shell: Shell,
    pub pause: String,
    pub resume: String,
    pub path: String,
    pub q: String,
    pub systems: Vec<Choice>,
    pub tiers: Vec<Choice>,
    pub hostings: Vec<Choice>,
    pub kept: Vec<(String, String)>,
    pub views: Vec<ViewLink>,
    pub chips: Vec<Chip>,
    pub cleared: String,
    pub none_at_all: bool,
    pub live: Live,
}

impl ConnectionsPage {
    pub fn new(shell: Shell, facts: &ConnectionsFacts, list: &ListState) -> askama::Result<Self> {
        let total: u64 = facts.counts.iter().map(|count| count.count).sum();
        let table = ConnectionsTable::new(&shell, facts, list, total).render()?;
        Ok(Self {
            pause: list.here("refresh", Some("off")),
            resume: list.here("refresh", None),
            path: "/connections".into(),
            q: list.value("q").unwrap_or_default().into(),
            systems: choices("All systems", &facts.systems, list.value("system")),
            tiers: choices("All tiers", &[pair("1"), pair("2"), pair("3")], list.value("tier")),
            hostings: choices(
                "Cloud and on premises",
                &[("cloud".into(), "Cloud".into()), ("on_premises".into(), "On premises".into())],
                list.value("hosting"),
            ),
            kept: list.kept_beside(&FIELDS),
            views: views(facts, list, total),
            chips: chips(facts, list),
            cleared: list.cleared(),
            none_at_all: total == 0,
            live: Live::new(&table, &shell, list),
            shell,
        })
    }
}

fn pair(word: &str) -> (String, String) {
    (word.into(), word.into())
}

fn choices(all: &str, values: &[(String, String)], chosen: Option<&str>) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", all, chosen)];
    choices.extend(values.iter().map(|(value, label)| Choice::new(value, label, chosen)));
    choices
}

fn views(facts: &ConnectionsFacts, list: &ListState, total: u64) -> Vec<ViewLink> {
    let (status, view) = (list.value("status"), list.value("view"));
    let link = |label: &str, status: Option<Status>, view: Option<&str>, count, current| ViewLink {
        href: list.with(&[("status", status.map(Status::as_str)), ("view", view)]),
        label: label.into(),
        status,
        count: Some(count),
        current,
    };
    let mut views = vec![
        link("All", None, None, total, status.is_none() && view.is_none()),
        link("Needs a hand", None, Some("needs_a_hand"), facts.needing, view == Some("needs_a_hand")),
    ];
    views.extend(facts.counts.iter().map(|count| {
        let current = status == Some(count.status.as_str()) && view.is_none();
        link(count.status.label(), Some(count.status), None, count.count, current)
    }));
    views
}

fn chips(facts: &ConnectionsFacts, list: &ListState) -> Vec<Chip> {
    let label = |key: &str, value: &str| match key {
        "q" => format!("“{value}”"),
        "system" => {
            let name = facts.systems.iter().find(|(slug, _)| slug == value).map_or(value, |(_, name)| name);
            format!("System: {name}")
        }
        "tier" => format!("Tier: {value}"),
        "hosting" => if value == "cloud" { "Cloud" } else { "On premises" }.to_string(),
        _ => {
            let name = facts.customer.as_ref().map_or(value, |(_, name)| name.as_str());
            format!("Customer: {name}")
        }
    };
    ["q", "system", "tier", "hosting", "customer_id"]
        .into_iter()
        .filter_map(|key| list.value(key).map(|value| list.chip(key, label(key, value))))
        .collect()
}

impl<'a> ConnectionsTable<'a> {
    fn new(shell: &'a Shell, facts: &ConnectionsFacts, list: &ListState, total: u64) -> Self {
        let by_name = list.value("sort") == Some("name");
        Self {
            shell,
            heads: Heads {
                name: list.order_link("name", "Connection", by_name, false),
                status: list.order_link("status", "Status", !by_name, true),
            },
            rows: facts.rows.iter().map(|row| ConnectionRow::new(row, shell.now)).collect(),
            pager: list.pager(facts.rows.len(), facts.matching, facts.next_cursor.as_deref()),
            nothing: facts.rows.is_empty().then(|| nothing(facts, list, total)),
            cleared: list.cleared(),
            back: list.here("v", None),
        }
    }
}

/// Repeats the filter that found nothing.
fn nothing(facts: &ConnectionsFacts, list: &ListState, total: u64) -> String {
    let mut asked: Vec<String> = chips(facts, list).into_iter().map(|chip| chip.text).collect();
    if let Some(status) = list.value("status").and_then(Status::parse) {
        asked.push(format!("Status: {}", status.label()));
    }
    if list.value("view").is_some() {
        asked.push("Needs a hand".into());
    }
    let asked = if asked.is_empty() { "This page".into() } else { asked.join(", ") };
    format!("{asked}: 0 of {} connections.", crate::dashboard::format::thousands(total))
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::dashboard::rows;
    use crate::dashboard::shell::Nav;

    pub fn facts() -> ConnectionsFacts {
        ConnectionsFacts {
            rows: rows::samples::all(),
            next_cursor: Some("WyJjb25uZWN0aW9ucyJd".into()),
            matching: Some(50),
            counts: Status::ALL
                .iter()
                .zip([3, 2, 3, 2, 2, 36, 2])
                .map(|(status, count)| StatusCount { status: *status, count })
                .collect(),
            needing: 8,
            systems: vec![("sap-ecc".into(), "SAP ECC".into()), ("maximo".into(), "IBM Maximo Manage".into())],
            customer: None,
        }
    }

    pub fn sample(query: &str) -> ConnectionsPage {
        let list = ListState::read("/connections", query);
        ConnectionsPage::new(Shell::sample(Nav::Connections), &facts(), &list).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;

    #[test]
    fn the_list_holds_its_state_in_its_links() {
        let page = look("connections", &samples::sample(""));
        assert!(page.contains("aria-sort=\"descending\""));
        assert!(page.contains("1 to 12 of 50"));
        let filtered = look("connections-filtered", &samples::sample("q=ecc&system=sap-ecc&status=unreachable"));
        assert!(filtered.contains("System: SAP ECC"), "{filtered}");
        assert!(filtered.contains("<option value=\"sap-ecc\" selected>"));
    }

    #[test]
    fn nothing_found_repeats_the_filter() {
        let list = ListState::read("/connections", "q=maximo&status=unreachable");
        let facts = ConnectionsFacts { rows: vec![], next_cursor: None, matching: Some(0), ..samples::facts() };
        let shell = Shell::sample(crate::dashboard::shell::Nav::Connections);
        let page = look("connections-nothing", &ConnectionsPage::new(shell, &facts, &list).unwrap());
        assert!(page.contains("“maximo”, Status: Unreachable: 0 of 50 connections."), "{page}");
    }

    #[test]
    fn a_hundred_rows_stay_below_150_kb() {
        let mut facts = samples::facts();
        let one = facts.rows.clone();
        facts.rows = (0..100).map(|at| one[at % one.len()].clone()).collect();
        for (at, row) in facts.rows.iter_mut().enumerate() {
            let later = crate::base::Timestamp::from_millis(i64::try_from(at).unwrap());
            row.id = crate::base::ConnectionId::new(later, &crate::base::OsRandom);
        }
        let shell = Shell::sample(crate::dashboard::shell::Nav::Connections);
        let page = look(
            "connections-100",
            &ConnectionsPage::new(shell, &facts, &ListState::read("/connections", "limit=100")).unwrap(),
        );
        assert!(page.len() < 150_000, "{}", page.len());
    }
}
