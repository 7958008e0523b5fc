//! Ends of secrets that an operator said.

use rusqlite::params;

use crate::base::{ConnectionId, Timestamp};
use crate::store::{Rows, StoreError, Tx};

pub(in super::super) fn secret_end(rows: &impl Rows, id: ConnectionId) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT ends_at FROM secret_ends WHERE connection_id = ?1";
    rows.optional(sql, [id.to_string()], |row| Ok(Timestamp::from_millis(row.get(0)?)))
}

pub(in super::super) fn secret_ends(rows: &impl Rows) -> Result<Vec<(ConnectionId, Timestamp)>, StoreError> {
    let found = rows.all("SELECT connection_id, ends_at FROM secret_ends", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    let one = |(id, end): (String, i64)| Some((id.parse().ok()?, Timestamp::from_millis(end)));
    Ok(found.into_iter().filter_map(one).collect())
}

pub(in super::super) fn save_secret_end(
    tx: &Tx<'_>,
    id: ConnectionId,
    end: Timestamp,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO secret_ends (connection_id, ends_at, set_by, set_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (connection_id) DO UPDATE SET ends_at = ?2, set_by = ?3, set_at = ?4",
        params![id.to_string(), end.millis(), by, at.millis()],
    )?;
    Ok(())
}

pub(in super::super) fn forget_secret_end(tx: &Tx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM secret_ends WHERE connection_id = ?1", [id.to_string()])?;
    Ok(())
}
