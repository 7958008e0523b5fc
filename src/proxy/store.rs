//! All SQL of the proxy's log, which lies in the history.

use rusqlite::{Row, params};

use super::log::{RequestFilter, RequestRow};
use crate::base::{ConnectionId, Cursor, InvalidCursor, Page, PageRequest, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const LIST: &str = "requests";
const INSERT: &str = "INSERT INTO proxy_log (id, connection_id, customer_id, at, api_key_id, api_key_name, method, path, status, code, \
     first_byte_ms, total_ms, bytes_sent, bytes_received, complete) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING";
const REQUESTS: &str = "SELECT id, connection_id, customer_id, at, api_key_id, api_key_name, method, path, status, code, first_byte_ms, \
     total_ms, bytes_sent, bytes_received, complete FROM proxy_log \
     WHERE connection_id = ?1 AND (at, id) < (?2, ?3) AND status BETWEEN ?4 AND ?5 ORDER BY at DESC, id DESC LIMIT ?6";

pub(super) fn insert(tx: &Tx<'_>, row: &RequestRow) -> Result<(), StoreError> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    tx.execute(
        INSERT,
        params![
            row.id.to_string(),
            row.connection_id.to_string(),
            row.customer_id.map(|id| id.to_string()),
            row.at.millis(),
            row.api_key_id,
            row.api_key_name,
            row.method,
            row.path,
            row.status,
            row.code,
            row.first_byte_ms,
            row.total_ms,
            whole(row.bytes_sent),
            whole(row.bytes_received),
            row.complete,
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<RequestRow>> {
    let text = |index: usize| row.get::<_, String>(index);
    let (id, connection, customer) = (text(0)?, text(1)?, row.get::<_, Option<String>>(2)?);
    let whole = |index: usize| row.get::<_, i64>(index).map(|number| u64::try_from(number).unwrap_or(0));
    let (Ok(id), Ok(connection_id)) = (id.parse(), connection.parse()) else { return Ok(None) };
    Ok(Some(RequestRow {
        id,
        connection_id,
        customer_id: customer.and_then(|customer| customer.parse().ok()),
        at: Timestamp::from_millis(row.get(3)?),
        api_key_id: row.get(4)?,
        api_key_name: row.get(5)?,
        method: text(6)?,
        path: text(7)?,
        status: row.get(8)?,
        code: row.get(9)?,
        first_byte_ms: row.get(10)?,
        total_ms: row.get(11)?,
        bytes_sent: whole(12)?,
        bytes_received: whole(13)?,
        complete: row.get(14)?,
    }))
}

/// Newest first.
pub(super) fn requests(
    rows: &impl Rows,
    connection: ConnectionId,
    filter: RequestFilter,
    page: &PageRequest,
) -> Result<Result<Page<RequestRow>, InvalidCursor>, StoreError> {
    let mut after = (i64::MAX, String::from("~"));
    if let Some(text) = &page.cursor {
        let Ok(cursor) = Cursor::decode(text, LIST, 2) else { return Ok(Err(InvalidCursor)) };
        let (Some(at), Some(id)) = (cursor.keys.first().and_then(|at| at.parse().ok()), cursor.keys.get(1)) else {
            return Ok(Err(InvalidCursor));
        };
        after = (at, id.clone());
    }
    let (from, to) = filter.statuses.unwrap_or((0, u16::MAX));
    let wanted = page.limit.saturating_add(1);
    let found = rows.all(REQUESTS, params![connection.to_string(), after.0, after.1, from, to, wanted], read)?;
    let mut items: Vec<RequestRow> = found.into_iter().flatten().collect();
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        Cursor { list: LIST.into(), keys: vec![last.at.millis().to_string(), last.id.to_string()] }.encode()
    });
    Ok(Ok(Page { items, next_cursor }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_by_its_index() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in crate::store::HISTORY_MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {REQUESTS}")).unwrap();
        let plan: Vec<String> = statement
            .query_map(params!["con_1", 9, "~", 200, 299, 5], |row| row.get(3))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let plan = plan.join("; ");
        assert!(plan.contains("proxy_log_by_connection") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
