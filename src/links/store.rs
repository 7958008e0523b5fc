//! The SQL of links.

use rusqlite::{Row, params};

use super::model::{End, Link, Purpose};
use crate::base::{ConnectionId, LinkId, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, connection_id, customer_id, purpose, episode_id, change_base_url, created_by, created_at, expires_at, \
     ended_at, ended_by";

pub fn find(rows: &impl Rows, id: LinkId) -> Result<Option<Link>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], read)?.transpose()
}

/// Newest first; a connection has few.
pub fn of_connection(rows: &impl Rows, connection: ConnectionId) -> Result<Vec<Link>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE connection_id = ?1 ORDER BY id DESC LIMIT 200");
    rows.all(&sql, [connection.to_string()], read)?.into_iter().collect()
}

pub(super) fn live(rows: &impl Rows) -> Result<Vec<Link>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE ended_at IS NULL");
    rows.all(&sql, [], read)?.into_iter().collect()
}

pub(super) fn live_of(
    rows: &impl Rows,
    connection: ConnectionId,
    purpose: Purpose,
) -> Result<Option<Link>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM links WHERE connection_id = ?1 AND purpose = ?2 AND ended_at IS NULL");
    rows.optional(&sql, [connection.to_string().as_str(), purpose.as_str()], read)?.transpose()
}

pub(super) fn insert(tx: &Tx<'_>, link: &Link) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO links (id, connection_id, customer_id, purpose, episode_id, change_base_url, created_by, created_at, \
         expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            link.id.to_string(),
            link.connection_id.to_string(),
            link.customer_id.to_string(),
            link.purpose.as_str(),
            link.episode_id.map(|id| id.to_string()),
            link.change_base_url,
            link.created_by,
            link.created_at.millis(),
            link.expires_at.millis(),
        ],
    )?;
    Ok(())
}

/// Writes what may change while it lives.
pub(super) fn save(tx: &Tx<'_>, link: &Link) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE links SET episode_id = ?2, change_base_url = ?3, expires_at = ?4 WHERE id = ?1",
        params![
            link.id.to_string(),
            link.episode_id.map(|id| id.to_string()),
            link.change_base_url,
            link.expires_at.millis()
        ],
    )?;
    Ok(())
}

pub(super) fn end(tx: &Tx<'_>, id: LinkId, end: End, at: Timestamp) -> Result<bool, StoreError> {
    let ended = tx.execute(
        "UPDATE links SET ended_at = ?2, ended_by = ?3 WHERE id = ?1 AND ended_at IS NULL",
        params![id.to_string(), at.millis(), end.as_str()],
    )?;
    Ok(ended > 0)
}

pub(super) fn end_all(tx: &Tx<'_>, connection: ConnectionId, end: End, at: Timestamp) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE links SET ended_at = ?2, ended_by = ?3 WHERE connection_id = ?1 AND ended_at IS NULL",
        params![connection.to_string(), at.millis(), end.as_str()],
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Link, StoreError>> {
    let ids: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (purpose, episode): (String, Option<String>) = (row.get(3)?, row.get(4)?);
    let ended: (Option<i64>, Option<String>) = (row.get(9)?, row.get(10)?);
    let change_base_url = row.get(5)?;
    let created_by = row.get(6)?;
    let (created_at, expires_at) = (Timestamp::from_millis(row.get(7)?), Timestamp::from_millis(row.get(8)?));
    let whole = || -> Option<Link> {
        Some(Link {
            id: ids.0.parse().ok()?,
            connection_id: ids.1.parse().ok()?,
            customer_id: ids.2.parse().ok()?,
            purpose: Purpose::parse(&purpose)?,
            episode_id: match episode {
                Some(text) => Some(text.parse().ok()?),
                None => None,
            },
            change_base_url,
            created_by,
            created_at,
            expires_at,
            ended: match ended {
                (Some(at), Some(by)) => Some((End::parse(&by)?, Timestamp::from_millis(at))),
                _ => None,
            },
        })
    };
    Ok(whole().ok_or_else(|| StoreError::Unreadable(format!("the link {} cannot be read", ids.0))))
}
