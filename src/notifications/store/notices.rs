//! Events on their way to mails, and the episodes that audiences are told of.

use rusqlite::{Row, params};

use super::super::model::{Audience, Notice};
use super::{id, millis, time};
use crate::base::{ConnectionId, CustomerId, EpisodeId, EventId, Status, Timestamp};
use crate::store::{Rows, StoreError, Tx};

/// An event that waits to be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub sequence: i64,
    pub event: EventId,
    /// A window has held it before.
    pub held: bool,
}

pub fn inbox(rows: &impl Rows, now: Timestamp, limit: u32) -> Result<Vec<Waiting>, StoreError> {
    let sql =
        "SELECT sequence, event_id, due_at FROM event_inbox WHERE due_at <= ?1 ORDER BY due_at, sequence LIMIT ?2";
    let found = rows.all(sql, params![now.millis(), limit], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    found
        .into_iter()
        .map(|(sequence, event, due)| Ok(Waiting { sequence, event: id(&event)?, held: due > 0 }))
        .collect()
}

pub fn take_out(tx: &Tx<'_>, sequence: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM event_inbox WHERE sequence = ?1", [sequence])?;
    Ok(())
}

pub fn hold(tx: &Tx<'_>, sequence: i64, until: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE event_inbox SET due_at = ?2 WHERE sequence = ?1", params![sequence, until.millis()])?;
    Ok(())
}

/// Without a mail server nothing waits for one.
pub fn empty_inbox(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM event_inbox", [])?;
    tx.execute("DELETE FROM notices", [])?;
    Ok(())
}

/// Whether anything is there at all, so that an idle appliance writes nothing.
pub fn anything(rows: &impl Rows) -> Result<bool, StoreError> {
    rows.one("SELECT EXISTS (SELECT 1 FROM event_inbox) OR EXISTS (SELECT 1 FROM notices)", [], |row| row.get(0))
}

const COLUMNS: &str = "audience, episode_id, connection_id, customer_id, status, opened_at, told, first_told_at, due_at, \
                       mended_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Notice, StoreError>> {
    let (audience, episode): (String, String) = (row.get(0)?, row.get(1)?);
    let (connection, customer, status): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (opened_at, told): (i64, u32) = (row.get(5)?, row.get(6)?);
    let (first_told_at, due_at, mended_at) = (row.get(7)?, row.get(8)?, row.get(9)?);
    let made = || {
        let strange = || StoreError::Unreadable(format!("the notice of {episode} to {audience}"));
        Ok(Notice {
            audience: Audience::parse(&audience).ok_or_else(strange)?,
            episode: id(&episode)?,
            connection: id(&connection)?,
            customer: id(&customer)?,
            status: Status::parse(&status).ok_or_else(strange)?,
            opened_at: Timestamp::from_millis(opened_at),
            told,
            first_told_at: time(first_told_at),
            due_at: time(due_at),
            mended_at: time(mended_at),
        })
    };
    Ok(made())
}

pub fn due(rows: &impl Rows, now: Timestamp, limit: u32) -> Result<Vec<Notice>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");
    rows.all(&sql, params![now.millis(), limit], read)?.into_iter().collect()
}

pub fn of_episode(rows: &impl Rows, episode: EpisodeId) -> Result<Vec<Notice>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE episode_id = ?1");
    rows.all(&sql, [episode.to_string()], read)?.into_iter().collect()
}

/// What is known of a connection's notices, for its page.
pub fn of_connection(rows: &impl Rows, connection: ConnectionId) -> Result<Vec<Notice>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE connection_id = ?1");
    rows.all(&sql, [connection.to_string()], read)?.into_iter().collect()
}

pub fn save(tx: &Tx<'_>, notice: &Notice) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO notices ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (audience, episode_id) DO UPDATE SET status = ?5, told = ?7, first_told_at = ?8, due_at = ?9, \
         mended_at = ?10"
    );
    tx.execute(
        &sql,
        params![
            notice.audience.word(),
            notice.episode.to_string(),
            notice.connection.to_string(),
            notice.customer.to_string(),
            notice.status.as_str(),
            notice.opened_at.millis(),
            notice.told,
            millis(notice.first_told_at),
            millis(notice.due_at),
            millis(notice.mended_at),
        ],
    )?;
    Ok(())
}

pub fn remove(tx: &Tx<'_>, audience: Audience, episode: EpisodeId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM notices WHERE audience = ?1 AND episode_id = ?2",
        params![audience.word(), episode.to_string()],
    )?;
    Ok(())
}

pub fn forget_customer(tx: &Tx<'_>, customer: CustomerId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM notices WHERE customer_id = ?1", [customer.to_string()])?;
    Ok(())
}

/// A window has ended before its time: what waited is looked at again now. What another window holds waits anew.
pub fn release(tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE event_inbox SET due_at = 1 WHERE due_at > ?1", [now.millis()])?;
    tx.execute(
        "UPDATE notices SET due_at = ?1 WHERE due_at > ?1 AND (told = 0 OR mended_at IS NOT NULL)",
        [now.millis()],
    )?;
    Ok(())
}
