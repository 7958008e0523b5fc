//! The rows of what stands.

use rusqlite::params;

use super::Alarm;
use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

/// False when it stands already.
pub(super) fn insert(tx: &Tx<'_>, kind: &str, subject: &str, message: &str, at: Timestamp) -> Result<bool, StoreError> {
    let raised = tx.execute(
        "INSERT INTO alarms (kind, subject, message, raised_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![kind, subject, message, at.millis()],
    )?;
    Ok(raised > 0)
}

pub(super) fn say(tx: &Tx<'_>, kind: &str, subject: &str, message: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE alarms SET message = ?3 WHERE kind = ?1 AND subject = ?2", [kind, subject, message])?;
    Ok(())
}

/// False when there was none.
pub(super) fn delete(tx: &Tx<'_>, kind: &str, subject: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM alarms WHERE kind = ?1 AND subject = ?2", [kind, subject])? > 0)
}

pub(super) fn stands(rows: &impl Rows, kind: &str) -> Result<bool, StoreError> {
    rows.one("SELECT EXISTS (SELECT 1 FROM alarms WHERE kind = ?1)", [kind], |row| row.get(0))
}

pub(super) fn all(rows: &impl Rows) -> Result<Vec<Alarm>, StoreError> {
    rows.all("SELECT kind, subject, message, raised_at FROM alarms ORDER BY raised_at, kind, subject", [], |row| {
        Ok(Alarm {
            kind: row.get(0)?,
            subject: row.get(1)?,
            message: row.get(2)?,
            since: Timestamp::from_millis(row.get(3)?),
        })
    })
}
