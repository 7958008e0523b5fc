//! The list of connections: views by status, filters, the table, and what can be done with several at once.

mod bulk;
pub mod gather;
pub mod view;

use actix_web::{HttpResponse, web};

use super::live;
use super::overview::view::StatusCount;
use super::shell::Nav;
use super::visit::{Failure, Visit};
use crate::base::{CustomerId, PageRequest, Status};
use crate::connections::{ConnectionFilter, ConnectionSort, Counts};
use crate::systems::Hosting;
use view::{ConnectionsFacts, ConnectionsPage};

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/connections", web::get().to(show)).route("/connections/check", web::post().to(bulk::check));
}

/// The view of what waits for somebody.
const NEEDS_A_HAND: &str = "needs_a_hand";

async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let facts = facts(&visit).await?;
    let shell = visit.shell(Nav::Connections).await;
    let page = ConnectionsPage::new(shell, &facts, &visit.list)?;
    Ok(live::respond(&visit.request, &page, &page.live, &page.shell, &visit.list))
}

async fn facts(visit: &Visit) -> Result<ConnectionsFacts, Failure> {
    let (connections, who, list) = (&visit.desk.connections, visit.who(), &visit.list);
    let filter = filter(visit);
    let sort = if list.value("sort") == Some("name") { ConnectionSort::Name } else { ConnectionSort::Urgency };
    let page = PageRequest { limit: list.limit(), cursor: list.cursor() };
    let found = connections.list(who, filter.clone(), sort, page).await?;
    let counts = connections.counts(who, ConnectionFilter::default()).await?;
    let customer = match filter.customer_id {
        Some(id) => gather::customer_names(visit, [id]).await?.remove(&id).map(|name| (id.to_string(), name)),
        None => None,
    };
    let mut systems: Vec<(String, String)> =
        visit.desk.catalogue.all().map(|system| (system.slug.clone(), system.name.clone())).collect();
    systems.sort_by_key(|(_, name)| name.to_lowercase());
    Ok(ConnectionsFacts {
        matching: Some(matching(&filter, &connections.counts(who, filter.clone()).await?)),
        rows: gather::facts(visit, &found.items).await?,
        next_cursor: found.next_cursor,
        counts: status_counts(&counts),
        needing: visit.desk.needing(who),
        systems,
        customer,
    })
}

/// The filters of the address. A word that is none is as good as no filter.
fn filter(visit: &Visit) -> ConnectionFilter {
    let list = &visit.list;
    ConnectionFilter {
        customer_id: list.value("customer_id").and_then(|id| id.parse::<CustomerId>().ok()),
        statuses: list.value("status").and_then(Status::parse).into_iter().collect(),
        system: list.value("system").map(str::to_owned),
        tier: list.value("tier").and_then(|tier| tier.parse().ok()),
        hosting: list.value("hosting").and_then(Hosting::parse),
        q: list.value("q").map(str::to_owned),
        needs_a_hand: list.value("view") == Some(NEEDS_A_HAND),
        with_disconnected: true,
    }
}

/// How many there are of each status, in the order of urgency.
pub fn status_counts(counts: &Counts) -> Vec<StatusCount> {
    Status::ALL
        .iter()
        .map(|status| StatusCount { status: *status, count: u64::try_from(counts.of(*status)).unwrap_or(0) })
        .collect()
}

/// Over all pages; the counts leave the status open.
fn matching(filter: &ConnectionFilter, counts: &Counts) -> u64 {
    let wanted = |status: Status| filter.statuses.is_empty() || filter.statuses.contains(&status);
    status_counts(counts).iter().filter(|count| wanted(count.status)).map(|count| count.count).sum()
}
