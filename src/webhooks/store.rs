//! The SQL of webhooks: the queue here; endpoints, deliveries and tries in their own files.

pub(super) mod deliveries;
pub(super) mod endpoints;
pub(super) mod tries;

use rusqlite::params;

use crate::base::EventId;
use crate::store::{Rows, StoreError, Tx};

/// An event that waits for its deliveries to be made.
pub(super) struct Queued {
    pub sequence: i64,
    /// What is no id stands as its text.
    pub event: Result<EventId, String>,
}

/// Whether any event waits for its deliveries to be made.
pub(super) fn anything_queued(rows: &impl Rows) -> Result<bool, StoreError> {
    rows.one("SELECT EXISTS (SELECT 1 FROM webhook_queue)", [], |row| row.get(0))
}

/// The oldest of the queue, in the order of commits.
pub(super) fn queued(rows: &impl Rows, most: usize) -> Result<Vec<Queued>, StoreError> {
    let found: Vec<(i64, String)> = rows.all(
        "SELECT sequence, event_id FROM webhook_queue ORDER BY sequence LIMIT ?1",
        [i64::try_from(most).unwrap_or(i64::MAX)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found.into_iter().map(|(sequence, id)| Queued { sequence, event: id.parse().map_err(|_| id) }).collect())
}

/// What was queued up to this one has its deliveries.
pub(super) fn unqueue(tx: &Tx<'_>, up_to: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM webhook_queue WHERE sequence <= ?1", params![up_to])?;
    Ok(())
}

pub(super) fn parsed<T: std::str::FromStr>(id: &str) -> Result<T, StoreError> {
    id.parse().map_err(|_| StoreError::Unreadable(format!("the id {id} among the webhooks")))
}

/// An ordinary column whose word or list is not one of ours.
pub(super) fn unreadable(what: &str, id: &str) -> StoreError {
    StoreError::Unreadable(format!("the {what} of {id}"))
}
