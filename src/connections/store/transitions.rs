//! Decision records: written once, never changed.

use std::collections::HashMap;

use rusqlite::{Row, params};

use super::super::model::Transition;
use crate::base::{ConnectionId, Cursor, FaultScope, InvalidCursor, Page, PageRequest, Reason, Status, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, connection_id, at, before_status, before_reason, status, reason, fault_scope, message, rule, rule_name, \
     source, actor_name, episode_id, event_id, generation, record";

/// The last change before the time is found through the index, for each connection by itself.
const STATUSES_OF: &str = "SELECT t.connection_id, t.at, t.status FROM json_each(?1) wanted CROSS JOIN transitions t \
     WHERE t.connection_id = wanted.value AND t.at >= coalesce((SELECT max(b.at) FROM transitions b \
     WHERE b.connection_id = wanted.value AND b.at < ?2), ?2) ORDER BY wanted.key, t.at, t.id";
const CHANGES: &str = "SELECT connection_id, at, before_status, status FROM transitions WHERE at >= ?1 ORDER BY at DESC, id DESC LIMIT ?2";

/// The last one before the moment stays, for each connection: it says how things were then.
const PRUNE: &str = "DELETE FROM transitions WHERE id IN (SELECT t.id FROM transitions t WHERE t.at < ?1 AND EXISTS ( \
     SELECT 1 FROM transitions n WHERE n.connection_id = t.connection_id AND (n.at, n.id) > (t.at, t.id) AND n.at < ?1) \
     ORDER BY t.at, t.id LIMIT 1000)";

/// Takes away at most 1,000 decision records from before a moment; how many.
pub(in super::super) fn prune_transitions(tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    tx.execute(PRUNE, [before.millis()])
}

pub(in super::super) fn insert_transition(tx: &Tx<'_>, transition: &Transition) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO transitions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    );
    tx.execute(
        &sql,
        params![
            transition.id.to_string(),
            transition.connection_id.to_string(),
            transition.at.millis(),
            transition.before_status.map(|status| status.as_str()),
            transition.before_reason.map(|reason| reason.as_str()),
            transition.status.as_str(),
            transition.reason.map(|reason| reason.as_str()),
            transition.fault_scope.map(|scope| scope.as_str()),
            transition.message,
            transition.rule,
            transition.rule_name,
            transition.source,
            transition.actor_name,
            transition.episode_id.map(|id| id.to_string()),
            transition.event_id.map(|id| id.to_string()),
            transition.generation,
            transition.record.to_string(),
        ],
    )?;
    Ok(())
}

/// The demo's past never was; each of its records says so.
pub(in super::super) fn mark_made_up(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE transitions SET record = json_set(record, '$.made_up', json('true')) WHERE at < ?1",
        [before.millis()],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Transition, StoreError>> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe = |index: usize| row.get::<_, Option<String>>(index);
    let (id, connection, status, record) = (text(0)?, text(1)?, text(5)?, text(16)?);
    let parts = (maybe(3)?, maybe(4)?, maybe(6)?, maybe(7)?, maybe(13)?, maybe(14)?);
    let (before_status, before_reason, reason, fault_scope, episode, event) = parts;
    let at = Timestamp::from_millis(row.get(2)?);
    let (message, rule, rule_name, source, actor_name) = (text(8)?, row.get(9)?, text(10)?, text(11)?, text(12)?);
    let generation = row.get(15)?;
    let build = || -> Option<Transition> {
        Some(Transition {
            id: id.parse().ok()?,
            connection_id: connection.parse().ok()?,
            at,
            before_status: before_status.as_deref().and_then(Status::parse),
            before_reason: before_reason.as_deref().and_then(Reason::parse),
            status: Status::parse(&status)?,
            reason: reason.as_deref().and_then(Reason::parse),
            fault_scope: fault_scope.as_deref().and_then(FaultScope::parse),
            message,
            rule,
            rule_name,
            source,
            actor_name,
            episode_id: episode.as_deref().and_then(|text| text.parse().ok()),
            event_id: event.as_deref().and_then(|text| text.parse().ok()),
            generation,
            record: serde_json::from_str(&record).unwrap_or_default(),
        })
    };
    Ok(build().ok_or_else(|| StoreError::Unreadable(format!("decision record {id}"))))
}

pub(in super::super) fn transition(rows: &impl Rows, id: &str) -> Result<Option<Transition>, StoreError> {
    rows.optional(&format!("SELECT {COLUMNS} FROM transitions WHERE id = ?1"), [id], read)?.transpose()
}

/// Newest first.
pub(in super::super) fn list_transitions(
    rows: &impl Rows,
    connection: ConnectionId,
    page: &PageRequest,
) -> Result<Result<Page<Transition>, InvalidCursor>, StoreError> {
    const LIST: &str = "transitions";
    let (at, id) = match &page.cursor {
        None => (i64::MAX, String::new()),
        Some(text) => match Cursor::decode(text, LIST, 2).map(|cursor| cursor.keys) {
            Ok(keys) => match keys.as_slice() {
                [at, id] => match at.parse() {
                    Ok(at) => (at, id.clone()),
                    Err(_) => return Ok(Err(InvalidCursor)),
                },
                _ => return Ok(Err(InvalidCursor)),
            },
            Err(error) => return Ok(Err(error)),
        },
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM transitions WHERE connection_id = ?1 AND (at, id) < (?2, ?3) ORDER BY at DESC, id DESC LIMIT ?4"
    );
    let limit = page.limit.saturating_add(1);
    let found: Result<Vec<_>, _> =
        rows.all(&sql, params![connection.to_string(), at, id, limit], read)?.into_iter().collect();
    let mut items = found?;
    let more = items.len() > usize::try_from(page.limit).unwrap_or(usize::MAX);
    items.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    let next_cursor = items.last().filter(|_| more).map(|last| {
        Cursor { list: LIST.into(), keys: vec![last.at.millis().to_string(), last.id.to_string()] }.encode()
    });
    Ok(Ok(Page { items, next_cursor }))
}

/// Newest first, of all connections.
pub(in super::super) fn latest_transitions(rows: &impl Rows, limit: u32) -> Result<Vec<Transition>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM transitions ORDER BY at DESC, id DESC LIMIT ?1");
    rows.all(&sql, [limit], read)?.into_iter().collect()
}

/// A change of status, without its proof: `(connection, at, status)`, oldest first, from a time on. The last one before that
/// time comes too, so that the status at its beginning is known.
pub(in super::super) fn transitions_between(
    rows: &impl Rows,
    connection: ConnectionId,
    from: Timestamp,
) -> Result<Vec<(Timestamp, Status)>, StoreError> {
    let read = |row: &Row<'_>| {
        let status: String = row.get(1)?;
        Ok((Timestamp::from_millis(row.get(0)?), Status::parse(&status)))
    };
    let id = connection.to_string();
    let mut found = rows.all(
        "SELECT at, status FROM transitions WHERE connection_id = ?1 AND at < ?2 ORDER BY at DESC, id DESC LIMIT 1",
        params![id, from.millis()],
        read,
    )?;
    found.extend(rows.all(
        "SELECT at, status FROM transitions WHERE connection_id = ?1 AND at >= ?2 ORDER BY at, id",
        params![id, from.millis()],
        read,
    )?);
    Ok(found.into_iter().filter_map(|(at, status)| status.map(|status| (at, status))).collect())
}

/// The same for many connections in one query.
pub(in super::super) fn transitions_of(
    rows: &impl Rows,
    connections: &[ConnectionId],
    from: Timestamp,
) -> Result<HashMap<ConnectionId, Vec<(Timestamp, Status)>>, StoreError> {
    let names: Vec<String> = connections.iter().map(ToString::to_string).collect();
    let mut found: HashMap<ConnectionId, Vec<(Timestamp, Status)>> =
        connections.iter().map(|id| (*id, Vec::new())).collect();
    let names = serde_json::to_string(&names).unwrap_or_default();
    rows.all(STATUSES_OF, params![names, from.millis()], |row| {
        let (id, status): (String, String) = (row.get(0)?, row.get(2)?);
        if let (Ok(id), Some(status)) = (id.parse(), Status::parse(&status)) {
            found.entry(id).or_default().push((Timestamp::from_millis(row.get(1)?), status));
        }
        Ok(())
    })?;
    Ok(found)
}

/// A change of status: the connection, when, from which (none at its beginning), to which.
type ChangeRow = (String, Timestamp, Option<Status>, Status);

/// All changes of status from a time on, the latest `limit` of them, oldest first.
pub(in super::super) fn changes_since(
    rows: &impl Rows,
    from: Timestamp,
    limit: u32,
) -> Result<Vec<ChangeRow>, StoreError> {
    let read = |row: &Row<'_>| {
        let (before, after): (Option<String>, String) = (row.get(2)?, row.get(3)?);
        let at = Timestamp::from_millis(row.get(1)?);
        let before = before.as_deref().and_then(Status::parse);
        Ok((row.get::<_, String>(0)?, at, before, Status::parse(&after).unwrap_or(Status::Pending)))
    };
    // The latest are kept where there are too many: who walks back from now may lack the beginning, not the end.
    let mut found = rows.all(CHANGES, params![from.millis(), limit], read)?;
    found.reverse();
    Ok(found)
}

#[cfg(test)]
mod tests;
