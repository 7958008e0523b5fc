//! The addresses of the catalogue.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};

use super::detail::system_page;
use super::list::systems_page;
use crate::base::Status;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::Hosting;

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    let shell = visit.still_shell(Nav::Systems).await;
    let prices = visit.desk.credits.price_list().prices;
    let price = |tier: u8, hosting: Hosting| prices.price(tier, hosting);
    let page = systems_page(shell, &visit.desk.catalogue, &visit.list, &in_use(&visit), &price);
    Ok(visit.page(&page))
}

pub async fn show(visit: Visit, slug: web::Path<String>) -> Result<HttpResponse, Failure> {
    let system = visit.desk.catalogue.find(&slug).cloned().ok_or(Trouble::NotFound)?;
    let shell = visit.still_shell(Nav::Systems).await;
    let prices = visit.desk.credits.price_list().prices;
    let price = |tier: u8, hosting: Hosting| prices.price(tier, hosting);
    let count = in_use(&visit).get(&system.slug).copied().unwrap_or(0);
    Ok(visit.page(&system_page(shell, &system, count, &price)))
}

/// Connections that are not disconnected, by slug, as far as the viewer sees them.
fn in_use(visit: &Visit) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for connection in visit.desk.connections.registry().all() {
        if connection.status != Status::Disconnected && visit.who().sees(&connection.customer_id) {
            *counts.entry(connection.system.clone()).or_default() += 1;
        }
    }
    counts
}
