//! `/credits`: the pool, grants, the ledger, usage over time, quotes, the proof.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::caller::Caller;
use super::document::types;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::credits::{GroupBy, LedgerFilter, NewGrant, PostingKind, QuoteItem, UsageQuery};

/// Shows the pool of credits.
#[utoipa::path(
    get, path = "/credits", tag = "Credits", operation_id = "show_credits",
    responses((status = 200, description = "The pool.", body = types::Credits)),
    security(("key" = ["credits:read"])),
)]
pub async fn summary(api: web::Data<Api>, who: Caller) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.summary(&who.0).await?))
}

/// Puts credits into the pool.
#[utoipa::path(
    post, path = "/credits/grants", tag = "Credits", operation_id = "grant_credits",
    request_body = types::NewGrant,
    responses((status = 201, description = "The grant.", body = types::Grant)),
    security(("key" = ["credits:write"])),
)]
pub async fn grant(api: web::Data<Api>, who: Caller, new: Json<NewGrant>) -> Result<HttpResponse, Problem> {
    let grant = api.credits.grant(&who.0, new.0).await?;
    Ok(json::created("/api/v1/credits/ledger".into(), &grant))
}

/// Lists the postings, newest first.
#[utoipa::path(
    get, path = "/credits/ledger", tag = "Credits", operation_id = "list_ledger",
    params(types::Paging, ("account" = Option<Vec<String>>, Query, description = "Only these accounts."), ("kind" = Option<types::PostingKind>, Query, description = "Only of this kind."), ("customer_id" = Option<types::CustomerId>, Query, description = "Only of this customer."), ("connection_id" = Option<types::ConnectionId>, Query, description = "Only of this connection."), ("from" = Option<types::Time>, Query, description = "From this moment on."), ("to" = Option<types::Time>, Query, description = "Before this moment.")),
    responses((status = 200, description = "A page of postings.", body = types::List<types::Posting>)),
    security(("key" = ["credits:read"])),
)]
pub async fn ledger(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let filter = LedgerFilter {
        accounts: params.all("account"),
        kind: params.value("kind", "grant, take or return", PostingKind::parse),
        customer_id: params.value("customer_id", "a customer's id", |text| text.parse().ok()),
        connection_id: params.value("connection_id", "a connection's id", |text| text.parse().ok()),
        from: params.time("from"),
        to: params.time("to"),
    };
    let page = params.page();
    params.end()?;
    Ok(json::list(&api.credits.ledger(&who.0, filter, page).await?))
}

/// Shows credits in use over time.
/// The last 30 days when nothing is said.
#[utoipa::path(
    get, path = "/credits/usage", tag = "Credits", operation_id = "show_usage",
    params(("from" = Option<types::Time>, Query, description = "From this moment on."), ("to" = Option<types::Time>, Query, description = "Before this moment; now when left out."), ("group_by" = Option<types::GroupBy>, Query, description = "Also by this."), ("customer_id" = Option<types::CustomerId>, Query, description = "Only of this customer.")),
    responses((status = 200, description = "What was in use.", body = types::Usage)),
    security(("key" = ["credits:read"])),
)]
pub async fn usage(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    let query = UsageQuery {
        from: params.time("from"),
        to: params.time("to"),
        group_by: params.value("group_by", "customer, system or tier", GroupBy::parse),
        customer: params.value("customer_id", "a customer's id", |text| text.parse().ok()),
    };
    params.end()?;
    Ok(json::ok(&api.credits.usage(&who.0, query).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteBody {
    items: Vec<QuoteItem>,
}

/// Says what systems would cost, and whether the pool has it.
/// Takes nothing.
#[utoipa::path(
    post, path = "/credits/quote", tag = "Credits", operation_id = "quote_credits",
    request_body = types::NewQuote,
    responses((status = 200, description = "The price.", body = types::Quote)),
    security(("key" = ["credits:read"])),
)]
pub async fn quote(api: web::Data<Api>, who: Caller, body: Json<QuoteBody>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.quote(&who.0, &api.catalogue, &body.0.items).await?))
}

/// Proves that the ledger adds up.
#[utoipa::path(
    get, path = "/credits/verify", tag = "Credits", operation_id = "verify_credits",
    responses((status = 200, description = "Whether it adds up.", body = types::LedgerProof)),
    security(("key" = ["credits:read"])),
)]
pub async fn verify(api: web::Data<Api>, who: Caller) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.verify(&who.0).await?))
}
