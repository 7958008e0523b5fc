//! `/connections`: made, listed, looked at, checked, reconnected, ended.

use std::collections::BTreeMap;

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::caller::{Caller, Expected, Id};
use super::connection_view::{check_row_view, check_view, connection_view, status_view, transition_view};
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::Permission;
use crate::base::{ConnectionId, CustomerId, FieldError, Patch, Secret, Status};
use crate::connections::{
    ChangeConnection, Connection, ConnectionFilter, ConnectionSort, NewAuth, NewConnection, NewCredentials,
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
    system: String,
    hosting: String,
    base_url: Option<String>,
    #[serde(default)]
    parameters: Option<BTreeMap<String, String>>,
    auth: AuthBody,
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

fn yes() -> bool {
    true
}

fn answer(api: &Api, connection: &Connection) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{}\"", connection.version)))
        .json(connection_view(api.catalogue.as_ref(), connection))
}

pub async fn create(api: web::Data<Api>, who: Caller, body: Json<ConnectBody>) -> Result<HttpResponse, Problem> {
    let body = body.0;
    who.0.require(Permission::ConnectionsWrite)?;
    let customer_id: CustomerId = body.customer_id.parse().map_err(|_| {
        let message = "There is no such customer. GET /api/v1/customers lists them.";
        Problem::invalid(vec![FieldError::new("customer_id", "unknown", message)])
    })?;
    let default_url = api.catalogue.find(&body.system).and_then(|system| system.base_url.default.clone());
    let new = NewConnection {
        customer_id,
        system: body.system,
        hosting: body.hosting,
        base_url: body.base_url.or(default_url).unwrap_or_default(),
        parameters: body.parameters.unwrap_or_default(),
        auth: body.auth.into_domain(),
        name: body.name,
        check_interval_seconds: body.check_interval_seconds,
        verify: body.verify,
        metadata: body.metadata,
        probe: body.probe,
        tier: body.tier,
    };
    let made = api.connections.connect(&who.0, new).await?;
    Ok(json::created(format!("/api/v1/connections/{}", made.id), &connection_view(api.catalogue.as_ref(), &made)))
}

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
}

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
        version: expected.0,
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

pub async fn check(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&check_view(&api.connections.check(&who.0, id.0).await?)))
}

pub async fn retry(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&check_view(&api.connections.retry_credentials(&who.0, id.0).await?)))
}

pub async fn activate(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.activate(&who.0, id.0).await?))
}

pub async fn pause(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.pause(&who.0, id.0).await?))
}

pub async fn disconnect(api: web::Data<Api>, who: Caller, id: Id<ConnectionId>) -> Result<HttpResponse, Problem> {
    Ok(answer(&api, &*api.connections.disconnect(&who.0, id.0).await?))
}

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
    Ok(json::list(&api.history.checks(id.0, page).await?.map(|row| check_row_view(&row))))
}

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
