//! `/connections/{id}/acknowledge` and `/maintenance-windows`: who looks after trouble, and when nothing alarms.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::base::{ConnectionId, MaintenanceId, Timestamp};
use crate::notifications::{Acknowledgement, NewWindow, Window, WindowScope, holds_until};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeBody {
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    remind_contact: Option<bool>,
}

fn acknowledgement_view(one: &Acknowledgement) -> Value {
    json!({
        "connection_id": one.connection,
        "episode_id": one.episode,
        "acknowledged_at": one.at,
        "acknowledged_by": one.by,
        "note": one.note,
        "remind_contact": one.remind_contact,
    })
}

/// Acknowledges a connection's trouble.
/// Nobody is reminded of it any more until its episode ends. Status and events stay as they are.
#[utoipa::path(
    post, path = "/connections/{id}/acknowledge", tag = "Connections", operation_id = "acknowledge_connection",
    request_body = Option<types::NewAcknowledgement>,
    responses((status = 200, description = "The acknowledgement.", body = types::Acknowledgement)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["conflict"]))),
)]
pub async fn acknowledge(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let body: AcknowledgeBody = if body.is_empty() { AcknowledgeBody::default() } else { json::parse(&body)? };
    let (note, remind) = (body.note.unwrap_or_default(), body.remind_contact.unwrap_or(false));
    let one = api.notifications.acknowledge(&who.0, id.0, &note, remind).await?;
    Ok(json::ok(&acknowledgement_view(&one)))
}

/// Takes an acknowledgement back.
#[utoipa::path(
    delete, path = "/connections/{id}/acknowledge", tag = "Connections", operation_id = "withdraw_acknowledgement",
    responses((status = 204, description = "Nobody looks after it now.")),
    security(("key" = ["connections:write"])),
)]
pub async fn withdraw(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    api.notifications.withdraw(&who.0, id.0).await?;
    Ok(json::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowBody {
    scope: String,
    #[serde(default)]
    target: Option<String>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(default)]
    weekly: Option<bool>,
    #[serde(default)]
    note: Option<String>,
}

fn window_view(window: &Window, now: Timestamp) -> Value {
    let target = Some(window.scope.target()).filter(|target| !target.is_empty());
    json!({
        "id": window.id,
        "scope": window.scope.word(),
        "target": target,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "weekly": window.weekly,
        "note": window.note,
        "running": holds_until(window, now).is_some(),
        "created_by": window.created_by,
        "created_at": window.created_at,
        "ended_at": window.ended_at,
    })
}

/// Plans a time in which nothing alarms.
/// Checks, statuses and events go on; mails wait until its end, and then only what is still down is told.
#[utoipa::path(
    post, path = "/maintenance-windows", tag = "Maintenance", operation_id = "create_maintenance_window",
    request_body = types::NewMaintenanceWindow,
    responses((status = 201, description = "The window.", body = types::MaintenanceWindow)),
    security(("key" = ["connections:write"])),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<WindowBody>) -> Result<HttpResponse, Problem> {
    let body = body.0;
    if !WindowScope::WORDS.contains(&body.scope.as_str()) {
        return Err(Problem::invalid_field("scope", "The scope is connection, customer, host or instance."));
    }
    let scope = WindowScope::parse(&body.scope, body.target.as_deref().unwrap_or_default()).ok_or_else(|| {
        Problem::invalid_field("target", "Give the id of a connection or customer, or a host like sap.example:44300.")
    })?;
    let new = NewWindow {
        scope,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        weekly: body.weekly.unwrap_or(false),
        note: body.note.unwrap_or_default(),
    };
    let window = api.notifications.add_window(&who.0, new).await?;
    let place = format!("/api/v1/maintenance-windows/{}", window.id);
    Ok(json::created(place, &window_view(&window, api.clock.now())))
}

/// Lists maintenance windows, the latest start first.
#[utoipa::path(
    get, path = "/maintenance-windows", tag = "Maintenance", operation_id = "list_maintenance_windows",
    params(types::Paging),
    responses((status = 200, description = "A page of windows.", body = types::List<types::MaintenanceWindow>)),
    security(("key" = ["connections:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let page = params.page();
    params.end()?;
    let windows = api.notifications.windows(&who.0)?;
    let found = json::page_of(windows, "maintenance-windows", &page, |window| window.id.to_string())?;
    let now = api.clock.now();
    Ok(json::list(&found.map(|window| window_view(&window, now))))
}

/// Shows a maintenance window.
#[utoipa::path(
    get, path = "/maintenance-windows/{id}", tag = "Maintenance", operation_id = "show_maintenance_window",
    responses((status = 200, description = "The window.", body = types::MaintenanceWindow)),
    security(("key" = ["connections:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<MaintenanceId>) -> Result<HttpResponse, Problem> {
    let window = api.notifications.window(&who.0, id.0)?;
    Ok(json::ok(&window_view(&window, api.clock.now())))
}

/// Ends a maintenance window, or takes back one to come.
/// What it held is told now. It stays in the list with its `ended_at`.
#[utoipa::path(
    delete, path = "/maintenance-windows/{id}", tag = "Maintenance", operation_id = "end_maintenance_window",
    responses((status = 204, description = "It holds nothing any more.")),
    security(("key" = ["connections:write"])),
)]
pub async fn end(api: web::Data<Api>, who: Caller, id: Id<MaintenanceId>) -> Result<HttpResponse, Problem> {
    api.notifications.end_window(&who.0, id.0).await?;
    Ok(json::no_content())
}
