//! The SQL of one-time links.

use rusqlite::params;

use super::users;
use crate::access::model::{Link, Purpose};
use crate::access::token::TokenHash;
use crate::base::{Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

pub fn insert(
    tx: &Tx<'_>,
    hash: &TokenHash,
    purpose: Purpose,
    user: Option<UserId>,
    (created_at, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO one_time_tokens (token_hash, purpose, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            hash.as_slice(),
            purpose.as_str(),
            user.map(|id| id.to_string()),
            created_at.millis(),
            expires_at.millis()
        ],
    )?;
    Ok(())
}

/// A link that can still be used.
pub fn open(rows: &impl Rows, hash: &TokenHash, now: Timestamp) -> Result<Option<Link>, StoreError> {
    let found = rows.optional(
        "SELECT purpose, user_id, expires_at FROM one_time_tokens
         WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        params![hash.as_slice(), now.millis()],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, i64>(2)?)),
    )?;
    let Some((purpose, user, expires)) = found else { return Ok(None) };
    let purpose =
        Purpose::parse(&purpose).ok_or_else(|| StoreError::Unreadable(format!("the purpose {purpose} of a link")))?;
    let user = match user {
        Some(id) => {
            let id = id.parse().map_err(|_| StoreError::Unreadable(format!("the user {id} of a link")))?;
            users::with_hash(rows, id)?.map(|(user, _)| user)
        }
        None => None,
    };
    Ok(Some(Link { purpose, user, expires_at: Timestamp::from_millis(expires) }))
}

/// Uses a link up; false where somebody was quicker, or it ended.
pub fn spend(tx: &Tx<'_>, hash: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE one_time_tokens SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        params![hash.as_slice(), now.millis()],
    )?;
    Ok(changed > 0)
}

/// Ends the links of one purpose and user (or of nobody).
pub fn delete_all(tx: &Tx<'_>, purpose: Purpose, user: Option<UserId>) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM one_time_tokens WHERE purpose = ?1 AND user_id IS ?2 AND used_at IS NULL",
        params![purpose.as_str(), user.map(|id| id.to_string())],
    )?;
    Ok(())
}

pub fn delete_of_user(tx: &Tx<'_>, user: UserId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM one_time_tokens WHERE user_id = ?1", [user.to_string()])?;
    Ok(())
}

pub fn prune(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM one_time_tokens WHERE expires_at <= ?1", [now.millis()])
}

/// Whether this store is a demo's, where links may sign straight in.
pub fn is_demo(rows: &impl Rows) -> Result<bool, StoreError> {
    let kind = rows.optional("SELECT kind FROM instance WHERE singleton = 1", [], |row| row.get::<_, String>(0))?;
    Ok(kind.as_deref() == Some("demo"))
}
