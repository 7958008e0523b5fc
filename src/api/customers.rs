//! `/customers`: organisations with their connections counted and their credits summed.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};

use super::caller::{Caller, Expected, Id};
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::Permission;
use crate::base::CustomerId;
use crate::customers::{ChangeCustomer, CustomerFilter, CustomerOverview, CustomerSort, CustomerView, NewCustomer};

/// The object with its version as an entity tag.
fn answer(overview: &CustomerOverview) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, format!("\"{}\"", overview.customer.version))).json(overview)
}

/// Makes a customer.
/// Its encryption key is made with it.
#[utoipa::path(
    post, path = "/customers", tag = "Customers", operation_id = "create_customer",
    request_body = types::NewCustomer,
    responses((status = 201, description = "The customer.", body = types::Customer)),
    security(("key" = ["customers:write"])),
    extensions(("x-problems" = json!(["wrong_region", "vault_sealed"]))),
)]
pub async fn create(api: web::Data<Api>, who: Caller, new: Json<NewCustomer>) -> Result<HttpResponse, Problem> {
    let made = api.customers.create(&who.0, new.0).await?;
    Ok(json::created(format!("/api/v1/customers/{}", made.customer.id), &made))
}

/// Lists customers.
/// Each with its connections counted and its credits summed; newest first.
#[utoipa::path(
    get, path = "/customers", tag = "Customers", operation_id = "list_customers",
    params(types::Paging, ("q" = Option<String>, Query, description = "Part of the name, the external id or the contact."), ("id" = Option<Vec<types::CustomerId>>, Query, description = "Only these."), ("external_id" = Option<String>, Query, description = "Exactly this one."), ("view" = Option<types::CustomerView>, Query, description = "Only those that something is the matter with."), ("sort" = Option<types::CustomerSort>, Query, description = "The order; newest first when left out.")),
    responses((status = 200, description = "A page of customers.", body = types::List<types::Customer>)),
    security(("key" = ["customers:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let ids = params.values("id", "a customer's id", |text| text.parse().ok());
    let filter = CustomerFilter {
        q: params.text("q"),
        ids: (!ids.is_empty()).then_some(ids),
        external_id: params.text("external_id"),
        view: params.value("view", "needs_a_hand, near_limit or no_connection", CustomerView::parse),
    };
    let sort = params.value("sort", "created_at, -created_at, name or -name", CustomerSort::parse).unwrap_or_default();
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.customers.list(&who.0, filter, sort, page).await?))
}

/// Shows a customer.
#[utoipa::path(
    get, path = "/customers/{id}", tag = "Customers", operation_id = "show_customer",
    responses((status = 200, description = "The customer.", body = types::Customer)),
    security(("key" = ["customers:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<CustomerId>) -> Result<HttpResponse, Problem> {
    let found = api.customers.find(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("customer"))?;
    Ok(answer(&found))
}

/// Changes a customer.
/// Only what is named changes; `null` takes a value away.
#[utoipa::path(
    patch, path = "/customers/{id}", tag = "Customers", operation_id = "change_customer",
    request_body = types::ChangeCustomer,
    responses((status = 200, description = "The customer as it is now.", body = types::Customer)),
    security(("key" = ["customers:write"])),
    extensions(("x-problems" = json!(["wrong_region"]))),
)]
pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<CustomerId>,
    expected: Expected,
    change: Json<ChangeCustomer>,
) -> Result<HttpResponse, Problem> {
    let expected = expected.or(change.0.version)?;
    Ok(answer(&api.customers.change(&who.0, id.0, change.0, expected).await?))
}

/// Deletes a customer and destroys its encryption key.
/// Refused while connections live, unless `?disconnect=true` ends them first.
#[utoipa::path(
    delete, path = "/customers/{id}", tag = "Customers", operation_id = "delete_customer",
    params(("disconnect" = Option<bool>, Query, description = "End its connections first.")),
    responses((status = 204, description = "It is gone.")),
    security(("key" = ["customers:write"])),
    extensions(("x-problems" = json!(["conflict"]))),
)]
pub async fn delete(
    api: web::Data<Api>,
    who: Caller,
    id: Id<CustomerId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    let disconnect = params.flag("disconnect");
    params.end()?;
    if disconnect {
        who.0.require(Permission::CustomersWrite)?;
        api.connections.disconnect_all(&who.0, id.0).await?;
    }
    api.customers.delete(&who.0, id.0).await?;
    Ok(json::no_content())
}
