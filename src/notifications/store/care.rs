//! Who looks after what, and when nothing alarms.

use rusqlite::{Row, params};

use super::super::model::{Acknowledgement, Window, WindowScope};
use super::{id, time};
use crate::base::{ConnectionId, MaintenanceId, Timestamp};
use crate::store::{Rows, StoreError, Tx};

pub fn acknowledgements(rows: &impl Rows) -> Result<Vec<Acknowledgement>, StoreError> {
    let sql = "SELECT connection_id, episode_id, at, actor_name, note, remind_contact FROM acknowledgements";
    let found = rows.all(sql, [], |row| {
        let keys: (String, String) = (row.get(0)?, row.get(1)?);
        Ok((keys, row.get::<_, i64>(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
    })?;
    found
        .into_iter()
        .map(|((connection, episode), at, by, note, remind_contact)| {
            Ok(Acknowledgement {
                connection: id(&connection)?,
                episode: id(&episode)?,
                at: Timestamp::from_millis(at),
                by,
                note,
                remind_contact,
            })
        })
        .collect()
}

pub fn acknowledge(tx: &Tx<'_>, one: &Acknowledgement) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO acknowledgements (connection_id, episode_id, at, actor_name, note, remind_contact) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (connection_id) DO UPDATE SET episode_id = ?2, at = ?3, \
         actor_name = ?4, note = ?5, remind_contact = ?6",
        params![
            one.connection.to_string(),
            one.episode.to_string(),
            one.at.millis(),
            one.by,
            one.note,
            one.remind_contact
        ],
    )?;
    Ok(())
}

pub fn withdraw(tx: &Tx<'_>, connection: ConnectionId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM acknowledgements WHERE connection_id = ?1", [connection.to_string()])? > 0)
}

const COLUMNS: &str = "id, scope, target, starts_at, ends_at, weekly, note, created_by, created_at, ended_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Window, StoreError>> {
    let (key, scope, target): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (starts_at, ends_at, weekly): (i64, i64, bool) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (note, created_by, created_at) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let ended_at = row.get(9)?;
    let made = || {
        Ok(Window {
            id: id(&key)?,
            scope: WindowScope::parse(&scope, &target)
                .ok_or_else(|| StoreError::Unreadable(format!("the scope of the window {key}")))?,
            starts_at: Timestamp::from_millis(starts_at),
            ends_at: Timestamp::from_millis(ends_at),
            weekly,
            note,
            created_by,
            created_at: Timestamp::from_millis(created_at),
            ended_at: time(ended_at),
        })
    };
    Ok(made())
}

/// Windows that hold or will hold, and those that ended since `from`; the newest 500.
pub fn windows(rows: &impl Rows, from: Timestamp) -> Result<Vec<Window>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM maintenance_windows WHERE ends_at >= ?1 OR weekly = 1 ORDER BY starts_at DESC LIMIT 500"
    );
    rows.all(&sql, [from.millis()], read)?.into_iter().collect()
}

pub fn insert_window(tx: &Tx<'_>, window: &Window) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO maintenance_windows ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)");
    tx.execute(
        &sql,
        params![
            window.id.to_string(),
            window.scope.word(),
            window.scope.target(),
            window.starts_at.millis(),
            window.ends_at.millis(),
            window.weekly,
            window.note,
            window.created_by,
            window.created_at.millis(),
        ],
    )?;
    Ok(())
}

pub fn end_window(tx: &Tx<'_>, id: MaintenanceId, at: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE maintenance_windows SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
    Ok(tx.execute(sql, params![id.to_string(), at.millis()])? > 0)
}
