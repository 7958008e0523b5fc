//! The SQL of idempotency keys.

use crate::base::Timestamp;
use crate::store::{Rows as _, StoreError, Tx};

/// A key, taken for one request.
#[derive(Debug, Clone)]
pub(super) struct Reservation {
    /// The API key that sent it.
    pub holder: String,
    /// The keyed hash of what was sent.
    pub key: String,
    /// What was sent, as version 0.1.0 kept it.
    pub old_key: String,
    pub request_hash: Vec<u8>,
    pub at: Timestamp,
}

/// What stands under a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing did; it is taken now.
    Mine,
    OtherRequest,
    Unfinished {
        since: Timestamp,
    },
    /// Done, with an answer that is not kept.
    Secretive,
    Answer {
        status: u16,
        body: Vec<u8>,
        sealed: bool,
    },
}

type Stored = (Vec<u8>, Option<u16>, Option<Vec<u8>>, i64, String);

pub(super) fn reserve(tx: &Tx<'_>, wanted: &Reservation, oldest: i64) -> Result<Found, StoreError> {
    tx.execute("DELETE FROM idempotency_keys WHERE created_at < ?1", [oldest])?;
    let stored: Option<Stored> = tx.optional(
        "SELECT request_hash, status, body, created_at, key FROM idempotency_keys \
         WHERE api_key_id = ?1 AND key IN (?2, ?3) LIMIT 1",
        (&wanted.holder, &wanted.key, &wanted.old_key),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
    )?;
    let Some((hash, status, body, created_at, key)) = stored else {
        tx.execute(
            "INSERT INTO idempotency_keys (api_key_id, key, request_hash, created_at) VALUES (?1, ?2, ?3, ?4)",
            (&wanted.holder, &wanted.key, &wanted.request_hash, wanted.at.millis()),
        )?;
        return Ok(Found::Mine);
    };
    Ok(match (status, body) {
        _ if hash != wanted.request_hash => Found::OtherRequest,
        (None, _) => Found::Unfinished { since: Timestamp::from_millis(created_at) },
        (Some(_), None) => Found::Secretive,
        (Some(status), Some(body)) => Found::Answer { status, body, sealed: key == wanted.key },
    })
}

pub(super) fn finish(
    tx: &Tx<'_>,
    reservation: &Reservation,
    status: u16,
    body: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE idempotency_keys SET status = ?3, body = ?4 WHERE api_key_id = ?1 AND key = ?2",
        (&reservation.holder, &reservation.key, status, body),
    )?;
    Ok(())
}

pub(super) fn free(tx: &Tx<'_>, reservation: &Reservation) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM idempotency_keys WHERE api_key_id = ?1 AND key = ?2 AND status IS NULL",
        (&reservation.holder, &reservation.key),
    )?;
    Ok(())
}
