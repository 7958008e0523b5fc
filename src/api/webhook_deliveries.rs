//! `/webhook-deliveries`: one event's way to one receiver, with every try. Links are hidden in what is shown.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::caller::{Caller, Id};
use super::document::types;
use super::json;
use super::problem::Problem;
use super::state::Api;
use crate::base::DeliveryId;
use crate::webhooks::{Delivery, DeliveryDetail, Try};

pub fn view(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type.as_str(),
        "status": delivery.status.as_str(),
        "try_count": delivery.tries,
        "next_try_at": delivery.next_try_at,
        "last_outcome": delivery.last_outcome,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
    })
}

/// The same with the body sent and each try.
pub fn detail(found: &DeliveryDetail) -> Value {
    let mut object = view(&found.delivery);
    if let Some(object) = object.as_object_mut() {
        let body = found.body.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        object.insert("body".into(), body.unwrap_or_default());
        object.insert("tries".into(), found.tries.iter().map(one_try).collect());
    }
    object
}

fn one_try(tried: &Try) -> Value {
    let record = &tried.record;
    let answered = tried.status.map(|status| {
        json!({
            "status": status,
            "headers": by_name(&record.headers),
            "body": record.body,
            "truncated": record.truncated,
        })
    });
    json!({
        "number": tried.number,
        "at": tried.at,
        "ok": tried.ok,
        "cause": tried.cause.as_str(),
        "fault": tried.fault,
        "request_headers": by_name(&record.request_headers),
        "answer": answered,
        "peer": record.peer,
        "timing": record.timing,
    })
}

/// Names in lower case; of a name that is there twice both values.
fn by_name(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        found
            .entry(name.to_ascii_lowercase())
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    found
}

/// Shows a delivery: the body sent, and each try with its answer.
#[utoipa::path(
    get, path = "/webhook-deliveries/{id}", tag = "Webhooks", operation_id = "show_webhook_delivery",
    responses((status = 200, description = "The delivery.", body = types::DeliveryDetail)),
    security(("key" = ["webhooks:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<DeliveryId>) -> Result<HttpResponse, Problem> {
    let found = api.webhooks.delivery(&who.0, id.0).await?.ok_or_else(|| Problem::not_found("delivery"))?;
    Ok(json::ok(&detail(&found)))
}

/// Sends a delivery again, from the beginning of the schedule.
#[utoipa::path(
    post, path = "/webhook-deliveries/{id}/replay", tag = "Webhooks", operation_id = "replay_webhook_delivery",
    responses((status = 200, description = "The delivery, waiting for its next try.", body = types::Delivery)),
    security(("key" = ["webhooks:write"])),
    extensions(("x-problems" = json!(["egress_denied"]))),
)]
pub async fn replay(api: web::Data<Api>, who: Caller, id: Id<DeliveryId>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&view(&api.webhooks.replay(&who.0, id.0).await?)))
}
