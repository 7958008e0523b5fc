//! The SQL of events.

use std::str::FromStr;
use std::time::Duration;

use rusqlite::types::Value as Sql;
use rusqlite::{Row, params, params_from_iter};

use super::error::EventError;
use super::model::{EventFilter, EventKind, EventRow, NewEvent};
use crate::base::{Cursor, EpisodeId, EventId, InvalidCursor, Page, PageRequest, Random, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, type, at, customer_id, connection_id, data";

/// By how much an event's own time may differ from the time in its id.
const SLACK: Duration = Duration::from_secs(60);

/// No chance at all: the least id of a moment.
struct Least;

impl Random for Least {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Writes an event in the caller's transaction.
pub fn append(tx: &Tx<'_>, event: &NewEvent) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO events (id, type, at, customer_id, connection_id, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            event.id.to_string(),
            event.kind.as_str(),
            event.at.millis(),
            event.customer_id.map(|id| id.to_string()),
            event.connection_id.map(|id| id.to_string()),
            event.data.to_string()
        ],
    )?;
    Ok(())
}

/// Writes an event unless this episode has sent one of its type already; whether it was written.
pub fn append_once_per_episode(tx: &Tx<'_>, episode: EpisodeId, event: &NewEvent) -> Result<bool, StoreError> {
    let new = tx.execute(
        "INSERT INTO episode_events (episode_id, type) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![episode.to_string(), event.kind.as_str()],
    )?;
    if new == 0 {
        return Ok(false);
    }
    append(tx, event)?;
    Ok(true)
}

pub fn find(rows: &impl Rows, id: EventId) -> Result<Option<EventRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], Stored::read)?.map(Stored::check).transpose()
}

/// The type of the newest event of these types.
pub fn latest(rows: &impl Rows, kinds: &[EventKind]) -> Result<Option<EventKind>, StoreError> {
    let mut newest: Option<(String, EventKind)> = None;
    for kind in kinds {
        let id = rows.one("SELECT max(id) FROM events WHERE type = ?1", [kind.as_str()], |row| {
            row.get::<_, Option<String>>(0)
        })?;
        if let Some(id) = id.filter(|id| newest.as_ref().is_none_or(|(found, _)| found < id)) {
            newest = Some((id, *kind));
        }
    }
    Ok(newest.map(|(_, kind)| kind))
}

/// Takes away some events after an id and before a time, but none that is still needed; how many went, and the last one that
/// was looked at.
pub(super) fn forget_older(
    tx: &Tx<'_>,
    after: &str,
    before: Timestamp,
    most: usize,
) -> Result<(usize, Option<String>), StoreError> {
    let end = EventId::new(before, &Least).to_string();
    let sql = "SELECT id FROM events WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = tx.all(sql, params![after, end, most], |row| row.get::<_, String>(0))?;
    let mut gone = 0_usize;
    for id in &found {
        gone = gone.saturating_add(tx.execute("DELETE FROM events WHERE id = ?1", [id])?);
    }
    Ok((gone, found.into_iter().next_back()))
}

/// The same for what episodes have told: those that last are still needed.
pub(super) fn forget_episodes(
    tx: &Tx<'_>,
    after: &str,
    before: Timestamp,
    most: usize,
) -> Result<Option<String>, StoreError> {
    let end = EpisodeId::new(before, &Least).to_string();
    let sql = "SELECT DISTINCT episode_id FROM episode_events WHERE episode_id > ?1 AND episode_id < ?2
               ORDER BY episode_id LIMIT ?3";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = tx.all(sql, params![after, end, most], |row| row.get::<_, String>(0))?;
    for id in &found {
        tx.execute("DELETE FROM episode_events WHERE episode_id = ?1", [id])?;
    }
    Ok(found.into_iter().next_back())
}

/// Newest first.
pub fn list(rows: &impl Rows, filter: &EventFilter, page: &PageRequest) -> Result<Page<EventRow>, EventError> {
    const LIST: &str = "events";
    let before = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.into_iter().next().ok_or(InvalidCursor)?,
        // Above every id.
        None => "f".to_owned(),
    };
    let (conditions, values) = conditions(filter, before);
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE {} ORDER BY id DESC LIMIT {}",
        conditions.join(" AND "),
        limit.saturating_add(1)
    );
    let mut found = rows.all(&sql, params_from_iter(values), Stored::read)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor =
        found.last().filter(|_| more).map(|last| Cursor { list: LIST.into(), keys: vec![last.id.clone()] }.encode());
    let items = found.into_iter().map(Stored::check).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}

fn conditions(filter: &EventFilter, before: String) -> (Vec<String>, Vec<Sql>) {
    let mut conditions = vec!["id < ?".to_owned()];
    let mut values = vec![Sql::Text(before)];
    let mut and = |condition: String, found: Vec<Sql>| {
        conditions.push(condition);
        values.extend(found);
    };
    let places = |count: usize| vec!["?"; count].join(", ");
    if !filter.kinds.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| kind.as_str().to_owned().into()).collect();
        and(format!("type IN ({})", places(filter.kinds.len())), kinds);
    }
    if let Some(customer) = filter.customer_id {
        and("customer_id = ?".into(), vec![customer.to_string().into()]);
    }
    if let Some(connection) = filter.connection_id {
        and("connection_id = ?".into(), vec![connection.to_string().into()]);
    }
    if let Some(customers) = &filter.customers {
        let ids = customers.iter().map(|id| id.to_string().into()).collect();
        and(format!("customer_id IN ({})", places(customers.len())), ids);
    }
    if let Some(from) = filter.from {
        // Ids begin with the time: the walk down the list ends a little before, not at the beginning of all time.
        let least = EventId::new(from.minus(SLACK), &Least).to_string();
        and("at >= ? AND id >= ?".into(), vec![from.millis().into(), least.into()]);
    }
    if let Some(to) = filter.to {
        and("at < ?".into(), vec![to.millis().into()]);
    }
    if let Some(word) = filter.q.as_deref().map(str::trim).filter(|word| !word.is_empty()) {
        // A link that answers hide from those who may not use it must not be found letter by letter either.
        and(
            "instr(lower(type || ' ' || json_remove(data, '$.reconnect_url')), ?) > 0".into(),
            vec![word.to_lowercase().into()],
        );
    }
    (conditions, values)
}

struct Stored {
    id: String,
    kind: String,
    at: i64,
    customer_id: Option<String>,
    connection_id: Option<String>,
    data: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            at: row.get(2)?,
            customer_id: row.get(3)?,
            connection_id: row.get(4)?,
            data: row.get(5)?,
        })
    }

    fn check(self) -> Result<EventRow, StoreError> {
        fn id<T: FromStr>(text: &str) -> Result<T, StoreError> {
            text.parse().map_err(|_| StoreError::Unreadable(format!("the id {text} of an event")))
        }
        Ok(EventRow {
            id: id(&self.id)?,
            kind: EventKind::parse(&self.kind)
                .ok_or_else(|| StoreError::Unreadable(format!("the type {} of event {}", self.kind, self.id)))?,
            at: Timestamp::from_millis(self.at),
            customer_id: self.customer_id.as_deref().map(id).transpose()?,
            connection_id: self.connection_id.as_deref().map(id).transpose()?,
            data: serde_json::from_str(&self.data)
                .map_err(|_| StoreError::Unreadable(format!("the data of event {}", self.id)))?,
        })
    }
}
