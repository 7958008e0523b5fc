//! The SQL of one-time links.

use rusqlite::params;

use super::{keys, users};
use crate::access::model::{Link, Purpose};
use crate::access::principal::{Permission, Role, Scope};
use crate::access::token::TokenHash;
use crate::base::{Actor, ActorKind, ApiKeyId, Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

pub fn insert(
    tx: &Tx<'_>,
    hash: &TokenHash,
    purpose: Purpose,
    user: Option<UserId>,
    issuer: &Actor,
    (created_at, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let by_somebody = matches!(issuer.kind, ActorKind::User | ActorKind::ApiKey);
    tx.execute(
        "INSERT INTO one_time_tokens (token_hash, purpose, user_id, created_at, expires_at, issued_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            hash.as_slice(),
            purpose.as_str(),
            user.map(|id| id.to_string()),
            created_at.millis(),
            expires_at.millis(),
            issuer.id.as_deref().filter(|_| by_somebody),
        ],
    )?;
    Ok(())
}

/// A link that can still be used: in time, not used, and its maker could make it today.
pub fn open(rows: &impl Rows, hash: &TokenHash, now: Timestamp) -> Result<Option<Link>, StoreError> {
    let found = rows.optional(
        "SELECT purpose, user_id, expires_at, issued_by FROM one_time_tokens
         WHERE token_hash = ?1 AND used_at IS NULL AND expires_at > ?2",
        params![hash.as_slice(), now.millis()],
        |row| {
            let (purpose, user) = (row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?);
            Ok((purpose, user, row.get::<_, i64>(2)?, row.get::<_, Option<String>>(3)?))
        },
    )?;
    let Some((purpose, user, expires, issuer)) = found else { return Ok(None) };
    let purpose =
        Purpose::parse(&purpose).ok_or_else(|| StoreError::Unreadable(format!("the purpose {purpose} of a link")))?;
    let user = match user {
        Some(id) => {
            let id = id.parse().map_err(|_| StoreError::Unreadable(format!("the user {id} of a link")))?;
            users::with_hash(rows, id)?.map(|(user, _)| user)
        }
        None => None,
    };
    let for_owner = user.as_ref().is_some_and(|user| user.role == Role::Owner);
    if let Some(issuer) = issuer.filter(|_| purpose != Purpose::Setup)
        && !may_issue(rows, &issuer, for_owner)?
    {
        return Ok(None);
    }
    Ok(Some(Link { purpose, user, expires_at: Timestamp::from_millis(expires) }))
}

/// Whether this user or key may make such a link now. A key that only ran out made it in its time.
fn may_issue(rows: &impl Rows, issuer: &str, for_owner: bool) -> Result<bool, StoreError> {
    if let Ok(id) = issuer.parse::<UserId>() {
        let role = users::with_hash(rows, id)?.map(|(user, _)| user.role);
        return Ok(role.is_some_and(|role| role == Role::Owner || (role == Role::Admin && !for_owner)));
    }
    let Ok(id) = issuer.parse::<ApiKeyId>() else { return Ok(false) };
    let key = keys::find(rows, id)?.filter(|key| key.revoked_at.is_none() && key.customer_ids.is_none());
    Ok(key.is_some_and(|key| Scope::permissions(&key.scopes).contains(&Permission::Admin) && (key.owner || !for_owner)))
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
