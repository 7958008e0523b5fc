//! All SQL of the history.

use rusqlite::{Row, params};

use super::CheckRow;
use super::rollup::Grain;
use super::tally::{Sample, Tally, merge};
use crate::base::{ConnectionId, Cursor, InvalidCursor, Page, PageRequest, Reason, Status, Timestamp};
use crate::store::{Rows, StoreError, Tx};
use crate::upstream::Timing;

/// Response times of one slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Point {
    pub at: Timestamp,
    pub checks: u32,
    pub good: u32,
    /// Place of the worst status in the order of urgency.
    pub worst: u32,
    pub p50_ms: Option<u32>,
    pub p95_ms: Option<u32>,
    pub p99_ms: Option<u32>,
    pub max_ms: Option<u32>,
}

impl Point {
    /// A point that nobody measured, for the demo: `times` are p50, p95, p99 and the longest.
    pub fn made_up(at: Timestamp, checks: u32, good: u32, worst: Status, times: Option<[u32; 4]>) -> Self {
        let [p50_ms, p95_ms, p99_ms, max_ms] = times.map_or([None; 4], |times| times.map(Some));
        Self { at, checks, good, worst: place(worst.as_str()), p50_ms, p95_ms, p99_ms, max_ms }
    }
}

const COLUMNS: &str = "id, connection_id, at, source, ok, status, reason, rule, rule_name, http_status, dns_ms, connect_ms, tls_ms, \
     first_byte_ms, total_ms";
const LIST: &str = "checks";
const SAMPLES: &str = "SELECT connection_id, at, ok, status, total_ms FROM checks WHERE at >= ?1 AND at < ?2";
const SAMPLES_OF: &str =
    "SELECT connection_id, at, ok, status, total_ms FROM checks WHERE connection_id = ?1 AND at >= ?2";
const FIRST_CHECK: &str = "SELECT min(at) FROM checks WHERE at >= ?1";
const FIRST_ROLLUP: &str = "SELECT min(bucket) FROM rollups WHERE resolution = ?1 AND bucket >= ?2";
const ROLLUPS: &str = "SELECT bucket, checks, good, worst, p50_ms, p95_ms, p99_ms, max_ms, connection_id FROM rollups \
     WHERE resolution = ?1 AND bucket >= ?2 AND bucket < ?3";
const ROLLUPS_OF: &str = "SELECT bucket, checks, good, worst, p50_ms, p95_ms, p99_ms, max_ms FROM rollups \
     WHERE connection_id = ?1 AND resolution = ?2 AND bucket >= ?3 ORDER BY bucket";
const PRUNE_CHECKS: &str = "DELETE FROM checks WHERE rowid IN (SELECT rowid FROM checks WHERE at < ?1 LIMIT 5000)";
const PRUNE_ROLLUPS: &str = "DELETE FROM rollups WHERE (connection_id, resolution, bucket) IN \
     (SELECT connection_id, resolution, bucket FROM rollups WHERE resolution = ?1 AND bucket < ?2 LIMIT 5000)";
const PRUNE_PROXY_LOG: &str =
    "DELETE FROM proxy_log WHERE rowid IN (SELECT rowid FROM proxy_log WHERE at < ?1 LIMIT 5000)";

fn list_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM checks WHERE connection_id = ?1 AND (at, id) < (?2, ?3) AND ok IN (?4, ?5) \
         ORDER BY at DESC, id DESC LIMIT ?6"
    )
}

pub(super) fn insert_check(tx: &Tx<'_>, row: &CheckRow) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO checks ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
         ON CONFLICT DO NOTHING"
    );
    tx.execute(
        &sql,
        params![
            row.id.to_string(),
            row.connection_id.to_string(),
            row.at.millis(),
            row.source,
            row.ok,
            row.status.as_str(),
            row.reason.map(|reason| reason.as_str()),
            row.rule,
            row.rule_name,
            row.http_status,
            row.timing.dns_ms,
            row.timing.connect_ms,
            row.timing.tls_ms,
            row.timing.first_byte_ms,
            row.timing.total_ms,
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<CheckRow>> {
    let text = |index: usize| row.get::<_, String>(index);
    let (id, connection, status) = (text(0)?, text(1)?, text(5)?);
    let reason = row.get::<_, Option<String>>(6)?;
    let timing = Timing {
        dns_ms: row.get(10)?,
        connect_ms: row.get(11)?,
        tls_ms: row.get(12)?,
        first_byte_ms: row.get(13)?,
        total_ms: row.get::<_, Option<u32>>(14)?.unwrap_or(0),
    };
    let at = Timestamp::from_millis(row.get(2)?);
    let (source, ok, rule, rule_name, http_status) = (text(3)?, row.get(4)?, row.get(7)?, text(8)?, row.get(9)?);
    let build = || -> Option<CheckRow> {
        Some(CheckRow {
            id: id.parse().ok()?,
            connection_id: connection.parse().ok()?,
            at,
            source,
            ok,
            status: Status::parse(&status)?,
            reason: reason.as_deref().and_then(Reason::parse),
            rule,
            rule_name,
            http_status,
            timing,
        })
    };
    Ok(build())
}

/// Newest first.
pub(super) fn checks(
    rows: &impl Rows,
    connection: ConnectionId,
    ok: Option<bool>,
    page: &PageRequest,
) -> Result<Result<Page<CheckRow>, InvalidCursor>, StoreError> {
    let mut after = (i64::MAX, String::from("~"));
    if let Some(text) = &page.cursor {
        let Ok(cursor) = Cursor::decode(text, LIST, 2) else { return Ok(Err(InvalidCursor)) };
        let (Some(at), Some(id)) = (cursor.keys.first().and_then(|at| at.parse().ok()), cursor.keys.get(1)) else {
            return Ok(Err(InvalidCursor));
        };
        after = (at, id.clone());
    }
    let wanted = page.limit.saturating_add(1);
    let found = rows.all(
        &list_sql(),
        params![connection.to_string(), after.0, after.1, ok.unwrap_or(false), ok.unwrap_or(true), wanted],
        read,
    )?;
    let mut items: Vec<CheckRow> = found.into_iter().flatten().collect();
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        Cursor { list: LIST.into(), keys: vec![last.at.millis().to_string(), last.id.to_string()] }.encode()
    });
    Ok(Ok(Page { items, next_cursor }))
}

/// Every check of a time, of all connections, as it comes.
pub(super) fn each_sample(
    rows: &impl Rows,
    from: i64,
    to: i64,
    take: &mut dyn FnMut(Sample<'_>),
) -> Result<(), StoreError> {
    rows.all(SAMPLES, params![from, to], |row| pass_on(row, take))?;
    Ok(())
}

fn pass_on(row: &Row<'_>, take: &mut dyn FnMut(Sample<'_>)) -> rusqlite::Result<()> {
    let status = row.get_ref(3)?.as_str()?;
    take(Sample {
        connection: row.get_ref(0)?.as_str()?,
        at: row.get(1)?,
        ok: row.get(2)?,
        worst: place(status),
        total_ms: row.get(4)?,
    });
    Ok(())
}

/// Place of a status in the order of urgency.
pub(super) fn place(status: &str) -> u32 {
    Status::ALL
        .iter()
        .position(|found| found.as_str() == status)
        .and_then(|place| u32::try_from(place).ok())
        .unwrap_or(99)
}

pub(super) fn first_check_from(rows: &impl Rows, from: i64) -> Result<Option<i64>, StoreError> {
    rows.one(FIRST_CHECK, [from], |row| row.get(0))
}

pub(super) fn first_rollup_from(rows: &impl Rows, resolution: i64, from: i64) -> Result<Option<i64>, StoreError> {
    rows.one(FIRST_ROLLUP, [resolution, from], |row| row.get(0))
}

/// Takes the marks back to a time, because older checks came.
pub(super) fn rewind_marks(tx: &Tx<'_>, to: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE rollup_marks SET upto = min(upto, ?1 / (resolution * 1000) * (resolution * 1000))", [to])?;
    Ok(())
}

pub(super) fn mark(rows: &impl Rows, resolution: i64) -> Result<Option<i64>, StoreError> {
    rows.optional("SELECT upto FROM rollup_marks WHERE resolution = ?1", [resolution], |row| row.get(0))
}

pub(super) fn set_mark(tx: &Tx<'_>, resolution: i64, upto: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO rollup_marks (resolution, upto) VALUES (?1, ?2) ON CONFLICT (resolution) DO UPDATE SET upto = ?2",
        [resolution, upto],
    )?;
    Ok(())
}

pub(super) fn insert_rollup(tx: &Tx<'_>, connection: &str, resolution: i64, point: &Point) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO rollups (connection_id, resolution, bucket, checks, good, worst, p50_ms, p95_ms, p99_ms, max_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (connection_id, resolution, bucket) DO UPDATE SET \
         checks = ?4, good = ?5, worst = ?6, p50_ms = ?7, p95_ms = ?8, p99_ms = ?9, max_ms = ?10",
        params![
            connection,
            resolution,
            point.at.millis(),
            point.checks,
            point.good,
            point.worst,
            point.p50_ms,
            point.p95_ms,
            point.p99_ms,
            point.max_ms,
        ],
    )?;
    Ok(())
}

fn read_point(row: &Row<'_>) -> rusqlite::Result<Point> {
    Ok(Point {
        at: Timestamp::from_millis(row.get(0)?),
        checks: row.get(1)?,
        good: row.get(2)?,
        worst: row.get(3)?,
        p50_ms: row.get(4)?,
        p95_ms: row.get(5)?,
        p99_ms: row.get(6)?,
        max_ms: row.get(7)?,
    })
}

/// Roll-ups of a time, of all connections.
pub(super) fn rollups(
    rows: &impl Rows,
    resolution: i64,
    from: i64,
    to: i64,
) -> Result<Vec<(String, Point)>, StoreError> {
    rows.all(ROLLUPS, [resolution, from, to], |row| Ok((row.get(8)?, read_point(row)?)))
}

/// Points straight from the checks of one connection.
pub(super) fn points_of_checks(
    rows: &impl Rows,
    connection: ConnectionId,
    from: i64,
    width: i64,
) -> Result<Vec<Point>, StoreError> {
    let mut tally = Tally::new(width);
    rows.all(SAMPLES_OF, params![connection.to_string(), from], |row| pass_on(row, &mut |sample| tally.add(&sample)))?;
    Ok(tally.points().into_iter().map(|(_, point)| point).collect())
}

/// The hours of one connection, and what came since the last one that is summed up, in wider slots.
pub(super) fn points_of_hours(
    rows: &impl Rows,
    connection: ConnectionId,
    from: i64,
    width: i64,
) -> Result<Vec<Point>, StoreError> {
    let hour = Grain::Hour;
    let mut points = rows.all(ROLLUPS_OF, params![connection.to_string(), hour.seconds(), from], read_point)?;
    let summed = mark(rows, hour.seconds())?.unwrap_or(from).max(from);
    points.retain(|point| point.at.millis() < summed);
    points.extend(points_of_checks(rows, connection, summed, hour.millis())?);
    let named: Vec<(String, Point)> = points.into_iter().map(|point| (String::new(), point)).collect();
    Ok(merge(&named, width).into_iter().map(|(_, point)| point).collect())
}

/// Takes away at most 5,000 old checks; how many.
pub(super) fn prune_checks(tx: &Tx<'_>, before: i64) -> Result<usize, StoreError> {
    tx.execute(PRUNE_CHECKS, [before])
}

pub(super) fn prune_rollups(tx: &Tx<'_>, resolution: i64, before: i64) -> Result<usize, StoreError> {
    tx.execute(PRUNE_ROLLUPS, [resolution, before])
}

pub(super) fn prune_proxy_log(tx: &Tx<'_>, before: i64) -> Result<usize, StoreError> {
    tx.execute(PRUNE_PROXY_LOG, [before])
}

#[cfg(test)]
mod tests;
