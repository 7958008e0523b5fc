//! `/customers`: organisations with their connections counted and their credits summed.

use actix_web::http::header::ETAG;
use actix_web::{HttpResponse, web};

use super::caller::{Caller, Expected, Id};
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

pub async fn create(api: web::Data<Api>, who: Caller, new: Json<NewCustomer>) -> Result<HttpResponse, Problem> {
    let made = api.customers.create(&who.0, new.0).await?;
    Ok(json::created(format!("/api/v1/customers/{}", made.customer.id), &made))
}

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

pub async fn show(api: web::Data<Api>, who: Caller, id: Id<CustomerId>) -> Result<HttpResponse, Problem> {
    let found = api.customers.find(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("customer"))?;
    Ok(answer(&found))
}

pub async fn change(
    api: web::Data<Api>,
    who: Caller,
    id: Id<CustomerId>,
    expected: Expected,
    change: Json<ChangeCustomer>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(&api.customers.change(&who.0, id.0, change.0, expected.0).await?))
}

/// Refused while connections live, unless `?disconnect=true` ends them first.
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
