//! `/users`: people who sign in to the dashboard. A new one gets an invitation, shown once.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Expected, Id};
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

pub async fn create(api: web::Data<Api>, who: Caller, body: Json<NewUserBody>) -> Result<HttpResponse, Problem> {
    let new = NewUser { role: role(&body.0.role)?, email: body.0.email, name: body.0.name, password: None };
    let made = api.access.create_user(&who.0, new).await?;
    let mut object = view(&made.user);
    if let (Some(object), Some(invitation)) = (object.as_object_mut(), &made.invitation) {
        let url = format!("{}/invitation/{}", api.public_url, invitation.token.expose());
        object.insert("invitation".into(), json!({ "url": url, "expires_at": invitation.expires_at }));
    }
    Ok(json::created(format!("/api/v1/users/{}", made.user.id), &object))
}

pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let q = params.text("q");
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.access.users(&who.0, q, page).await?.map(|user| view(&user))))
}

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
}

pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<UserId>,
    expected: Expected,
    body: Json<ChangeUserBody>,
) -> Result<HttpResponse, Problem> {
    let role = body.0.role.as_deref().map(role).transpose()?;
    let change = ChangeUser { email: body.0.email, name: body.0.name, role };
    Ok(json::ok(&view(&api.access.change_user(&who.0, id.0, change, expected.0).await?)))
}

pub async fn delete(api: web::Data<Api>, who: Caller, id: Id<UserId>) -> Result<HttpResponse, Problem> {
    api.access.delete_user(&who.0, id.0).await?;
    Ok(json::no_content())
}
