//! The SQL of sessions.

use std::time::Duration;

use rusqlite::params;

use super::users;
use crate::access::model::User;
use crate::access::token::TokenHash;
use crate::base::{Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

pub struct Session {
    pub user_id: UserId,
    pub csrf: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

pub fn insert(tx: &Tx<'_>, hash: &TokenHash, session: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sessions (token_hash, user_id, csrf, created_at, last_seen_at, expires_at, address, user_agent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            hash.as_slice(),
            session.user_id.to_string(),
            session.csrf,
            session.created_at.millis(),
            session.last_seen_at.millis(),
            session.expires_at.millis(),
            session.address,
            session.user_agent
        ],
    )?;
    Ok(())
}

/// The session, live or not, and its user.
pub fn find(rows: &impl Rows, hash: &TokenHash) -> Result<Option<(Session, User)>, StoreError> {
    let sql = format!(
        "SELECT csrf, sessions.created_at, last_seen_at, expires_at, address, user_agent, {}
         FROM sessions JOIN users ON users.id = sessions.user_id WHERE token_hash = ?1",
        users::columns()
    );
    let found = rows.optional(&sql, [hash.as_slice()], |row| {
        let stored = users::Stored::read(row, 6)?;
        let times = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((row.get::<_, String>(0)?, times, row.get(4)?, row.get(5)?, stored))
    })?;
    let Some((csrf, (created, seen, expires), address, user_agent, stored)) = found else { return Ok(None) };
    let (user, _) = stored.check()?;
    let session = Session {
        user_id: user.id,
        csrf,
        created_at: Timestamp::from_millis(created),
        last_seen_at: Timestamp::from_millis(seen),
        expires_at: Timestamp::from_millis(expires),
        address,
        user_agent,
    };
    Ok(Some((session, user)))
}

pub fn seen(tx: &Tx<'_>, hash: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sessions SET last_seen_at = max(last_seen_at, ?2) WHERE token_hash = ?1",
        params![hash.as_slice(), now.millis()],
    )?;
    Ok(())
}

pub fn delete(tx: &Tx<'_>, hash: &TokenHash) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE token_hash = ?1", [hash.as_slice()])?;
    Ok(())
}

pub fn delete_of_user(tx: &Tx<'_>, id: UserId) -> Result<(), StoreError> {
    delete_of_user_but(tx, id, None)
}

pub fn delete_of_user_but(tx: &Tx<'_>, id: UserId, keep: Option<&TokenHash>) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM sessions WHERE user_id = ?1 AND token_hash IS NOT ?2",
        params![id.to_string(), keep.map(|hash| hash.as_slice())],
    )?;
    Ok(())
}

/// Everybody is signed out, and no link that was made leads in any more.
pub fn delete_all(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions", [])?;
    tx.execute("DELETE FROM one_time_tokens", [])?;
    Ok(())
}

/// Removes what ended; how many.
pub fn prune(tx: &Tx<'_>, now: Timestamp, idle: Duration) -> Result<usize, StoreError> {
    tx.execute(
        "DELETE FROM sessions WHERE expires_at <= ?1 OR last_seen_at <= ?2",
        params![now.millis(), now.minus(idle.saturating_mul(2)).millis()],
    )
}
