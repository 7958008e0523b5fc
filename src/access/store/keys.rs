//! The SQL of API keys.

use rusqlite::{Row, params};

use crate::access::error::AccessError;
use crate::access::model::ApiKey;
use crate::access::principal::Scope;
use crate::access::token::TokenHash;
use crate::base::{ApiKeyId, Cursor, InvalidCursor, Page, PageRequest, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, name, hint, scopes, customer_ids, owner, created_by, created_at, expires_at, last_used_at, \
                       revoked_at, key_hash";

struct Stored {
    id: String,
    name: String,
    hint: String,
    scopes: String,
    customer_ids: Option<String>,
    owner: bool,
    created_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
    hash: Vec<u8>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            hint: row.get(2)?,
            scopes: row.get(3)?,
            customer_ids: row.get(4)?,
            owner: row.get(5)?,
            created_by: row.get(6)?,
            created_at: row.get(7)?,
            expires_at: row.get(8)?,
            last_used_at: row.get(9)?,
            revoked_at: row.get(10)?,
            hash: row.get(11)?,
        })
    }

    fn check(self) -> Result<(TokenHash, ApiKey), StoreError> {
        let unreadable = || StoreError::Unreadable(format!("API key {}", self.id));
        let hash = self.hash.as_slice().try_into().map_err(|_| unreadable())?;
        let words: Vec<String> = serde_json::from_str(&self.scopes).map_err(|_| unreadable())?;
        let key = ApiKey {
            id: self.id.parse().map_err(|_| unreadable())?,
            scopes: words.iter().map(|word| Scope::parse(word)).collect::<Option<_>>().ok_or_else(unreadable)?,
            customer_ids: self
                .customer_ids
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(|_| unreadable())?,
            name: self.name,
            hint: self.hint,
            owner: self.owner,
            created_by: self.created_by,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_millis),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
            revoked_at: self.revoked_at.map(Timestamp::from_millis),
        };
        Ok((hash, key))
    }
}

pub fn insert(tx: &Tx<'_>, hash: &TokenHash, key: &ApiKey) -> Result<(), StoreError> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    tx.execute(
        "INSERT INTO api_keys (id, name, key_hash, hint, scopes, customer_ids, owner, created_by, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            key.id.to_string(),
            key.name,
            hash.as_slice(),
            key.hint,
            serde_json::json!(scopes).to_string(),
            key.customer_ids.as_ref().map(|ids| serde_json::json!(ids).to_string()),
            key.owner,
            key.created_by,
            key.created_at.millis(),
            key.expires_at.map(Timestamp::millis)
        ],
    )?;
    Ok(())
}

/// All that were not revoked.
pub fn live(rows: &impl Rows) -> Result<Vec<(TokenHash, ApiKey)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE revoked_at IS NULL");
    rows.all(&sql, [], Stored::read)?.into_iter().map(Stored::check).collect()
}

pub fn find(rows: &impl Rows, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE id = ?1");
    let found = rows.optional(&sql, [id.to_string()], Stored::read)?.map(Stored::check).transpose()?;
    Ok(found.map(|(_, key)| key))
}

/// Newest first; with `live_at`, only those that work at that time.
pub fn list(rows: &impl Rows, live_at: Option<Timestamp>, page: &PageRequest) -> Result<Page<ApiKey>, AccessError> {
    const LIST: &str = "api_keys";
    let before = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.into_iter().next().ok_or(InvalidCursor)?,
        // Above every id.
        None => "l".to_owned(),
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let sql = format!(
        "SELECT {COLUMNS} FROM api_keys
         WHERE id < ?1 AND (?2 IS NULL OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)))
         ORDER BY id DESC LIMIT {}",
        limit.saturating_add(1)
    );
    let stored = rows.all(&sql, params![before, live_at.map(Timestamp::millis)], Stored::read)?;
    let mut items: Vec<ApiKey> =
        stored.into_iter().map(|stored| stored.check().map(|(_, key)| key)).collect::<Result<_, _>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| Cursor { list: LIST.into(), keys: vec![last.id.to_string()] }.encode());
    Ok(Page { items, next_cursor })
}

pub fn revoke(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1", params![id.to_string(), now.millis()])?;
    Ok(())
}

pub fn used(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1", params![id.to_string(), now.millis()])?;
    Ok(())
}
