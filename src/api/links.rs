//! `/connections/{id}/links` and `/links/{id}`: a customer's way into the portal, made, shown again, taken back.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Id};
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

pub async fn list(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    params: Params,
) -> Result<HttpResponse, Problem> {
    params.end()?;
    let found = api.connections.links_of(&who.0, id.0).await?;
    let data: Vec<Value> = found.iter().map(|link| link_view(&api, &who.0, link)).collect();
    Ok(json::ok(&json!({ "data": data, "next_cursor": null })))
}

pub async fn show(api: web::Data<Api>, who: Caller, id: Id<LinkId>) -> Result<HttpResponse, Problem> {
    let link = api.connections.link(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("link"))?;
    Ok(json::ok(&link_view(&api, &who.0, &link)))
}

pub async fn revoke(api: web::Data<Api>, who: Caller, id: Id<LinkId>) -> Result<HttpResponse, Problem> {
    api.connections.revoke_link(&who.0, id.0).await?;
    Ok(json::no_content())
}
