//! `/events`: what happened, as receivers are told it; newest first.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::caller::{Caller, Id};
use super::document::types;
use super::json;
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::{Forbidden, Permission, Principal};
use crate::base::EventId;
use crate::events::{self, EventError, EventFilter, EventKind, EventRow};

/// Whoever may read connections or receivers of events.
fn may_read(who: &Principal) -> Result<(), Forbidden> {
    if who.may(Permission::ConnectionsRead) { Ok(()) } else { who.require(Permission::WebhooksRead) }
}

/// A reconnect link opens a door: it is there for keys with `connections:write`.
fn view(event: &EventRow, who: &Principal) -> serde_json::Value {
    let mut data = event.data.clone();
    if let (Some(link), false) = (data.get_mut("reconnect_url"), who.may(Permission::ConnectionsWrite)) {
        *link = serde_json::Value::Null;
    }
    json!({
        "id": event.id,
        "type": event.kind.as_str(),
        "timestamp": event.at,
        "customer_id": event.customer_id,
        "connection_id": event.connection_id,
        "data": data,
    })
}

/// Lists events, newest first.
/// Needs `connections:read` or `webhooks:read`.
#[utoipa::path(
    get, path = "/events", tag = "Events", operation_id = "list_events",
    params(types::Paging, ("type" = Option<Vec<types::EventType>>, Query, description = "Only these types."), ("customer_id" = Option<types::CustomerId>, Query, description = "Only of this customer."), ("connection_id" = Option<types::ConnectionId>, Query, description = "Only of this connection."), ("from" = Option<types::Time>, Query, description = "From this moment on."), ("to" = Option<types::Time>, Query, description = "Before this moment."), ("q" = Option<String>, Query, description = "A word in the type or the data.")),
    responses((status = 200, description = "A page of events.", body = types::List<types::Event>)),
    security(("key" = ["connections:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    may_read(&who.0)?;
    let filter = EventFilter {
        kinds: params.values("type", "a type of event, like connection.degraded", EventKind::parse),
        customer_id: params.value("customer_id", "a customer's id", |text| text.parse().ok()),
        connection_id: params.value("connection_id", "a connection's id", |text| text.parse().ok()),
        customers: who.0.customers().cloned(),
        from: params.time("from"),
        to: params.time("to"),
        q: params.text("q"),
    };
    let page = params.page();
    params.end()?;
    let found = api.store.read::<_, EventError, _>(move |reader| events::list(reader, &filter, &page)).await?;
    Ok(json::list(&found.map(|event| view(&event, &who.0))))
}

/// Shows an event.
#[utoipa::path(
    get, path = "/events/{id}", tag = "Events", operation_id = "show_event",
    responses((status = 200, description = "The event.", body = types::Event)),
    security(("key" = ["connections:read"])),
)]
pub async fn show(api: web::Data<Api>, who: Caller, id: Id<EventId>) -> Result<HttpResponse, Problem> {
    may_read(&who.0)?;
    let found = api.store.read(move |reader| events::find(reader, id.0)).await?;
    let sees = |event: &EventRow| match (who.0.customers(), event.customer_id) {
        (None, _) => true,
        (Some(bound), Some(customer)) => bound.contains(&customer),
        (Some(_), None) => false,
    };
    let event = found.filter(sees).ok_or_else(|| Problem::not_found("event"))?;
    Ok(json::ok(&view(&event, &who.0)))
}
