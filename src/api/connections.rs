//! `/connections`: made, listed, looked at, checked, reconnected, ended.

use std::collections::BTreeMap;

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::caller::{Caller, Expected, Id};
use super::connection_view::{check_row_view, check_view, connection_view, status_view, transition_view};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::Permission;
use crate::base::{ConnectionId, CustomerId, FieldError, Patch, Secret, Status};
use crate::connections::{
    ChangeConnection, Connection, ConnectionFilter, ConnectionSort, NewAuth, NewConnection, NewCredentials,
    NewInvitation,
};
use crate::systems::Hosting;
use crate::upstream::ProbeOverride;

/// `auth` of a request: the scheme and its fields, all texts. Has no `Debug`: it holds secrets.
#[derive(Deserialize)]
pub struct AuthBody {
    scheme: String,
    #[serde(flatten)]
    fields: BTreeMap<String, Option<Secret>>,
}

impl AuthBody {
    fn into_domain(self) -> NewAuth {
        let fields = self.fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
        NewAuth { scheme: self.scheme, fields }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectBody {
    customer_id: String,
    #[serde(default)]
    system: Option<String>,
    hosting: Option<String>,
    base_url: Option<String>,
    #[serde(default)]
    parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    auth: Option<AuthBody>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    check_interval_seconds: Option<u32>,
    #[serde(default = "yes")]
    verify: bool,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(default)]
    probe: Option<ProbeOverride>,
    #[serde(default)]
    tier: Option<u8>,
}

impl ConnectBody {
    fn into_connection(self, customer_id: CustomerId, api: &Api) -> Result<NewConnection, Problem> {
        let message =
            "Send the way to sign in, or verify: false without it for a connection that the customer completes.";
        let needed = |given: bool, field: &str| (!given).then(|| FieldError::required(field));
        let no_auth = || FieldError::new("auth", "required", message);
        let missing: Vec<FieldError> = [
            needed(self.system.is_some(), "system"),
            needed(self.hosting.is_some(), "hosting"),
            self.auth.is_none().then(no_auth),
        ]
        .into_iter()
        .flatten()
        .collect();
        let (Some(system), Some(hosting), Some(auth)) = (self.system, self.hosting, self.auth) else {
            return Err(Problem::invalid(missing));
        };
        let default_url = api.catalogue.find(&system).and_then(|system| system.base_url.default.clone());
        Ok(NewConnection {
            customer_id,
            system,
            hosting,
            base_url: self.base_url.or(default_url).unwrap_or_default(),
            parameters: self.parameters.unwrap_or_default(),
            auth: auth.into_domain(),
            name: self.name,
            check_interval_seconds: self.check_interval_seconds,
            verify: self.verify,
            metadata: self.metadata,
            probe: self.probe,
            tier: self.tier,
        })
    }

    /// Without a way to sign in, and not to be verified: the customer completes it by a link.
    fn into_invitation(self, customer_id: CustomerId) -> Result<NewInvitation, Problem> {
        if self.probe.is_some() {
            let message = "A connection that its customer completes takes no probe of its own.";
            return Err(Problem::invalid_field("probe", message));
        }
        Ok(NewInvitation {
            customer_id,
            system: self.system,
            hosting: self.hosting,
            base_url: self.base_url,
            parameters: self.parameters.unwrap_or_default(),
            name: self.name,
            check_interval_seconds: self.check_interval_seconds,
            metadata: self.metadata,
            tier: self.tier,
        })
    }
}

fn yes() -> bool {
    true
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[serde(default)]
    name: Patch<String>,
    #[serde(default)]
    check_interval_seconds: Patch<u32>,
    #[serde(default)]
    metadata: Patch<Map<String, Value>>,
    /// No change: the version that the caller saw.
    #[serde(default)]
    version: Option<i64>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsBody {
    auth: AuthBody,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    allow_identity_change: bool,
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
