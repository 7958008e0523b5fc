//! The list of customers as it is printed.

use askama::Template;

use crate::base::{ConnectionId, CustomerId, Reason, Status, Timestamp};
use crate::dashboard::charts::{self, TierCredits};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{Chip, ListState, Pager, SortLink, ViewLink};
use crate::dashboard::live::Live;
use crate::dashboard::markup::Markup;
use crate::dashboard::overview::view::StatusCount;
use crate::dashboard::shell::Shell;
use crate::dashboard::words::reason_label;

/// The most urgent connection of a customer that needs a hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedFacts {
    pub id: ConnectionId,
    pub name: String,
    pub status: Status,
    pub reason: Option<Reason>,
    pub since: Timestamp,
}

/// What is known about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFacts {
    pub id: CustomerId,
    pub name: String,
    pub external_id: Option<String>,
    pub contact_email: Option<String>,
    pub counts: Vec<StatusCount>,
    /// Names of the connected systems, each once.
    pub systems: Vec<String>,
    pub need: Option<NeedFacts>,
    pub used: TierCredits,
    pub limit: Option<u32>,
}

/// What the page is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomersFacts {
    pub rows: Vec<CustomerFacts>,
    pub next_cursor: Option<String>,
    pub matching: Option<u64>,
    /// All customers, whatever the filters say.
    pub total: u64,
    /// Name of the view, its label and count, in the order of the page.
    pub views: Vec<(&'static str, &'static str, u64)>,
    pub total_in_use: Option<i64>,
}

pub struct CustomerRow {
    pub id: CustomerId,
    pub name: String,
    pub sub: String,
    pub counts: Vec<StatusCount>,
    pub connections: u64,
    pub systems: String,
    pub need: Option<NeedRow>,
    pub used: u32,
    pub limit: Option<u32>,
    pub bar: Markup,
}

pub struct NeedRow {
    pub href: String,
    pub text: String,
    pub lasting: Markup,
}

#[derive(Template)]
#[template(path = "customers/list.html")]
pub struct CustomersTable<'a> {
    pub shell: &'a Shell,
    pub name: SortLink,
    pub rows: Vec<CustomerRow>,
    pub pager: Pager,
    pub nothing: Option<String>,
    pub cleared: String,
    pub scale: u32,
    pub total_in_use: Option<String>,
}

#[derive(Template)]
#[template(path = "customers/page.html")]
pub struct CustomersPage {
    pub shell: Shell,
    pub pause: String,
    pub resume: String,
    pub q: String,
    pub kept: Vec<(String, String)>,
    pub views: Vec<ViewLink>,
    pub chips: Vec<Chip>,
    pub cleared: String,
    pub none_at_all: bool,
    pub live: Live,
}

impl CustomersPage {
    pub fn new(shell: Shell, facts: &CustomersFacts, list: &ListState) -> askama::Result<Self> {
        let table = CustomersTable::new(&shell, facts, list).render()?;
        Ok(Self {
            pause: list.here("refresh", Some("off")),
            resume: list.here("refresh", None),
            q: list.value("q").unwrap_or_default().into(),
            kept: list.kept_beside(&["q"]),
            views: views(facts, list),
            chips: list.value("q").map(|q| list.chip("q", format!("“{q}”"))).into_iter().collect(),
            cleared: list.cleared(),
            none_at_all: facts.total == 0,
            live: Live::new(&table, &shell, list),
            shell,
        })
    }
}

fn views(facts: &CustomersFacts, list: &ListState) -> Vec<ViewLink> {
    let now = list.value("view");
    let mut views = vec![ViewLink {
        href: list.with(&[("view", None)]),
        label: "All".into(),
        status: None,
        count: Some(facts.total),
        current: now.is_none(),
    }];
    views.extend(facts.views.iter().map(|(name, label, count)| ViewLink {
        href: list.with(&[("view", Some(name))]),
        label: (*label).into(),
        status: None,
        count: Some(*count),
        current: now == Some(name),
    }));
    views
}

impl<'a> CustomersTable<'a> {
    fn new(shell: &'a Shell, facts: &CustomersFacts, list: &ListState) -> Self {
        let descending = list.value("dir") == Some("desc");
        let scale = facts.rows.iter().map(|row| row.used.total().max(row.limit.unwrap_or(0))).max().unwrap_or(0);
        Self {
            shell,
            name: list.sort_link("name", "Customer", false, ("name", descending)),
            rows: facts.rows.iter().map(|row| customer_row(row, scale, shell.now)).collect(),
            pager: list.pager(facts.rows.len(), facts.matching, facts.next_cursor.as_deref()),
            nothing: facts.rows.is_empty().then(|| nothing(facts, list)),
            cleared: list.cleared(),
            scale,
            total_in_use: facts.total_in_use.map(format::whole),
        }
    }
}

fn nothing(facts: &CustomersFacts, list: &ListState) -> String {
    let view = facts.views.iter().find(|(name, _, _)| Some(*name) == list.value("view")).map(|(_, label, _)| *label);
    let asked = match (list.value("q"), view) {
        (Some(q), Some(view)) => format!("“{q}” within {view}"),
        (Some(q), None) => format!("“{q}”"),
        (None, Some(view)) => view.to_string(),
        (None, None) => "This page".to_string(),
    };
    format!("{asked}: 0 of {} customers.", format::thousands(facts.total))
}

fn customer_row(facts: &CustomerFacts, scale: u32, now: Timestamp) -> CustomerRow {
    CustomerRow {
        id: facts.id,
        name: facts.name.clone(),
        sub: facts.external_id.clone().unwrap_or_default(),
        counts: facts.counts.iter().filter(|count| count.count > 0).copied().collect(),
        connections: facts.counts.iter().filter(|of| of.status != Status::Disconnected).map(|of| of.count).sum(),
        systems: facts.systems.join(", "),
        need: facts.need.as_ref().map(|need| need_row(need, now)),
        used: facts.used.total(),
        limit: facts.limit,
        bar: charts::credits_bar(facts.used, scale, facts.limit, false, None),
    }
}

/// `credentials rejected: ECC Werk 2`.
fn need_row(need: &NeedFacts, now: Timestamp) -> NeedRow {
    let what = need.reason.map_or_else(|| need.status.label().to_lowercase().into(), reason_label);
    let mut letters = what.chars();
    let what: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    NeedRow {
        href: format!("/connections/{}", need.id),
        text: format!("{what}: {}", need.name),
        lasting: format::lasting(need.since, now),
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;

    pub fn row(number: i64, name: &str, used: TierCredits, limit: Option<u32>) -> CustomerFacts {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let born = Timestamp::from_millis(1_780_000_000_000 + number);
        CustomerFacts {
            id: CustomerId::new(born, &crate::base::OsRandom),
            name: name.into(),
            external_id: Some(format!("DE-{}", 10_042 + number)),
            contact_email: (number % 2 == 0).then(|| "j.ettl@hohenfels.example".into()),
            counts: vec![
                StatusCount { status: Status::ReauthorizationRequired, count: u64::from(number % 2 == 0) },
                StatusCount { status: Status::Active, count: 4 },
            ],
            systems: vec!["SAP ECC".into(), "SAP S/4HANA".into(), "IBM Maximo Manage".into()],
            need: (number % 2 == 0).then(|| NeedFacts {
                id: ConnectionId::new(born, &crate::base::OsRandom),
                name: "ECC Werk 2".into(),
                status: Status::ReauthorizationRequired,
                reason: Some(Reason::CredentialsRejected),
                since: now.plus_seconds(-8040),
            }),
            used,
            limit,
        }
    }

    pub fn facts() -> CustomersFacts {
        CustomersFacts {
            rows: vec![
                row(0, "Brauerei Hohenfels GmbH & Co. KG", TierCredits { tier_3: 20, tier_2: 2, tier_1: 1 }, Some(40)),
                row(1, "Cartiere Valdarno S.p.A.", TierCredits { tier_3: 20, tier_2: 0, tier_1: 1 }, None),
                row(2, "شركة الواحة للتحلية (Al-Waaha)", TierCredits::default(), Some(8)),
                row(3, "黒潮精密株式会社 (Kuroshio Precision)", TierCredits { tier_3: 4, tier_2: 0, tier_1: 0 }, None),
            ],
            next_cursor: None,
            matching: Some(4),
            total: 4,
            views: vec![
                ("needs_a_hand", "Needs a hand", 2),
                ("near_limit", "Near their limit", 0),
                ("no_connection", "No connection yet", 1),
            ],
            total_in_use: Some(48),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn the_list_of_customers() {
        let shell = Shell::sample(Nav::Customers);
        let list = ListState::read("/customers", "");
        let page = look("customers", &CustomersPage::new(shell.clone(), &samples::facts(), &list).unwrap());
        assert!(page.contains("Credentials rejected: ECC Werk 2"), "{page}");
        assert!(page.contains("<bdi>Brauerei Hohenfels GmbH &#38; Co. KG</bdi>"));
        let empty = CustomersPage::new(shell, &CustomersFacts::default(), &list).unwrap();
        assert!(look("customers-empty", &empty).contains("No customer yet"));
    }

    #[test]
    fn a_hundred_customers_stay_below_150_kb() {
        let used = TierCredits { tier_3: 20, tier_2: 2, tier_1: 1 };
        let rows = (0..100).map(|at| samples::row(at, "Brauerei Hohenfels GmbH & Co. KG", used, Some(40))).collect();
        let facts = CustomersFacts { rows, ..samples::facts() };
        let list = ListState::read("/customers", "limit=100");
        look("customers-100", &CustomersPage::new(Shell::sample(Nav::Customers), &facts, &list).unwrap());
    }
}
