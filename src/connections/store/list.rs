//! Lists of connections: one statement per order, each walking an index from the cursor on.

use rusqlite::types::Value;

use super::super::model::{Connection, ConnectionFilter, ConnectionSort};
use super::{COLUMNS, FROM, row, urgency};
use crate::base::{Cursor, CustomerId, InvalidCursor, Page, PageRequest, Status};
use crate::store::{Rows, StoreError};

/// What waits for somebody: two statuses wholly, two others by their reason.
const NEEDS_A_HAND: &str = "(c.status IN ('reauthorization_required', 'unreachable') \
     OR (c.status = 'degraded' AND c.reason IS NOT 'rate_limited') \
     OR (c.status = 'inactive' AND c.reason = 'credits_exhausted'))";

/// The conditions of a filter, as text and parameters.
struct Conditions {
    text: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push(condition.replace('?', &format!("?{}", self.values.len())));
    }
    fn any_of(&mut self, column: &str, values: impl Iterator<Item = String>) {
        let places: Vec<String> = values
            .map(|value| {
                self.values.push(Value::Text(value));
                format!("?{}", self.values.len())
            })
            .collect();
        let list = if places.is_empty() { "NULL".into() } else { places.join(", ") };
        self.text.push(format!("{column} IN ({list})"));
    }
}

fn conditions(filter: &ConnectionFilter, visible: Option<&[CustomerId]>) -> Conditions {
    let mut found = Conditions { text: Vec::new(), values: Vec::new() };
    if let Some(customers) = visible {
        found.any_of("c.customer_id", customers.iter().map(ToString::to_string));
    }
    if let Some(customer) = filter.customer_id {
        found.add("c.customer_id = ?", customer.to_string());
    }
    if !filter.statuses.is_empty() {
        found.any_of("c.status", filter.statuses.iter().map(|status| status.as_str().to_owned()));
    } else if !filter.with_disconnected {
        found.add("c.status <> ?", Status::Disconnected.as_str().to_owned());
    }
    if filter.needs_a_hand {
        found.text.push(NEEDS_A_HAND.into());
    }
    if let Some(system) = &filter.system {
        found.add("c.system = ?", system.clone());
    }
    if let Some(tier) = filter.tier {
        found.add("c.tier = ?", i64::from(tier));
    }
    if let Some(hosting) = filter.hosting {
        found.add("c.hosting = ?", hosting.as_str().to_owned());
    }
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        let text = q.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        found.values.push(Value::Text(format!("%{text}%")));
        let place = found.values.len();
        found.text.push(format!(
            "(c.search LIKE ?{place} ESCAPE '\\' OR c.base_url LIKE ?{place} ESCAPE '\\' OR c.id LIKE ?{place} ESCAPE '\\' \
             OR c.customer_id IN (SELECT id FROM customers WHERE search LIKE ?{place} ESCAPE '\\'))"
        ));
    }
    found
}

pub(in super::super) fn list(
    rows: &impl Rows,
    filter: &ConnectionFilter,
    sort: ConnectionSort,
    visible: Option<&[CustomerId]>,
    page: &PageRequest,
) -> Result<Result<Page<Connection>, InvalidCursor>, StoreError> {
    let (name, keys, order) = match sort {
        ConnectionSort::Created => ("connections", vec!["c.id"], "c.id"),
        ConnectionSort::Urgency => {
            ("connections:urgency", vec!["c.urgency", "c.since", "c.id"], "c.urgency, c.since, c.id")
        }
        ConnectionSort::Name => ("connections:name", vec!["c.search", "c.id"], "c.search, c.id"),
    };
    let mut found = conditions(filter, visible);
    if let Some(text) = &page.cursor {
        let Ok(cursor) = Cursor::decode(text, name, keys.len()) else { return Ok(Err(InvalidCursor)) };
        let places: Vec<String> = keys
            .iter()
            .zip(cursor.keys)
            .map(|(key, value)| {
                let number = matches!(*key, "c.urgency" | "c.since");
                found.values.push(if number { Value::Integer(value.parse().unwrap_or(0)) } else { Value::Text(value) });
                format!("?{}", found.values.len())
            })
            .collect();
        found.text.push(format!("({}) > ({})", keys.join(", "), places.join(", ")));
    }
    found.values.push(Value::Integer(i64::from(page.limit) + 1));
    let filter = if found.text.is_empty() { String::new() } else { format!("WHERE {}", found.text.join(" AND ")) };
    let sql = format!("SELECT {COLUMNS} {FROM} {filter} ORDER BY {order} LIMIT ?{}", found.values.len());
    let items: Result<Vec<_>, _> =
        rows.all(&sql, rusqlite::params_from_iter(found.values), row::read)?.into_iter().collect();
    Ok(Ok(cut(items?, name, sort, page)))
}

/// Cuts off the row that was read to see whether there is more, and makes the cursor of the last one kept.
fn cut(mut items: Vec<Connection>, name: &str, sort: ConnectionSort, page: &PageRequest) -> Page<Connection> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let id = last.id.to_string();
        let keys = match sort {
            ConnectionSort::Created => vec![id],
            ConnectionSort::Urgency => vec![urgency(last.status).to_string(), last.since.millis().to_string(), id],
            ConnectionSort::Name => vec![last.name.to_lowercase(), id],
        };
        Cursor { list: name.into(), keys }.encode()
    });
    Page { items, next_cursor }
}

/// How many rows a filter has, by status (for views with counts).
pub(in super::super) fn counts(
    rows: &impl Rows,
    filter: &ConnectionFilter,
    visible: Option<&[CustomerId]>,
) -> Result<Vec<(Status, i64)>, StoreError> {
    let found = conditions(filter, visible);
    let filter = if found.text.is_empty() { String::new() } else { format!("WHERE {}", found.text.join(" AND ")) };
    let sql = format!("SELECT c.status, count(*) FROM connections c {filter} GROUP BY c.status");
    let counted = rows.all(&sql, rusqlite::params_from_iter(found.values), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    Ok(counted.into_iter().filter_map(|(status, count)| Status::parse(&status).map(|status| (status, count))).collect())
}
