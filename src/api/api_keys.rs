//! `/api-keys`: programs' ways in. A key is shown once, when it is made.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::{ApiKey, NewApiKey, Scope};
use crate::base::{ApiKeyId, CustomerId, FieldError, Timestamp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    name: String,
    scopes: Vec<String>,
    #[serde(default)]
    customer_ids: Option<Vec<String>>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

fn view(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "customer_ids": key.customer_ids,
        "created_by": key.created_by,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    })
}

/// Makes an API key.
/// Its text is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/api-keys", tag = "API keys", operation_id = "create_api_key",
    request_body = types::NewApiKey,
    responses((status = 201, description = "The key with its text.", body = types::CreatedApiKey)),
    security(("key" = ["admin"])),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<NewKeyBody>) -> Result<HttpResponse, Problem> {
    let mut errors = Vec::new();
    let mut scopes = Vec::new();
    for (index, text) in body.0.scopes.iter().enumerate() {
        match Scope::parse(text) {
            Some(scope) => scopes.push(scope),
            None => {
                let message = "There is no such scope. They are: customers:read|write, connections:read|write, proxy, \
                               credits:read|write, webhooks:read|write, audit:read, admin, all.";
                errors.push(FieldError::new(format!("scopes[{index}]"), "unknown", message));
            }
        }
    }
    let mut customer_ids: Option<Vec<CustomerId>> = body.0.customer_ids.as_ref().map(|_| Vec::new());
    for (index, text) in body.0.customer_ids.iter().flatten().enumerate() {
        match (text.parse(), customer_ids.as_mut()) {
            (Ok(id), Some(found)) => found.push(id),
            _ => {
                errors.push(FieldError::new(format!("customer_ids[{index}]"), "unknown", "There is no such customer."))
            }
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let new = NewApiKey { name: body.0.name, scopes, customer_ids, expires_at: body.0.expires_at };
    let made = api.access.create_api_key(&who.0, new).await?;
    let mut object = view(&made.key);
    if let Some(object) = object.as_object_mut() {
        object.insert("key".into(), Value::String(made.text.expose().to_owned()));
    }
    Ok(json::created(format!("/api/v1/api-keys/{}", made.key.id), &object))
}

/// Lists API keys, newest first.
#[utoipa::path(
    get, path = "/api-keys", tag = "API keys", operation_id = "list_api_keys",
    params(types::Paging, ("ended" = Option<bool>, Query, description = "Also those that no longer work.")),
    responses((status = 200, description = "A page of keys.", body = types::List<types::ApiKey>)),
    security(("key" = ["admin"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let ended = params.flag("ended");
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.access.api_keys(&who.0, ended, page).await?.map(|key| view(&key))))
}

/// Shows an API key, without its text.
#[utoipa::path(
    get, path = "/api-keys/{id}", tag = "API keys", operation_id = "show_api_key",
    responses((status = 200, description = "The key.", body = types::ApiKey)),
    security(("key" = ["admin"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<ApiKeyId>) -> Result<HttpResponse, Problem> {
    let found = api.access.api_key(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("API key"))?;
    Ok(json::ok(&view(&found)))
}

/// Revokes an API key at once.
#[utoipa::path(
    delete, path = "/api-keys/{id}", tag = "API keys", operation_id = "revoke_api_key",
    responses((status = 204, description = "It works no more.")),
    security(("key" = ["admin"])),
)]
pub async fn revoke(api: web::Data<Api>, who: Caller, id: Id<ApiKeyId>) -> Result<HttpResponse, Problem> {
    api.access.revoke_api_key(&who.0, id.0).await?;
    Ok(json::no_content())
}
