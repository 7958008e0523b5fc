//! `/oauth-applications`: the operator's registrations at vendors. Secrets go in and never come out.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Expected, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::applications::{Application, ChangeApplication, NewApplication};
use crate::base::{ApplicationId, Patch, Secret, Timestamp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApplicationBody {
    system: String,
    client_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    client_secret: Option<Secret>,
    #[serde(default)]
    private_key: Option<Secret>,
    #[serde(default)]
    certificate: Option<String>,
    #[serde(default)]
    key_id: Option<String>,
    #[serde(default)]
    client_auth: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    authorize_url: Option<String>,
    #[serde(default)]
    token_url: Option<String>,
    #[serde(default)]
    revocation_url: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeApplicationBody {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    client_secret: Patch<Secret>,
    #[serde(default)]
    private_key: Patch<Secret>,
    #[serde(default)]
    certificate: Patch<String>,
    #[serde(default)]
    key_id: Patch<String>,
    #[serde(default)]
    client_auth: Patch<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    authorize_url: Patch<String>,
    #[serde(default)]
    token_url: Patch<String>,
    #[serde(default)]
    revocation_url: Patch<String>,
    #[serde(default)]
    issuer: Patch<String>,
    #[serde(default)]
    version: Option<i64>,
}

type Refusals = HashMap<String, (String, Timestamp)>;

fn view(api: &Api, one: &Application, refusals: &Refusals) -> Value {
    let refused = refusals.get(&one.id.to_string());
    json!({
        "id": one.id,
        "system": one.system,
        "name": one.name,
        "client_id": one.client_id,
        "client_auth": one.client_auth.map(|way| way.as_str()),
        "scopes": one.scopes,
        "authorize_url": one.authorize_url,
        "token_url": one.token_url,
        "revocation_url": one.revocation_url,
        "issuer": one.issuer,
        "certificate": one.certificate,
        "key_id": one.key_id,
        "has_client_secret": one.has_client_secret,
        "has_private_key": one.has_private_key,
        "redirect_url": api.applications.redirect_url(),
        "refused_since": refused.map(|(_, since)| since),
        "message": refused.map(|(message, _)| message),
        "version": one.version,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    })
}

/// Registers an OAuth application.
/// Its `redirect_url` goes into the registration at the vendor. The secret is sealed and never shown again.
#[utoipa::path(
    post, path = "/oauth-applications", tag = "OAuth applications", operation_id = "create_oauth_application",
    request_body = types::NewOauthApplication,
    responses((status = 201, description = "The application.", body = types::OauthApplication)),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["vault_sealed"]))),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<NewApplicationBody>) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let new = NewApplication {
        system: body.system,
        name: body.name,
        client_id: body.client_id,
        client_secret: body.client_secret,
        private_key: body.private_key,
        certificate: body.certificate,
        key_id: body.key_id,
        client_auth: body.client_auth,
        scopes: body.scopes.unwrap_or_default(),
        authorize_url: body.authorize_url,
        token_url: body.token_url,
        revocation_url: body.revocation_url,
        issuer: body.issuer,
    };
    let made = api.applications.create(&who.0, new).await?;
    let object = view(&api, &made, &Refusals::new());
    Ok(json::created(format!("/api/v1/oauth-applications/{}", made.id), &object))
}

/// Lists OAuth applications, newest first.
#[utoipa::path(
    get, path = "/oauth-applications", tag = "OAuth applications", operation_id = "list_oauth_applications",
    params(types::Paging, ("system" = Option<String>, Query, description = "Only those of this system.")),
    responses((status = 200, description = "A page of applications.", body = types::List<types::OauthApplication>)),
    security(("key" = ["connections:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let system = params.text("system");
    let page = params.page();
    params.end()?;
    let found = api.applications.list(&who.0, system, page).await?;
    let refusals = api.applications.refusals().await?;
    Ok(json::list(&found.map(|one| view(&api, &one, &refusals))))
}

/// Shows an OAuth application.
#[utoipa::path(
    get, path = "/oauth-applications/{id}", tag = "OAuth applications", operation_id = "show_oauth_application",
    responses((status = 200, description = "The application.", body = types::OauthApplication)),
    security(("key" = ["connections:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<ApplicationId>) -> Result<HttpResponse, Problem> {
    let found = api.applications.find(&who.0, id.0)?.ok_or_else(|| Problem::not_found("OAuth application"))?;
    Ok(json::ok(&view(&api, &found, &api.applications.refusals().await?)))
}

/// Changes an OAuth application.
/// Connections use it from the next request on; those that its refusal stopped are tried at once and recover by themselves.
#[utoipa::path(
    patch, path = "/oauth-applications/{id}", tag = "OAuth applications", operation_id = "change_oauth_application",
    request_body = types::ChangeOauthApplication,
    responses((status = 200, description = "The application as it is now.", body = types::OauthApplication)),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["vault_sealed"]))),
)]
pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ApplicationId>,
    expected: Expected,
    body: Json<ChangeApplicationBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let change = ChangeApplication {
        name: body.name,
        client_id: body.client_id,
        client_secret: body.client_secret,
        private_key: body.private_key,
        certificate: body.certificate,
        key_id: body.key_id,
        client_auth: body.client_auth,
        scopes: body.scopes,
        authorize_url: body.authorize_url,
        token_url: body.token_url,
        revocation_url: body.revocation_url,
        issuer: body.issuer,
        version: expected.or(body.version)?,
    };
    let changed = api.oauth.change_application(&who.0, id.0, change).await?;
    Ok(json::ok(&view(&api, &changed, &api.applications.refusals().await?)))
}

/// Ends an OAuth application.
/// Refused while live connections sign in with it.
#[utoipa::path(
    delete, path = "/oauth-applications/{id}", tag = "OAuth applications", operation_id = "delete_oauth_application",
    responses((status = 204, description = "It is gone.")),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["conflict"]))),
)]
pub async fn delete(api: web::Data<Api>, who: Caller, id: Id<ApplicationId>) -> Result<HttpResponse, Problem> {
    api.applications.delete(&who.0, id.0).await?;
    Ok(json::no_content())
}
