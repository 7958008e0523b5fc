//! One customer as it is printed: its own needs first, its connections, credits, facts, and the way to delete it.

use askama::Template;

use super::list::CustomerFacts;
use crate::base::{Status, Timestamp};
use crate::dashboard::charts::{self, Area, Axis};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{ListState, Pager};
use crate::dashboard::live::Live;
use crate::dashboard::markup::Markup;
use crate::dashboard::rows::{ConnectionFacts, ConnectionRow, QueueRow};
use crate::dashboard::shell::Shell;
use crate::dashboard::words::needs_a_hand;

/// What the page is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct OneCustomerFacts {
    pub customer: CustomerFacts,
    pub contact_name: Option<String>,
    pub locale: String,
    pub region: String,
    pub metadata: Vec<(String, String)>,
    pub created_at: Timestamp,
    pub connections: Vec<ConnectionFacts>,
    pub next_cursor: Option<String>,
    /// Credits by tier per day, oldest first; empty when there is no history.
    pub usage: Vec<Area>,
    pub free: Option<i64>,
}

/// A language in its own words, for those that the portal speaks.
pub fn language(locale: &str) -> &str {
    match locale {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        other => other,
    }
}

#[derive(Template)]
#[template(path = "customers/one_live.html")]
pub struct CustomerContent<'a> {
    pub shell: &'a Shell,
    pub id: String,
    pub name: String,
    pub facts: Vec<String>,
    pub pause: String,
    pub resume: String,
    pub queue: Vec<QueueRow>,
    pub rows: Vec<ConnectionRow>,
    pub pager: Option<Pager>,
    pub plot: Option<Markup>,
}

#[derive(Template)]
#[template(path = "customers/one.html")]
pub struct CustomerPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub live: Live,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub language: String,
    pub region: String,
    pub external_id: Option<String>,
    pub limit: Option<u32>,
    pub metadata: Vec<(String, String)>,
    pub created: Markup,
    pub held: String,
}

impl CustomerPage {
    pub fn new(shell: Shell, facts: &OneCustomerFacts, list: &ListState) -> askama::Result<Self> {
        let content = content(&shell, facts, list).render()?;
        let customer = &facts.customer;
        Ok(Self {
            id: customer.id.to_string(),
            name: customer.name.clone(),
            live: Live::new(&content, &shell, list),
            contact_name: facts.contact_name.clone(),
            contact_email: customer.contact_email.clone(),
            language: language(&facts.locale).into(),
            region: facts.region.clone(),
            external_id: customer.external_id.clone(),
            limit: customer.limit,
            metadata: facts.metadata.clone(),
            created: format::date(facts.created_at),
            held: format::credits(i64::from(customer.used.total())),
            shell,
        })
    }
}

fn content<'a>(shell: &'a Shell, facts: &OneCustomerFacts, list: &ListState) -> CustomerContent<'a> {
    let customer = &facts.customer;
    let used = u64::from(customer.used.total());
    let credits = match customer.limit {
        Some(limit) => format!("{} of {} credits", format::thousands(used), format::thousands(u64::from(limit))),
        None => format!("{}, no limit", format::count(used, "credit", "credits")),
    };
    let living: u64 = customer.counts.iter().filter(|of| of.status != Status::Disconnected).map(|of| of.count).sum();
    let mut line: Vec<String> = customer.external_id.clone().into_iter().collect();
    line.push(credits);
    line.push(format::count(living, "connection", "connections"));
    let pager = list.pager(facts.connections.len(), None, facts.next_cursor.as_deref());
    CustomerContent {
        shell,
        id: customer.id.to_string(),
        name: customer.name.clone(),
        facts: line,
        pause: list.here("refresh", Some("off")),
        resume: list.here("refresh", None),
        queue: facts
            .connections
            .iter()
            .filter(|facts| needs_a_hand(facts.status, facts.reason))
            .map(|row| QueueRow::new(row, facts.free, shell.now))
            .collect(),
        rows: facts.connections.iter().map(|row| ConnectionRow::new(row, shell.now)).collect(),
        pager: (pager.next.is_some() || pager.previous.is_some()).then_some(pager),
        plot: usage(&facts.usage, customer.limit, shell.now),
    }
}

fn usage(days: &[Area], limit: Option<u32>, now: Timestamp) -> Option<Markup> {
    let (first, last) = (days.first()?, days.last()?);
    let most = days.iter().map(|day| day.used.total()).max().unwrap_or(0);
    let number = i64::try_from(days.len()).unwrap_or(0);
    let x = [4, 3, 2, 1, 0].map(|quarter| format::day(now.plus_seconds(-86_400 * number * quarter / 4))).to_vec();
    let label = format!(
        "Credits in use over {number} days, from {} to {}, at most {most}{}.",
        first.used.total(),
        last.used.total(),
        limit.map_or(String::new(), |limit| format!("; the limit is {limit}"))
    );
    Some(charts::areas(days, &Axis::whole(u64::from(most.max(limit.unwrap_or(0))), x), &label))
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::dashboard::charts::TierCredits;
    use crate::dashboard::customers::list;
    use crate::dashboard::rows;

    pub fn facts() -> OneCustomerFacts {
        let used = TierCredits { tier_3: 20, tier_2: 2, tier_1: 1 };
        let mut connections = rows::samples::all();
        connections.truncate(5);
        OneCustomerFacts {
            customer: list::samples::row(0, "Brauerei Hohenfels GmbH & Co. KG", used, Some(40)),
            contact_name: Some("Jonas Ettl".into()),
            locale: "de".into(),
            region: "eu-central".into(),
            metadata: vec![("contract".into(), "M-4471".into())],
            created_at: Timestamp::parse("2026-01-05T10:00:00Z").unwrap(),
            connections,
            next_cursor: None,
            usage: (0..90)
                .map(|day| Area { used: TierCredits { tier_3: 12 + day / 10, ..used }, limit: Some(40) })
                .collect(),
            free: Some(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn a_customers_own_needs_stand_first() {
        let list = ListState::read("/customers/cus_x", "");
        let page = CustomerPage::new(Shell::sample(Nav::Customers), &samples::facts(), &list).unwrap();
        let html = look("customer", &page);
        assert!(html.contains("23 of 40 credits"));
        assert!(html.find("Needs a hand").unwrap() < html.find("Last 24 h").unwrap());
        let mut bare = samples::facts();
        bare.connections.clear();
        bare.usage.clear();
        let page = CustomerPage::new(Shell::sample(Nav::Customers), &bare, &list).unwrap();
        assert!(look("customer-bare", &page).contains("No connection yet"));
    }
}
