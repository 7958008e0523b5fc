//! `/connections`: made, listed, looked at, checked, reconnected, ended.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde_json::Map;

use super::caller::{Caller, Expected, Id};
use super::connection_body::{ChangeBody, ConnectBody, CredentialsBody, SimulateBody};
use super::connection_view::{check_row_view, check_view, connection_view, status_view, transition_view};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::Permission;
use crate::base::{ConnectionId, CustomerId, FieldError, Patch, Status};
use crate::connections::{ChangeConnection, Connection, ConnectionFilter, ConnectionSort, NewCredentials};
use crate::systems::Hosting;

fn answer(api: &Api, connection: &Connection) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{}\"", connection.version)))
        .json(connection_view(api.catalogue.as_ref(), connection))
}

/// Connects a system.
/// The system is asked first with the given credentials; when it refuses, nothing is stored. `verify: false` stores the connection as `pending`.
#[utoipa::path(
    post, path = "/connections", tag = "Connections", operation_id = "create_connection",
    request_body = types::NewConnection,
    responses((status = 201, description = "The connection.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["verification_failed", "egress_denied", "credits_exhausted", "vault_sealed", "rate_limited"]))),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<ConnectBody>) -> Result<HttpResponse, Problem> {
    let body = body.0;
    who.0.require(Permission::ConnectionsWrite)?;
    let customer_id: CustomerId = body.customer_id.parse().map_err(|_| {
        let message = "There is no such customer. GET /api/v1/customers lists them.";
        Problem::invalid(vec![FieldError::new("customer_id", "unknown", message)])
    })?;
    let made = match body.auth.is_none() && !body.verify {
        true => api.connections.invite(&who.0, body.into_invitation(customer_id)?).await?,
        false => api.connections.connect(&who.0, body.into_connection(customer_id, &api)?).await?,
    };
    Ok(json::created(format!("/api/v1/connections/{}", made.id), &connection_view(api.catalogue.as_ref(), &made)))
}

/// Lists connections, oldest first.
#[utoipa::path(
    get, path = "/connections", tag = "Connections", operation_id = "list_connections",
    params(types::Paging, ("customer_id" = Option<types::CustomerId>, Query, description = "Only of this customer."), ("status" = Option<Vec<types::Status>>, Query, description = "Only with these statuses."), ("system" = Option<String>, Query, description = "Only of this system."), ("tier" = Option<u8>, Query, description = "Only of this tier.", minimum = 1, maximum = 3), ("hosting" = Option<types::Hosting>, Query, description = "Only those that run there."), ("q" = Option<String>, Query, description = "Part of the name, the address, the id or the customer.")),
    responses((status = 200, description = "A page of connections.", body = types::List<types::Connection>)),
    security(("key" = ["connections:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let filter = ConnectionFilter {
        customer_id: params.value("customer_id", "a customer's id", |text| text.parse().ok()),
        statuses: params.values("status", "a status, like active or unreachable", Status::parse),
        system: params.text("system"),
        tier: params.value("tier", "1, 2 or 3", |text| text.parse().ok().filter(|tier| (1..=3).contains(tier))),
        hosting: params.value("hosting", "cloud or on_premises", Hosting::parse),
        q: params.text("q"),
        with_disconnected: true,
        ..ConnectionFilter::default()
    };
    let page = params.page();
    params.end()?;
    let found = api.connections.list(&who.0, filter, ConnectionSort::Created, page).await?;
    Ok(json::list(&found.map(|connection| connection_view(api.catalogue.as_ref(), &connection))))
}

/// Shows a connection.
#[utoipa::path(
    get, path = "/connections/{id}", tag = "Connections", operation_id = "show_connection",
    responses((status = 200, description = "The connection.", body = types::Connection)),
    security(("key" = ["connections:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    who.0.require(Permission::ConnectionsRead)?;
    Ok(answer(&api, &*api.connections.find(&who.0, id.0)?))
}

/// Changes name, interval or metadata, and nothing else.
#[utoipa::path(
    patch, path = "/connections/{id}", tag = "Connections", operation_id = "change_connection",
    request_body = types::ChangeConnection,
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_disconnected"]))),
)]
pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    expected: Expected,
    body: Json<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let change = ChangeConnection {
        name: kept(body.name, "name")?,
        check_interval_seconds: match body.check_interval_seconds {
            // Back to the appliance's own interval.
            Patch::Null => u32::try_from(api.connections.settings().interval.as_secs()).ok(),
            Patch::Value(seconds) => Some(seconds),
            Patch::Absent => None,
        },
        metadata: match body.metadata {
            Patch::Null => Some(Map::new()),
            Patch::Value(metadata) => Some(metadata),
            Patch::Absent => None,
        },
        version: expected.or(body.version)?,
    };
    Ok(answer(&api, &*api.connections.change(&who.0, id.0, change).await?))
}

/// A field that may not be taken away.
fn kept<T>(patch: Patch<T>, field: &'static str) -> Result<Option<T>, Problem> {
    match patch {
        Patch::Absent => Ok(None),
        Patch::Value(value) => Ok(Some(value)),
        Patch::Null => Err(Problem::invalid_field(field, format!("“{field}” may not be empty."))),
    }
}

/// Says how a connection is.
/// `reauthorization_required` is true when the customer has to sign in again; `reconnect_url` is where.
#[utoipa::path(
    get, path = "/connections/{id}/status", tag = "Connections", operation_id = "show_connection_status",
    responses((status = 200, description = "How it is.", body = types::ConnectionStatus)),
    security(("key" = ["connections:read"])),
)]
pub async fn status(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    who.0.require(Permission::ConnectionsRead)?;
    let connection = api.connections.find(&who.0, id.0)?;
    let uptime = api.history.uptime(&connection).await?;
    let link = match connection.status {
        Status::ReauthorizationRequired => api.connections.reconnect_url(&who.0, id.0),
        _ => None,
    };
    Ok(json::ok(&status_view(&connection, link, &uptime)))
}

/// Reconnects: new credentials, and a new address where it moved.
/// They are verified first, then swapped in one step; id, cost and history stay.
#[utoipa::path(
    put, path = "/connections/{id}/credentials", tag = "Connections", operation_id = "replace_credentials",
    request_body = types::NewCredentials,
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["verification_failed", "egress_denied", "vault_sealed", "connection_disconnected", "connection_inactive", "conflict"]))),
)]
pub async fn credentials(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    body: Json<CredentialsBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let new = NewCredentials {
        auth: body.auth.into_domain(),
        base_url: body.base_url,
        parameters: body.parameters,
        allow_identity_change: body.allow_identity_change,
    };
    Ok(answer(&api, &*api.connections.reconnect(&who.0, id.0, new).await?))
}

/// Checks a connection now.
/// Counts as a check in every way. A connection whose secret is spent answers without asking the system.
#[utoipa::path(
    post, path = "/connections/{id}/check", tag = "Connections", operation_id = "check_connection",
    responses((status = 200, description = "What was found.", body = types::CheckOutcome)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_pending", "connection_inactive", "connection_disconnected", "vault_sealed"]))),
)]
pub async fn check(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&check_view(&api.connections.check(&who.0, id.0).await?)))
}

/// Allows one more attempt with a refused secret.
/// After the administrator of the system unlocked the user. Audited.
#[utoipa::path(
    post, path = "/connections/{id}/retry-credentials", tag = "Connections", operation_id = "retry_credentials",
    responses((status = 200, description = "What was found.", body = types::CheckOutcome)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_pending", "connection_inactive", "connection_disconnected", "conflict", "vault_sealed"]))),
)]
pub async fn retry(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&check_view(&api.connections.retry_credentials(&who.0, id.0).await?)))
}

/// Activates an inactive connection: takes its credits again, after a check.
#[utoipa::path(
    post, path = "/connections/{id}/activate", tag = "Connections", operation_id = "activate_connection",
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_pending", "connection_inactive", "connection_disconnected", "conflict", "credits_exhausted", "vault_sealed", "rate_limited"]))),
)]
pub async fn activate(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.activate(&who.0, id.0).await?))
}

/// Pauses a connection: no checks, no requests; its credits return.
#[utoipa::path(
    post, path = "/connections/{id}/pause", tag = "Connections", operation_id = "pause_connection",
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_inactive", "connection_disconnected"]))),
)]
pub async fn pause(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.pause(&who.0, id.0).await?))
}

/// Ends a connection.
/// Its credentials are destroyed, its credits return, its history stays.
#[utoipa::path(
    post, path = "/connections/{id}/disconnect", tag = "Connections", operation_id = "disconnect_connection",
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_disconnected"]))),
)]
pub async fn disconnect(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.disconnect(&who.0, id.0).await?))
}

/// Lists the checks of a connection, newest first.
#[utoipa::path(
    get, path = "/connections/{id}/checks", tag = "Connections", operation_id = "list_checks",
    params(types::Paging),
    responses((status = 200, description = "A page of checks.", body = types::List<types::Check>)),
    security(("key" = ["connections:read"])),
)]
pub async fn checks(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    who.0.require(Permission::ConnectionsRead)?;
    api.connections.find(&who.0, id.0)?;
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.history.checks(id.0, None, page).await?.map(|row| check_row_view(&row))))
}

/// Lists the decision records of a connection, newest first.
/// Each change of status with its proof: the request, the answer, the rule.
#[utoipa::path(
    get, path = "/connections/{id}/transitions", tag = "Connections", operation_id = "list_transitions",
    params(types::Paging),
    responses((status = 200, description = "A page of decision records.", body = types::List<types::Transition>)),
    security(("key" = ["connections:read"])),
)]
pub async fn transitions(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    let page = params.page();
    params.end()?;
    let found = api.connections.transitions(&who.0, id.0, page).await?;
    Ok(json::list(&found.map(|transition| transition_view(&transition))))
}

/// Puts a connection of the system `sandbox` into a status.
/// With its decision record and its events, so that a program can be tried. The status holds until the next simulation or a
/// check by hand. Without a reason, the usual one of the status is taken.
#[utoipa::path(
    post,
    path = "/connections/{id}/simulate",
    tag = "Connections",
    operation_id = "simulate_connection",
    request_body = types::Simulation,
    responses((status = 200, description = "The connection as it is now.", body = types::Connection)),
    security(("key" = ["connections:write"])),
    extensions(("x-problems" = json!(["connection_disconnected", "credits_exhausted"]))),
)]
pub async fn simulate(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    body: Json<SimulateBody>,
) -> Result<HttpResponse, Problem> {
    let SimulateBody { status, reason } = body.0;
    Ok(answer(&api, &*api.connections.simulate(&who.0, id.0, status, reason).await?))
}
