//! `/users`: people who sign in to the dashboard. A new one gets an invitation, shown once.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Expected, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::{ChangeUser, NewUser, Role, User};
use crate::base::UserId;

fn view(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.as_str(),
        "has_password": user.has_password,
        "version": user.version,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "last_signed_in_at": user.last_signed_in_at,
    })
}

fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| Problem::invalid_field("role", "A role is owner, admin, operator or viewer."))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    email: String,
    name: String,
    role: String,
}

/// Makes a user.
/// The invitation is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/users", tag = "Users", operation_id = "create_user",
    request_body = types::NewUser,
    responses((status = 201, description = "The user with the invitation.", body = types::InvitedUser)),
    security(("key" = ["admin"])),
)]
pub async fn create(api: web::Data<Api>, who: Caller, body: Json<NewUserBody>) -> Result<HttpResponse, Problem> {
    let new = NewUser { role: role(&body.0.role)?, email: body.0.email, name: body.0.name, password: None };
    let made = api.access.create_user(&who.0, new).await?;
    let mut object = view(&made.user);
    if let (Some(object), Some(invitation)) = (object.as_object_mut(), &made.invitation) {
        let url = format!("{}/setup/{}", api.public_url, invitation.token.expose());
        object.insert("invitation".into(), json!({ "url": url, "expires_at": invitation.expires_at }));
    }
    Ok(json::created(format!("/api/v1/users/{}", made.user.id), &object))
}

/// Lists users.
#[utoipa::path(
    get, path = "/users", tag = "Users", operation_id = "list_users",
    params(types::Paging, ("q" = Option<String>, Query, description = "Part of the name or the address.")),
    responses((status = 200, description = "A page of users.", body = types::List<types::User>)),
    security(("key" = ["admin"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let q = params.text("q");
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.access.users(&who.0, q, page).await?.map(|user| view(&user))))
}

/// Shows a user.
#[utoipa::path(
    get, path = "/users/{id}", tag = "Users", operation_id = "show_user",
    responses((status = 200, description = "The user.", body = types::User)),
    security(("key" = ["admin"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<UserId>) -> Result<HttpResponse, Problem> {
    let found = api.access.user(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("user"))?;
    Ok(json::ok(&view(&found)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeUserBody {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    version: Option<i64>,
}

/// Changes a user.
/// Only what is named changes.
#[utoipa::path(
    patch, path = "/users/{id}", tag = "Users", operation_id = "change_user",
    request_body = types::ChangeUser,
    responses((status = 200, description = "The user as it is now.", body = types::User)),
    security(("key" = ["admin"])),
)]
pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<UserId>,
    expected: Expected,
    body: Json<ChangeUserBody>,
) -> Result<HttpResponse, Problem> {
    let expected = expected.or(body.0.version)?;
    let role = body.0.role.as_deref().map(role).transpose()?;
    let change = ChangeUser { email: body.0.email, name: body.0.name, role };
    Ok(json::ok(&view(&api.access.change_user(&who.0, id.0, change, expected).await?)))
}

/// Deletes a user.
/// The last owner cannot be deleted.
#[utoipa::path(
    delete, path = "/users/{id}", tag = "Users", operation_id = "delete_user",
    responses((status = 204, description = "It is gone.")),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["conflict"]))),
)]
pub async fn delete(api: web::Data<Api>, who: Caller, id: Id<UserId>) -> Result<HttpResponse, Problem> {
    api.access.delete_user(&who.0, id.0).await?;
    Ok(json::no_content())
}
