//! For whom a window is planned: customers, connections and hosts are found by name and chosen by a link, so it works
//! without scripts and with thousands of them. Ids never have to be typed.

use std::collections::BTreeSet;

use super::view::{ChosenTarget, Found, TargetSearch};
use crate::base::{ConnectionId, PageRequest, Status};
use crate::connections::Connection;
use crate::customers::{CustomerFilter, CustomerSort};
use crate::dashboard::connections::gather;
use crate::dashboard::format;
use crate::dashboard::visit::{Failure, Visit};
use crate::notifications::WindowScope;

/// So many of each kind are shown; more need more letters.
const SHOWN: usize = 8;
const SHOWN_PAGE: u32 = 8;

/// What the address or the form names, in words; nothing where it names nothing that this visitor sees.
pub async fn chosen(visit: &Visit, scope: &str, target: &str) -> Result<Option<ChosenTarget>, Failure> {
    let Some(scope) = WindowScope::parse(scope, target) else { return Ok(None) };
    let covered = connections(visit.desk.notifications.covered(&scope));
    let (name, note) = match &scope {
        WindowScope::Connection(id) => {
            let Ok(found) = visit.desk.connections.find(visit.who(), *id) else { return Ok(None) };
            let names = gather::customer_names(visit, [found.customer_id]).await?;
            let customer = names.get(&found.customer_id).cloned().unwrap_or_default();
            (found.name.clone(), format!("this connection of {customer}"))
        }
        WindowScope::Customer(id) => {
            let Some(found) = visit.desk.customers.find(visit.who(), *id).await? else { return Ok(None) };
            (found.customer.name, format!("the customer with {covered}"))
        }
        WindowScope::Host(host) => (host.clone(), format!("the host with {covered}")),
        WindowScope::Instance => ("Everything".into(), format!("{covered}, and the appliance’s own alarms")),
    };
    Ok(Some(ChosenTarget { scope: scope.word(), target: scope.target(), name, note }))
}

/// What is called so, or runs on a host that is.
pub async fn search(visit: &Visit) -> Result<TargetSearch, Failure> {
    let q = visit.list.value("q").unwrap_or_default().trim().to_owned();
    let mut found = Vec::new();
    let mut more = customers(visit, &q, &mut found).await?;
    if q.is_empty() {
        found.push(Found::new(&WindowScope::Instance, "Everything", "the appliance’s own alarms too"));
    } else {
        more = more.saturating_add(of_connections(visit, &q, &mut found).await?);
        more = more.saturating_add(of_hosts(visit, &q, &mut found));
    }
    let more = match more {
        0 => String::new(),
        count if q.is_empty() => {
            format!("and {}: find them by name", format::count(count, "more customer", "more customers"))
        }
        count => format!("and {} more: add a letter", format::thousands(count)),
    };
    Ok(TargetSearch { q, found, more })
}

async fn customers(visit: &Visit, q: &str, found: &mut Vec<Found>) -> Result<u64, Failure> {
    let filter = CustomerFilter { q: Some(q.to_owned()).filter(|q| !q.is_empty()), ..CustomerFilter::default() };
    let who = visit.who();
    let all = visit.desk.customers.count(who, filter.clone()).await?;
    let page = PageRequest::first(SHOWN_PAGE);
    let some = visit.desk.customers.list(who, filter, CustomerSort::Name, page).await?.items;
    let shown = some.len();
    found.extend(some.into_iter().map(|one| {
        let scope = WindowScope::Customer(one.customer.id);
        let note = format!("customer, {}", connections(visit.desk.notifications.covered(&scope)));
        Found::new(&scope, one.customer.name, note)
    }));
    Ok(u64::try_from(all).unwrap_or(0).saturating_sub(u64::try_from(shown).unwrap_or(0)))
}

async fn of_connections(visit: &Visit, q: &str, found: &mut Vec<Found>) -> Result<u64, Failure> {
    let wanted = q.to_lowercase();
    let id: Option<ConnectionId> = q.parse().ok();
    let mut all = visit
        .desk
        .connections
        .registry()
        .select(|one| is_live(visit, one) && (one.name.to_lowercase().contains(&wanted) || Some(one.id) == id));
    all.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
    let count = all.len();
    all.truncate(SHOWN);
    let names = gather::customer_names(visit, all.iter().map(|one| one.customer_id)).await?;
    found.extend(all.iter().map(|one| {
        let customer = names.get(&one.customer_id).cloned().unwrap_or_default();
        Found::new(&WindowScope::Connection(one.id), one.name.clone(), format!("connection of {customer}"))
    }));
    Ok(left(count))
}

/// Hosts of connections; one that nobody uses yet can be planned for all the same.
fn of_hosts(visit: &Visit, q: &str, found: &mut Vec<Found>) -> u64 {
    if visit.who().customers().is_some() {
        return 0;
    }
    let wanted = q.to_lowercase();
    let all = visit.desk.connections.registry().select(|one| is_live(visit, one));
    let hosts: BTreeSet<String> = all
        .iter()
        .filter_map(|one| WindowScope::parse("host", &one.host))
        .map(|scope| scope.target())
        .filter(|host| host.contains(&wanted))
        .collect();
    let count = hosts.len();
    let scopes: Vec<WindowScope> = match WindowScope::parse("host", q) {
        Some(own) if hosts.is_empty() && (q.contains('.') || q.contains(':')) => vec![own],
        _ => hosts.into_iter().take(SHOWN).map(WindowScope::Host).collect(),
    };
    found.extend(scopes.into_iter().map(|scope| {
        let note = format!("host, {}", connections(visit.desk.notifications.covered(&scope)));
        Found::new(&scope, scope.target(), note)
    }));
    left(count)
}

fn is_live(visit: &Visit, one: &Connection) -> bool {
    one.status != Status::Disconnected && visit.who().sees(&one.customer_id)
}

fn left(count: usize) -> u64 {
    u64::try_from(count.saturating_sub(SHOWN)).unwrap_or(u64::MAX)
}

fn connections(count: usize) -> String {
    format::count(u64::try_from(count).unwrap_or(0), "connection", "connections")
}
