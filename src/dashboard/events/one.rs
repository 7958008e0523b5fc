//! One event: its body, whose it is, and where it went.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::list::{Names, names};
use crate::access::Permission;
use crate::base::{EventId, PageRequest, Timestamp};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::dashboard::webhooks::words::{State, of_delivery, of_event, short_address};
use crate::events::{self, EventRow};
use crate::webhooks::{Delivery, DeliveryFilter, Endpoint, shown_body};

/// `/events/{id}`.
#[derive(Template, Debug, Clone)]
#[template(path = "events/one.html")]
pub struct EventPage {
    pub shell: Shell,
    pub what: String,
    pub kind: &'static str,
    pub when: String,
    pub body: String,
    /// Label, value, way there.
    pub facts: Vec<(&'static str, String, Option<String>)>,
    pub deliveries: Vec<Way>,
}

#[derive(Debug, Clone)]
pub struct Way {
    pub path: String,
    pub address: String,
    pub state: State,
    pub outcome: String,
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsRead)?;
    let id: EventId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    let found = visit.desk.store.read(move |reader| events::find(reader, id)).await?;
    let seen = |event: &EventRow| match event.customer_id {
        Some(customer) => visit.who().sees(&customer),
        None => visit.who().customers().is_none(),
    };
    let event = found.filter(seen).ok_or(Trouble::NotFound)?;
    let names = names(&visit, std::slice::from_ref(&event)).await?;
    let ways = ways(&visit, id).await?;
    let shell = visit.still_shell(Nav::Events).await;
    Ok(visit.page(&page_of(shell, &event, &names, &ways)))
}

/// Where it went, for whoever may see receivers.
async fn ways(visit: &Visit, id: EventId) -> Result<Vec<(Delivery, Endpoint)>, Failure> {
    if !visit.may(Permission::WebhooksRead) {
        return Ok(Vec::new());
    }
    let filter = DeliveryFilter { event_id: Some(id), ..DeliveryFilter::default() };
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let mut ways = Vec::new();
    for delivery in visit.desk.webhooks.deliveries(visit.who(), filter, page).await?.items {
        if let Some(endpoint) = visit.desk.webhooks.find(visit.who(), delivery.endpoint_id).await? {
            ways.push((delivery, endpoint));
        }
    }
    Ok(ways)
}

pub fn page_of(shell: Shell, event: &EventRow, names: &Names, ways: &[(Delivery, Endpoint)]) -> EventPage {
    let mut facts = vec![("When", format::exact(event.at), None), ("Type", event.kind.as_str().to_owned(), None)];
    if let Some(id) = event.customer_id {
        let name = names.customers.get(&id).cloned();
        let path = name.is_some().then(|| format!("/customers/{id}"));
        facts.push(("Customer", name.unwrap_or_else(|| id.to_string()), path));
    }
    if let Some(id) = event.connection_id {
        let name = names.connections.get(&id).cloned().unwrap_or_else(|| id.to_string());
        facts.push(("Connection", name, Some(format!("/connections/{id}"))));
    }
    facts.push(("Id", event.id.to_string(), None));
    EventPage {
        what: of_event(event.kind),
        kind: event.kind.as_str(),
        when: format::short(event.at, shell.now),
        body: shown_body(event),
        facts,
        deliveries: ways.iter().map(|(delivery, endpoint)| way(delivery, endpoint, shell.now)).collect(),
        shell,
    }
}

fn way(delivery: &Delivery, endpoint: &Endpoint, now: Timestamp) -> Way {
    let outcome = delivery.last_outcome.clone().unwrap_or_else(|| "Not tried yet.".into());
    Way {
        path: format!("/webhooks/deliveries/{}", delivery.id),
        address: short_address(&endpoint.url),
        state: of_delivery(delivery),
        outcome: match delivery.next_try_at {
            Some(next) => format!("{outcome} The next try is at {} UTC.", format::short(next, now)),
            None => outcome,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;
    use crate::dashboard::printed::look;
    use crate::events::EventKind;

    #[test]
    fn an_event_shows_its_body_without_its_link() {
        let at = Timestamp::parse("2026-11-24T14:22:08Z").unwrap();
        let event = EventRow {
            id: EventId::new(at, &OsRandom),
            kind: EventKind::ConnectionReauthorizationRequired,
            at,
            customer_id: None,
            connection_id: None,
            data: serde_json::json!({"reconnect_url": "https://a.example/portal/abc", "reason": "token_expired"}),
        };
        let html = look("event", &page_of(Shell::sample(Nav::Events), &event, &Names::default(), &[]));
        assert!(
            html.contains("[link hidden]") && !html.contains("portal/abc") && html.contains("token_expired"),
            "{html}"
        );
        assert!(html.contains("Nobody was told"), "{html}");
    }
}
