//! The SQL of deliveries.

use rusqlite::types::Value as Sql;
use rusqlite::{Row, params, params_from_iter};

use super::{parsed, unreadable};
use crate::base::{Cursor, DeliveryId, EndpointId, EventId, InvalidCursor, Page, PageRequest, Timestamp};
use crate::events::EventKind;
use crate::store::{Rows, StoreError, Tx};
use crate::webhooks::error::WebhookError;
use crate::webhooks::model::{Delivery, DeliveryFilter, DeliveryStatus};

const COLUMNS: &str = "id, endpoint_id, event_id, event_type, status, round_tries, round_first_at, tries, \
                       next_try_at, last_outcome, created_at, finished_at";

const DUE: &str =
    "SELECT id FROM webhook_deliveries WHERE endpoint_id = ?1 AND next_try_at <= ?2 ORDER BY next_try_at LIMIT ?3";
const ANYTHING_DUE: &str = "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE next_try_at <= ?1)";
const BACKLOG: &str = "SELECT count(*), min(created_at) FROM webhook_deliveries WHERE next_try_at IS NOT NULL";
const WAITING: &str =
    "SELECT count(*), min(next_try_at) FROM webhook_deliveries WHERE endpoint_id = ?1 AND next_try_at IS NOT NULL";
const COUNTS: &str = "SELECT status, count(*) FROM webhook_deliveries WHERE endpoint_id = ?1 GROUP BY status";
const PRUNE: &str = "DELETE FROM webhook_deliveries WHERE id IN
             (SELECT id FROM webhook_deliveries WHERE finished_at IS NOT NULL AND finished_at < ?1 LIMIT ?2)";

/// A new delivery; an event that has one to this endpoint keeps it. Whether it was written.
pub(in super::super) fn insert(tx: &Tx<'_>, delivery: &Delivery) -> Result<bool, StoreError> {
    let new = tx.execute(
        "INSERT INTO webhook_deliveries (id, endpoint_id, event_id, event_type, status, next_try_at, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (endpoint_id, event_id) DO NOTHING",
        params![
            delivery.id.to_string(),
            delivery.endpoint_id.to_string(),
            delivery.event_id.to_string(),
            delivery.event_type.as_str(),
            delivery.status.as_str(),
            delivery.next_try_at.map(Timestamp::millis),
            delivery.created_at.millis(),
        ],
    )?;
    Ok(new > 0)
}

pub(in super::super) fn save(tx: &Tx<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
    tx.execute(
        "UPDATE webhook_deliveries SET status = ?2, round_tries = ?3, round_first_at = ?4, tries = ?5,
             next_try_at = ?6, last_outcome = ?7, finished_at = ?8
         WHERE id = ?1",
        params![
            delivery.id.to_string(),
            delivery.status.as_str(),
            delivery.round_tries,
            millis(delivery.round_first_at),
            delivery.tries,
            millis(delivery.next_try_at),
            delivery.last_outcome,
            millis(delivery.finished_at),
        ],
    )?;
    Ok(())
}

/// Whatever waits for an endpoint fails, with this sentence; how many.
pub(in super::super) fn give_up(
    tx: &Tx<'_>,
    endpoint: EndpointId,
    outcome: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE webhook_deliveries SET status = 'failed', next_try_at = NULL, last_outcome = ?2, finished_at = ?3
         WHERE endpoint_id = ?1 AND next_try_at IS NOT NULL",
        params![endpoint.to_string(), outcome, now.millis()],
    )
}

pub(in super::super) fn find(rows: &impl Rows, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], Stored::read)?.map(Stored::check).transpose()
}

pub(in super::super) fn of_event(
    rows: &impl Rows,
    endpoint: EndpointId,
    event: EventId,
) -> Result<Option<Delivery>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries WHERE endpoint_id = ?1 AND event_id = ?2");
    let found = rows.optional(&sql, [endpoint.to_string(), event.to_string()], Stored::read)?;
    found.map(Stored::check).transpose()
}

/// What is due at an endpoint, longest first.
pub(in super::super) fn due(
    rows: &impl Rows,
    endpoint: EndpointId,
    now: Timestamp,
    most: usize,
) -> Result<Vec<DeliveryId>, StoreError> {
    let ids: Vec<String> =
        rows.all(DUE, params![endpoint.to_string(), now.millis(), i64::try_from(most).unwrap_or(i64::MAX)], |row| {
            row.get(0)
        })?;
    ids.iter().map(|id| parsed(id)).collect()
}

/// Whether anything is due anywhere.
pub(in super::super) fn anything_due(rows: &impl Rows, now: Timestamp) -> Result<bool, StoreError> {
    rows.one(ANYTHING_DUE, [now.millis()], |row| row.get(0))
}

/// How many wait, and since when the oldest of them does.
pub(in super::super) fn backlog(rows: &impl Rows) -> Result<(i64, Option<Timestamp>), StoreError> {
    rows.one(BACKLOG, [], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis))))
}

/// How many wait for an endpoint, and when the next of them is due.
pub(in super::super) fn waiting(
    rows: &impl Rows,
    endpoint: EndpointId,
) -> Result<(i64, Option<Timestamp>), StoreError> {
    rows.one(WAITING, [endpoint.to_string()], |row| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis)))
    })
}

/// How many there are of each status.
pub(in super::super) fn counts(
    rows: &impl Rows,
    endpoint: EndpointId,
) -> Result<Vec<(DeliveryStatus, i64)>, StoreError> {
    let found: Vec<(String, i64)> = rows.all(COUNTS, [endpoint.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.into_iter().filter_map(|(word, count)| Some((DeliveryStatus::parse(&word)?, count))).collect())
}

/// What was finished before goes, with its tries; at most `most` of them.
pub(in super::super) fn prune(tx: &Tx<'_>, before: Timestamp, most: usize) -> Result<usize, StoreError> {
    tx.execute(PRUNE, params![before.millis(), i64::try_from(most).unwrap_or(i64::MAX)])
}

fn list_sql(filter: &DeliveryFilter, before: String, limit: usize) -> (String, Vec<Sql>) {
    let mut conditions = vec!["id < ?".to_owned()];
    let mut values = vec![Sql::Text(before)];
    let mut and = |condition: &str, value: String| {
        conditions.push(condition.to_owned());
        values.push(Sql::Text(value));
    };
    if let Some(endpoint) = filter.endpoint_id {
        and("endpoint_id = ?", endpoint.to_string());
    }
    if let Some(event) = filter.event_id {
        and("event_id = ?", event.to_string());
    }
    if let Some(status) = filter.status {
        and("status = ?", status.as_str().to_owned());
    }
    if !filter.event_types.is_empty() {
        conditions.push(format!("event_type IN ({})", vec!["?"; filter.event_types.len()].join(", ")));
        values.extend(filter.event_types.iter().map(|kind| Sql::Text(kind.as_str().to_owned())));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_deliveries WHERE {} ORDER BY id DESC LIMIT {limit}",
        conditions.join(" AND ")
    );
    (sql, values)
}

/// Newest first.
pub(in super::super) fn list(
    rows: &impl Rows,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Delivery>, WebhookError> {
    const LIST: &str = "webhook_deliveries";
    let before = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.into_iter().next().ok_or(InvalidCursor)?,
        // Above every id.
        None => "x".to_owned(),
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let (sql, values) = list_sql(filter, before, limit.saturating_add(1));
    let mut found = rows.all(&sql, params_from_iter(values), Stored::read)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor =
        found.last().filter(|_| more).map(|last| Cursor { list: LIST.into(), keys: vec![last.id.clone()] }.encode());
    let items = found.into_iter().map(Stored::check).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}

struct Stored {
    id: String,
    endpoint_id: String,
    event_id: String,
    event_type: String,
    status: String,
    round_tries: u32,
    round_first_at: Option<i64>,
    tries: u32,
    next_try_at: Option<i64>,
    last_outcome: Option<String>,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            endpoint_id: row.get(1)?,
            event_id: row.get(2)?,
            event_type: row.get(3)?,
            status: row.get(4)?,
            round_tries: row.get(5)?,
            round_first_at: row.get(6)?,
            tries: row.get(7)?,
            next_try_at: row.get(8)?,
            last_outcome: row.get(9)?,
            created_at: row.get(10)?,
            finished_at: row.get(11)?,
        })
    }

    fn check(self) -> Result<Delivery, StoreError> {
        let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
        Ok(Delivery {
            id: parsed(&self.id)?,
            endpoint_id: parsed(&self.endpoint_id)?,
            event_id: parsed(&self.event_id)?,
            event_type: EventKind::parse(&self.event_type).ok_or_else(|| unreadable("event type", &self.id))?,
            status: DeliveryStatus::parse(&self.status).ok_or_else(|| unreadable("status", &self.id))?,
            round_tries: self.round_tries,
            round_first_at: time(self.round_first_at),
            tries: self.tries,
            next_try_at: time(self.next_try_at),
            last_outcome: self.last_outcome,
            created_at: Timestamp::from_millis(self.created_at),
            finished_at: time(self.finished_at),
        })
    }
}

#[cfg(test)]
mod tests;
