//! The list of events, with its filters.

use std::collections::HashMap;

use actix_web::HttpResponse;
use askama::Template;

use crate::access::Permission;
use crate::base::{CustomerId, Page, PageRequest, Timestamp};
use crate::customers::find_customer;
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{Chip, Choice, ListState, Pager};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::dashboard::webhooks::words::of_event;
use crate::events::{self, EventError, EventFilter, EventKind, EventRow};

/// `/events`.
#[derive(Template, Debug, Clone)]
#[template(path = "events/list.html")]
pub struct EventsPage {
    pub shell: Shell,
    pub q: String,
    pub from: String,
    pub to: String,
    pub types: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub cleared: String,
    pub filtered: bool,
    pub rows: Vec<EventLine>,
    pub pager: Pager,
}

#[derive(Debug, Clone)]
pub struct EventLine {
    pub path: String,
    pub when: Markup,
    pub what: String,
    pub kind: &'static str,
    /// Whose it is, with the way there.
    pub whose: Option<(String, String)>,
    pub connection: Option<(String, String)>,
    pub said: String,
}

/// Names of what events are about, as far as they still exist.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub customers: HashMap<CustomerId, String>,
    pub connections: HashMap<crate::base::ConnectionId, String>,
}

pub fn filter(list: &ListState) -> EventFilter {
    let day = |key: &str, after: i64| {
        let text = format!("{}T00:00:00Z", list.value(key)?);
        Timestamp::parse(&text).map(|at| at.plus_seconds(after))
    };
    EventFilter {
        kinds: list.value("type").and_then(EventKind::parse).into_iter().collect(),
        customer_id: list.value("customer_id").and_then(|id| id.parse().ok()),
        connection_id: list.value("connection_id").and_then(|id| id.parse().ok()),
        customers: None,
        from: day("from", 0),
        to: day("to", 86_400),
        q: list.value("q").map(str::to_owned),
    }
}

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsRead)?;
    let wanted = EventFilter { customers: visit.who().customers().cloned(), ..filter(&visit.list) };
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.store.read::<_, EventError, _>(move |reader| events::list(reader, &wanted, &page)).await?;
    let names = names(&visit, &found.items).await?;
    let shell = visit.still_shell(Nav::Events).await;
    Ok(visit.page(&page_of(shell, &visit.list, &found, &names)))
}

pub async fn names(visit: &Visit, rows: &[EventRow]) -> Result<Names, Failure> {
    let ids: Vec<CustomerId> = rows.iter().filter_map(|row| row.customer_id).collect();
    let customers = visit
        .desk
        .store
        .read::<_, crate::store::StoreError, _>(move |reader| {
            let mut found = HashMap::new();
            for id in ids {
                if !found.contains_key(&id)
                    && let Some(customer) = find_customer(reader, id)?
                {
                    found.insert(id, customer.name);
                }
            }
            Ok(found)
        })
        .await?;
    let registry = visit.desk.connections.registry();
    let connections = rows
        .iter()
        .filter_map(|row| row.connection_id)
        .filter_map(|id| Some((id, registry.find(id)?.name.clone())))
        .collect();
    Ok(Names { customers, connections })
}

pub fn page_of(shell: Shell, list: &ListState, found: &Page<EventRow>, names: &Names) -> EventsPage {
    let now = shell.now;
    let value = |key: &str| list.value(key).unwrap_or_default().to_owned();
    let chosen = list.value("type");
    let types = EventKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), of_event(*kind), chosen));
    let chips: Vec<Chip> = [
        ("q", "Search"),
        ("type", "Type"),
        ("customer_id", "Customer"),
        ("connection_id", "Connection"),
        ("from", "From"),
        ("to", "To"),
    ]
    .into_iter()
    .filter_map(|(key, label)| Some(list.chip(key, format!("{label}: {}", list.value(key)?))))
    .collect();
    EventsPage {
        q: value("q"),
        from: value("from"),
        to: value("to"),
        types: std::iter::once(Choice::new("", "All types", chosen)).chain(types).collect(),
        filtered: !chips.is_empty(),
        chips,
        cleared: list.cleared(),
        rows: found.items.iter().map(|row| line(row, names, now)).collect(),
        pager: list.pager(found.items.len(), None, found.next_cursor.as_deref()),
        shell,
    }
}

fn line(row: &EventRow, names: &Names, now: Timestamp) -> EventLine {
    EventLine {
        path: format!("/events/{}", row.id),
        when: format::time_to_the_second(row.at, now),
        what: of_event(row.kind),
        kind: row.kind.as_str(),
        whose: row.customer_id.map(|id| {
            let name = names.customers.get(&id).cloned();
            (name.unwrap_or_else(|| "a deleted customer".into()), format!("/customers/{id}"))
        }),
        connection: row
            .connection_id
            .and_then(|id| Some((names.connections.get(&id)?.clone(), format!("/connections/{id}")))),
        said: said(row),
    }
}

/// What an event is about, in a line: its reason, or the first word that its data has for people.
pub fn said(row: &EventRow) -> String {
    let text = |name: &str| row.data.get(name).and_then(serde_json::Value::as_str);
    if let Some(reason) =
        text("reason").and_then(|word| serde_json::from_value::<crate::base::Reason>(word.into()).ok())
    {
        return reason.as_str().replace('_', " ");
    }
    ["message", "last_outcome", "note", "reason", "status"]
        .into_iter()
        .find_map(text)
        .map(|text| crate::webhooks::hide_links(&text.chars().take(160).collect::<String>()).replace('_', " "))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{EventId, OsRandom};
    use crate::dashboard::printed::look;

    #[test]
    fn events_are_read_in_words() {
        let at = Timestamp::parse("2026-11-24T14:22:08Z").unwrap();
        let event = |kind, data| EventRow {
            id: EventId::new(at, &OsRandom),
            kind,
            at,
            customer_id: Some(CustomerId::new(at, &OsRandom)),
            connection_id: None,
            data,
        };
        let found = Page {
            items: vec![
                event(EventKind::ConnectionUnreachable, serde_json::json!({"reason": "dns_failure"})),
                event(EventKind::InstanceAlarm, serde_json::json!({"message": "see https://a.example/portal/abc"})),
            ],
            next_cursor: None,
        };
        let list = ListState::read("/events", "type=connection.unreachable&from=2026-11-01");
        assert_eq!(filter(&list).from, Timestamp::parse("2026-11-01T00:00:00Z"));
        let html = look("events", &page_of(Shell::sample(Nav::Events), &list, &found, &Names::default()));
        assert!(html.contains("Connection unreachable") && html.contains("dns failure"), "{html}");
        assert!(html.contains("[link hidden]") && html.contains("a deleted customer"), "{html}");
        let none = Page { items: Vec::new(), next_cursor: None };
        let empty = |query| {
            let list = ListState::read("/events", query);
            look("events-none", &page_of(Shell::sample(Nav::Events), &list, &none, &Names::default()))
        };
        assert!(empty("").contains("Nothing has happened yet") && empty("q=x").contains("Clear the filters"));
    }
}
