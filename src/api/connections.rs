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
