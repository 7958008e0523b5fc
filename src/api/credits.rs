//! `/credits`: the pool, grants, the ledger, usage over time, quotes, the proof.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::caller::Caller;
use super::json::{self, Json};
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::credits::{GroupBy, LedgerFilter, NewGrant, PostingKind, QuoteItem, UsageQuery};

pub async fn summary(api: web::Data<Api>, who: Caller) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.summary(&who.0).await?))
}

pub async fn grant(api: web::Data<Api>, who: Caller, new: Json<NewGrant>) -> Result<HttpResponse, Problem> {
    let grant = api.credits.grant(&who.0, new.0).await?;
    Ok(json::created("/api/v1/credits/ledger".into(), &grant))
}

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

pub async fn quote(api: web::Data<Api>, who: Caller, body: Json<QuoteBody>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.quote(&who.0, &api.catalogue, &body.0.items).await?))
}

pub async fn verify(api: web::Data<Api>, who: Caller) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&api.credits.verify(&who.0).await?))
}
