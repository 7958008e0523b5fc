//! `/webhook-endpoints`: receivers of events. A secret is shown once, when it is made or rotated.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Expected, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use super::webhook_deliveries;
use crate::base::{EndpointId, Patch, Timestamp};
use crate::events::EventKind;
use crate::webhooks::{ChangeEndpoint, CreatedEndpoint, DeliveryFilter, DeliveryStatus, Endpoint, NewEndpoint};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEndpointBody {
    url: String,
    #[serde(default)]
    event_types: Option<Vec<String>>,
    #[serde(default)]
    customer_ids: Option<Vec<String>>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    ca_certificate: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeEndpointBody {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    event_types: Patch<Vec<String>>,
    #[serde(default)]
    customer_ids: Patch<Vec<String>>,
    #[serde(default)]
    description: Patch<String>,
    #[serde(default)]
    ca_certificate: Patch<String>,
    #[serde(default)]
    disabled: Option<bool>,
    #[serde(default)]
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoverBody {
    since: Timestamp,
}

fn view(endpoint: &Endpoint) -> Value {
    let types = endpoint.event_types.as_ref().map(|types| types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
    json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "ca_certificate": endpoint.ca_certificate,
        "event_types": types,
        "customer_ids": endpoint.customer_ids,
        "status": endpoint.status().as_str(),
        "disabled": endpoint.disabled.is_some(),
        "disabled_at": endpoint.disabled.map(|(at, _)| at),
        "disabled_reason": endpoint.disabled.map(|(_, reason)| reason.as_str()),
        "failing_since": endpoint.failing_since,
        "last_try_at": endpoint.last_try_at,
        "last_ok_at": endpoint.last_ok_at,
        "last_outcome": endpoint.last_outcome,
        "old_secret_until": endpoint.old_secret_until,
        "version": endpoint.version,
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
    })
}

fn with_secret(made: &CreatedEndpoint) -> Value {
    let mut object = view(&made.endpoint);
    if let Some(object) = object.as_object_mut() {
        object.insert("secret".into(), Value::String(made.secret.expose().to_owned()));
    }
    object
}

/// The object with its version as an entity tag.
fn answer(endpoint: &Endpoint) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"{}\"", endpoint.version))).json(view(endpoint))
}

/// Makes a receiver of events.
/// Its secret is in the answer and nowhere else. An address outside the egress policy is refused.
#[utoipa::path(
    post, path = "/webhook-endpoints", tag = "Webhooks", operation_id = "create_webhook_endpoint",
    request_body = types::NewWebhookEndpoint,
    responses((status = 201, description = "The endpoint with its secret.", body = types::WebhookEndpointWithSecret)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["egress_denied", "vault_sealed"]))),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<NewEndpointBody>) -> Result<HttpResponse, Problem> {
    let NewEndpointBody { url, event_types, customer_ids, description, ca_certificate } = body.0;
    let new = NewEndpoint { url, event_types, customer_ids, description, ca_certificate };
    let made = api.webhooks.create(&who.0, new).await?;
    Ok(json::created(format!("/api/v1/webhook-endpoints/{}", made.endpoint.id), &with_secret(&made)))
}

/// Lists receivers of events, newest first.
#[utoipa::path(
    get, path = "/webhook-endpoints", tag = "Webhooks", operation_id = "list_webhook_endpoints",
    params(types::Paging),
    responses((status = 200, description = "A page of endpoints.", body = types::List<types::WebhookEndpoint>)),
    security(("key" = ["webhooks:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.webhooks.list(&who.0, page).await?.map(|endpoint| view(&endpoint))))
}

/// Shows a receiver of events.
#[utoipa::path(
    get, path = "/webhook-endpoints/{id}", tag = "Webhooks", operation_id = "show_webhook_endpoint",
    responses((status = 200, description = "The endpoint.", body = types::WebhookEndpoint)),
    security(("key" = ["webhooks:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<EndpointId>) -> Result<HttpResponse, Problem> {
    let found = api.webhooks.find(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("webhook endpoint"))?;
    Ok(answer(&found))
}

/// Changes a receiver of events, or switches it off and on.
/// What waits for an endpoint is given up when it is switched off; `recover` sends it.
#[utoipa::path(
    patch, path = "/webhook-endpoints/{id}", tag = "Webhooks", operation_id = "change_webhook_endpoint",
    request_body = types::ChangeWebhookEndpoint,
    responses((status = 200, description = "The endpoint as it is now.", body = types::WebhookEndpoint)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["egress_denied"]))),
)]
pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<EndpointId>,
    expected: Expected,
    body: Json<ChangeEndpointBody>,
) -> Result<HttpResponse, Problem> {
    let ChangeEndpointBody { url, event_types, customer_ids, description, ca_certificate, disabled, version } = body.0;
    let expected = expected.or(version)?;
    let change = ChangeEndpoint { url, event_types, customer_ids, description, ca_certificate, disabled };
    Ok(answer(&api.webhooks.change(&who.0, id.0, change, expected).await?))
}

/// Removes a receiver of events, with its deliveries.
#[utoipa::path(
    delete, path = "/webhook-endpoints/{id}", tag = "Webhooks", operation_id = "delete_webhook_endpoint",
    responses((status = 204, description = "It is gone.")),
    security(("key" = ["webhooks:write"])),
)]
pub async fn delete(api: web::Data<Api>, who: Caller, id: Id<EndpointId>) -> Result<HttpResponse, Problem> {
    api.webhooks.delete(&who.0, id.0).await?;
    Ok(json::no_content())
}

/// Makes a new secret.
/// The one before signs beside it until `old_secret_until`.
#[utoipa::path(
    post, path = "/webhook-endpoints/{id}/rotate-secret", tag = "Webhooks", operation_id = "rotate_webhook_secret",
    responses((status = 200, description = "The endpoint with its new secret.", body = types::WebhookEndpointWithSecret)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["vault_sealed"]))),
)]
pub async fn rotate_secret(api: web::Data<Api>, who: Caller, id: Id<EndpointId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&with_secret(&api.webhooks.rotate_secret(&who.0, id.0).await?)))
}

/// Sends a `test` event to this endpoint alone and waits for what comes of the first try.
/// A failed one is tried again along the schedule, like every event.
#[utoipa::path(
    post, path = "/webhook-endpoints/{id}/test", tag = "Webhooks", operation_id = "test_webhook_endpoint",
    responses((status = 200, description = "What came of it.", body = types::DeliveryDetail)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["egress_denied", "vault_sealed"]))),
)]
pub async fn test(api: web::Data<Api>, who: Caller, id: Id<EndpointId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&webhook_deliveries::detail(&api.webhooks.test(&who.0, id.0).await?)))
}

/// Sends everything since a time again.
/// What was delivered too, with the same `webhook-id`; what failed, what still waits, and what it was never sent while it was disabled.
#[utoipa::path(
    post, path = "/webhook-endpoints/{id}/recover", tag = "Webhooks", operation_id = "recover_webhook_endpoint",
    request_body = types::Recover,
    responses((status = 200, description = "How many deliveries were begun anew.", body = types::Recovered)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["egress_denied"]))),
)]
pub async fn recover(
    api: web::Data<Api>,
    who: Caller,
    id: Id<EndpointId>,
    body: Json<RecoverBody>,
) -> Result<HttpResponse, Problem> {
    let deliveries = api.webhooks.recover(&who.0, id.0, body.0.since).await?;
    Ok(json::ok(&json!({ "endpoint_id": id.0, "since": body.0.since, "deliveries": deliveries })))
}

/// Lists what went to an endpoint, newest first.
#[utoipa::path(
    get, path = "/webhook-endpoints/{id}/deliveries", tag = "Webhooks", operation_id = "list_webhook_deliveries",
    params(
        types::Paging,
        ("status" = Option<types::DeliveryStatus>, Query, description = "Only these."),
        ("type" = Option<Vec<types::EventType>>, Query, description = "Only events of these types."),
        ("event_id" = Option<types::EventId>, Query, description = "Only of this event."),
    ),
    responses((status = 200, description = "A page of deliveries.", body = types::List<types::Delivery>)),
    security(("key" = ["webhooks:read"])),
)]
pub async fn deliveries(
    api: web::Data<Api>,
    who: Caller,
    id: Id<EndpointId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    let filter = DeliveryFilter {
        endpoint_id: Some(id.0),
        event_id: params.value("event_id", "an event's id", |text| text.parse().ok()),
        status: params.value("status", "waiting, delivered or failed", DeliveryStatus::parse),
        event_types: params.values("type", "a type of event, like connection.degraded", EventKind::parse),
    };
    let page = params.page();
    params.end()?;
    let found = api.webhooks.deliveries(&who.0, filter, page).await?;
    Ok(json::list(&found.map(|delivery| webhook_deliveries::view(&delivery))))
}
