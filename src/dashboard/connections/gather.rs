//! Puts together what rows of connections show: the connection, its customer's and system's name, its last 24 hours.

use std::collections::{BTreeSet, HashMap};

use crate::base::{CustomerId, PageRequest};
use crate::connections::Connection;
use crate::customers::{CustomerFilter, CustomerSort};
use crate::dashboard::rows::{ConnectionFacts, LastCheck, NO_SYSTEM};
use crate::dashboard::timeline;
use crate::dashboard::visit::{Failure, Visit};

const DAY_SECONDS: i64 = 86_400;

/// Names of the customers of these connections.
pub async fn customer_names(
    visit: &Visit,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, String>, Failure> {
    let ids: BTreeSet<CustomerId> = ids.into_iter().collect();
    let filter = CustomerFilter { ids: Some(ids.into_iter().collect()), ..CustomerFilter::default() };
    let mut names = HashMap::new();
    let mut cursor = None;
    loop {
        let page = PageRequest { limit: PageRequest::MAX_LIMIT, cursor };
        let found = visit.desk.customers.list(visit.who(), filter.clone(), CustomerSort::default(), page).await?;
        names.extend(found.items.into_iter().map(|found| (found.customer.id, found.customer.name)));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(names);
        }
    }
}

/// The name of a system, or its slug where the catalogue has lost it.
pub fn system_name(visit: &Visit, slug: &str) -> String {
    if slug.is_empty() {
        return NO_SYSTEM.to_owned();
    }
    visit.desk.catalogue.find(slug).map_or_else(|| slug.to_owned(), |system| system.name.clone())
}

/// The facts of rows, in the same order.
pub async fn facts(visit: &Visit, connections: &[Connection]) -> Result<Vec<ConnectionFacts>, Failure> {
    let names = customer_names(visit, connections.iter().map(|one| one.customer_id)).await?;
    let now = visit.desk.clock.now();
    let from = now.plus_seconds(-DAY_SECONDS);
    let ids = connections.iter().map(|one| one.id).collect();
    let mut histories = visit.desk.connections.statuses_of(ids, from).await?;
    let facts = connections.iter().map(|one| {
        let changes = histories.remove(&one.id).unwrap_or_default();
        ConnectionFacts {
            id: one.id,
            name: one.name.clone(),
            customer_id: one.customer_id,
            customer_name: names.get(&one.customer_id).cloned().unwrap_or_default(),
            system_name: system_name(visit, &one.system),
            tier: one.tier,
            hosting: one.hosting,
            host: one.host.split_once("://").map_or(one.host.as_str(), |(_, host)| host).to_owned(),
            status: one.status,
            reason: one.reason,
            message: one.message.clone(),
            since: one.since,
            credits: u32::try_from(one.credits).unwrap_or(0),
            credits_held: u32::try_from(one.credits_held).unwrap_or(0),
            slots: timeline::slots(&changes, now, 24, 3600),
            uptime: timeline::uptime(&changes, from, now),
            last_check: last_check(one),
            care: care(visit, one),
        }
    });
    Ok(facts.collect())
}

/// The mark that says why nobody is called.
fn care(visit: &Visit, one: &Connection) -> &'static str {
    let notifications = &visit.desk.notifications;
    if notifications.in_maintenance(one).is_some() {
        "in maintenance"
    } else if notifications.acknowledgement(one).is_some() {
        "acknowledged"
    } else {
        ""
    }
}

fn last_check(one: &Connection) -> Option<LastCheck> {
    let at = one.marks.last_checked_at?;
    let good = one.marks.last_ok_at == Some(at);
    Some(LastCheck { at, millis: one.marks.total_ms.filter(|_| good) })
}
