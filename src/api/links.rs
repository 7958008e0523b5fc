//! `/connections/{id}/links` and `/links/{id}`: a customer's way into the portal, made, shown again, taken back.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::Principal;
use crate::base::{ConnectionId, LinkId};
use crate::connections::WishedLink;
use crate::links::{Link, LinkState, Purpose};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    purpose: String,
    #[serde(default)]
    expires_in_seconds: Option<u64>,
    #[serde(default)]
    change_base_url: Option<bool>,
}

/// `url` opens a door: it is there for keys with `connections:write`, while the link lives.
fn link_view(api: &Api, who: &Principal, link: &Link) -> Value {
    let ended_by = match link.state(api.clock.now()) {
        LinkState::Live => None,
        LinkState::Ended(end) => Some(end.as_str()),
    };
    json!({
        "id": link.id,
        "url": api.connections.link_url(who, link),
        "expires_at": link.expires_at,
        "connection_id": link.connection_id,
        "customer_id": link.customer_id,
        "purpose": link.purpose.as_str(),
        "episode_id": link.episode_id,
        "change_base_url": link.change_base_url,
        "created_by": link.created_by,
        "created_at": link.created_at,
        "ended_at": link.ended.map(|(_, at)| at),
        "ended_by": ended_by,
    })
}

/// Makes a link for the customer.
/// One lives per episode: the same wish again gets the same link. A successful reconnect uses it up, opening it does not.
#[utoipa::path(
    post, path = "/connections/{id}/links", tag = "Links", operation_id = "create_link",
    request_body = types::NewLink,
    responses((status = 201, description = "The link.", body = types::Link)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_disconnected", "connection_inactive", "connection_pending"]))),
)]
pub async fn create(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    body: Json<LinkBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let purpose = Purpose::parse(&body.purpose)
        .ok_or_else(|| Problem::invalid_field("purpose", "The purpose is connect or reconnect."))?;
    let wish = WishedLink {
        purpose,
        life: body.expires_in_seconds.map(Duration::from_secs),
        change_base_url: body.change_base_url,
    };
    let link = api.connections.make_link(&who.0, id.0, wish).await?;
    Ok(json::created(format!("/api/v1/links/{}", link.id), &link_view(&api, &who.0, &link)))
}

/// Lists the links of a connection, newest first.
#[utoipa::path(
    get, path = "/connections/{id}/links", tag = "Links", operation_id = "list_links",
    params(types::Paging),
    responses((status = 200, description = "A page of links.", body = types::List<types::Link>)),
    security(("key" = ["connections:read"])),
)]
pub async fn list(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    let page = params.page();
    params.end()?;
    let found =
        json::page_of(api.connections.links_of(&who.0, id.0).await?, "links", &page, |link| link.id.to_string())?;
    Ok(json::list(&found.map(|link| link_view(&api, &who.0, &link))))
}

/// Shows a link.
#[utoipa::path(
    get, path = "/links/{id}", tag = "Links", operation_id = "show_link",
    responses((status = 200, description = "The link.", body = types::Link)),
    security(("key" = ["connections:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<LinkId>) -> Result<HttpResponse, Problem> {
    let link = api.connections.link(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("link"))?;
    Ok(json::ok(&link_view(&api, &who.0, &link)))
}

/// Takes a link back at once.
#[utoipa::path(
    delete, path = "/links/{id}", tag = "Links", operation_id = "revoke_link",
    responses((status = 204, description = "It opens nothing any more.")),
    security(("key" = ["connections:write"])),
)]
pub async fn revoke(api: web::Data<Api>, who: Caller, id: Id<LinkId>) -> Result<HttpResponse, Problem> {
    api.connections.revoke_link(&who.0, id.0).await?;
    Ok(json::no_content())
}
