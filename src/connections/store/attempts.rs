//! Refused secrets: what was sent, how often it was refused, and whether it may ever be sent again.

use rusqlite::params;

use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

/// One secret that a system refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Attempt {
    pub fingerprint: Vec<u8>,
    pub refusals: u32,
    /// Decided: not to be sent again.
    pub spent: bool,
    /// Attempts that an operator allowed beyond that.
    pub extra: u32,
    pub last_refused_at: Timestamp,
    /// The next different secret of a person has to wait until then.
    pub person_wait_until: Option<Timestamp>,
}

pub(in super::super) fn attempts_of(rows: &impl Rows, host: &str, user: &str) -> Result<Vec<Attempt>, StoreError> {
    rows.all(
        "SELECT fingerprint, refusals, spent, extra, last_refused_at, person_wait_until FROM attempts \
         WHERE host = ?1 AND budget_user = ?2",
        [host, user],
        |row| {
            Ok(Attempt {
                fingerprint: row.get(0)?,
                refusals: row.get(1)?,
                spent: row.get(2)?,
                extra: row.get(3)?,
                last_refused_at: Timestamp::from_millis(row.get(4)?),
                person_wait_until: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
            })
        },
    )
}

/// Counts a refusal, before anything else is decided: a restart must not forget it.
pub(in super::super) fn record_refusal(
    tx: &Tx<'_>,
    host: &str,
    user: &str,
    fingerprint: &[u8],
    at: Timestamp,
    person_wait_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO attempts (host, budget_user, fingerprint, refusals, spent, extra, first_refused_at, last_refused_at, \
         person_wait_until) VALUES (?1, ?2, ?3, 1, 0, 0, ?4, ?4, ?5) \
         ON CONFLICT (host, budget_user, fingerprint) DO UPDATE SET refusals = refusals + 1, last_refused_at = ?4, \
         person_wait_until = coalesce(?5, person_wait_until)",
        params![host, user, fingerprint, at.millis(), person_wait_until.map(|at| at.millis())],
    )?;
    Ok(())
}

/// From now on it is not sent again.
pub(in super::super) fn spend(tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE attempts SET spent = 1, extra = 0 WHERE host = ?1 AND budget_user = ?2 AND fingerprint = ?3",
        params![host, user, fingerprint],
    )?;
    Ok(())
}

/// One more attempt, allowed by an operator.
pub(in super::super) fn give_extra(tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE attempts SET extra = 1 WHERE host = ?1 AND budget_user = ?2 AND fingerprint = ?3",
        params![host, user, fingerprint],
    )?;
    Ok(())
}

/// Takes the allowed attempt before it is sent; false when there is none left.
pub(in super::super) fn use_extra(tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<bool, StoreError> {
    let taken = tx.execute(
        "UPDATE attempts SET extra = extra - 1 WHERE host = ?1 AND budget_user = ?2 AND fingerprint = ?3 AND extra > 0",
        params![host, user, fingerprint],
    )?;
    Ok(taken > 0)
}

/// A secret was accepted: the budget is whole again. Others that were refused stay refused.
pub(in super::super) fn accept(tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM attempts WHERE host = ?1 AND budget_user = ?2 AND fingerprint = ?3",
        params![host, user, fingerprint],
    )?;
    tx.execute(
        "UPDATE attempts SET person_wait_until = NULL WHERE host = ?1 AND budget_user = ?2 AND person_wait_until IS NOT NULL",
        [host, user],
    )?;
    Ok(())
}

/// Every (host, user) that has a refused secret.
pub(in super::super) fn attempt_keys(rows: &impl Rows) -> Result<Vec<(String, String)>, StoreError> {
    rows.all("SELECT DISTINCT host, budget_user FROM attempts", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })
}
