//! `/systems`: the catalogue with prices. Any valid key may read it: it says nothing about anybody.

use actix_web::{HttpResponse, web};

use super::document::types;
use super::json;
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::base::{Cursor, Page, PageRequest};
use crate::connections::CreditBook as _;
use crate::systems::{Hosting, SystemView};

const LIST: &str = "systems";

/// Lists the catalogue with prices.
/// All on one page unless a limit is given. Any valid key may read it.
#[utoipa::path(
    get, path = "/systems", tag = "Systems", operation_id = "list_systems",
    params(types::Paging, ("q" = Option<String>, Query, description = "Part of the name, the slug or the vendor."), ("category" = Option<String>, Query, description = "Exactly this category."), ("tier" = Option<u8>, Query, description = "Only this tier.", minimum = 1, maximum = 3), ("hosting" = Option<types::Hosting>, Query, description = "Only systems that run there.")),
    responses((status = 200, description = "A page of systems.", body = types::List<types::System>)),
    security(("key" = [])),
)]
pub async fn list(api: web::Data<Api>, mut params: Params) -> Result<HttpResponse, Problem> {
    let q = params.text("q").map(|q| q.trim().to_lowercase());
    let category = params.text("category");
    let tier = params.value("tier", "1, 2 or 3", |text| text.parse::<u8>().ok().filter(|tier| (1..=3).contains(tier)));
    let hosting = params.value("hosting", "cloud or on_premises", Hosting::parse);
    let has_limit = params.names("limit");
    let page = params.page();
    params.end()?;
    let limit = usize::try_from(if has_limit { page.limit } else { PageRequest::MAX_LIMIT }).unwrap_or(usize::MAX);
    let after = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.pop(),
        None => None,
    };
    let fits = |system: &&std::sync::Arc<crate::systems::System>| {
        let found = |text: &str| q.as_deref().is_none_or(|q| text.to_lowercase().contains(q));
        (found(&system.name) || found(&system.slug) || found(&system.vendor))
            && category.as_deref().is_none_or(|category| system.category == category)
            && tier.is_none_or(|tier| system.tier == tier)
            && hosting.is_none_or(|hosting| system.hosting.contains(&hosting))
            && after.as_deref().is_none_or(|after| system.slug.as_str() > after)
    };
    let price = |tier, hosting| api.credits.price(tier, hosting);
    let mut items: Vec<SystemView> = api
        .catalogue
        .all()
        .filter(fits)
        .take(limit.saturating_add(1))
        .map(|system| SystemView::of(system, price))
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor =
        items.last().filter(|_| more).map(|last| Cursor { list: LIST.into(), keys: vec![last.slug.clone()] }.encode());
    Ok(json::list(&Page { items, next_cursor }))
}

/// Shows a system: its ways to sign in, parameters, price and steps to reconnect.
#[utoipa::path(
    get, path = "/systems/{slug}", tag = "Systems", operation_id = "show_system",
    responses((status = 200, description = "The system.", body = types::System)),
    security(("key" = [])),
)]
pub async fn show(api: web::Data<Api>, slug: web::Path<String>) -> Result<HttpResponse, Problem> {
    let system = api.catalogue.find(&slug).ok_or_else(|| Problem::not_found("system"))?;
    Ok(json::ok(&SystemView::of(system, |tier, hosting| api.credits.price(tier, hosting))))
}
