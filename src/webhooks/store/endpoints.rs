//! The SQL of endpoints.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::{parsed, unreadable};
use crate::base::{Cursor, CustomerId, EndpointId, InvalidCursor, InvalidId, Page, PageRequest, Timestamp};
use crate::events::EventKind;
use crate::store::{Rows, StoreError, Tx};
use crate::webhooks::error::WebhookError;
use crate::webhooks::model::{DisabledReason, Endpoint};

const COLUMNS: &str = "id, url, description, event_types, customer_ids, disabled_at, disabled_reason, old_secret_until, \
                       failing_since, warned_at, last_try_at, last_ok_at, last_outcome, version, created_at, updated_at, \
                       ca_certificate";

/// Sealed: the present secret, and the one before it.
pub(in super::super) struct SealedSecrets {
    pub present: Vec<u8>,
    pub old: Option<Vec<u8>>,
}

pub(in super::super) fn insert(tx: &Tx<'_>, endpoint: &Endpoint, secret: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO webhook_endpoints (id, url, secret, version, created_at, updated_at) VALUES (?1, ?2, ?3, 0, ?4, ?4)",
        params![endpoint.id.to_string(), endpoint.url, secret, endpoint.created_at.millis()],
    )?;
    save(tx, endpoint)
}

pub(in super::super) fn save(tx: &Tx<'_>, endpoint: &Endpoint) -> Result<(), StoreError> {
    let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
    let types = endpoint.event_types.as_ref().map(|types| {
        let words: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
        serde_json::json!(words).to_string()
    });
    let customers = endpoint.customer_ids.as_ref().map(|ids| serde_json::json!(ids).to_string());
    tx.execute(
        "UPDATE webhook_endpoints SET url = ?2, description = ?3, event_types = ?4, customer_ids = ?5, disabled_at = ?6,
             disabled_reason = ?7, old_secret_until = ?8, failing_since = ?9, warned_at = ?10, last_try_at = ?11,
             last_ok_at = ?12, last_outcome = ?13, version = ?14, updated_at = ?15,
             ca_certificate = ?16
         WHERE id = ?1",
        params![
            endpoint.id.to_string(),
            endpoint.url,
            endpoint.description,
            types,
            customers,
            millis(endpoint.disabled.map(|(at, _)| at)),
            endpoint.disabled.map(|(_, reason)| reason.as_str()),
            millis(endpoint.old_secret_until),
            millis(endpoint.failing_since),
            millis(endpoint.warned_at),
            millis(endpoint.last_try_at),
            millis(endpoint.last_ok_at),
            endpoint.last_outcome,
            endpoint.version,
            endpoint.updated_at.millis(),
            endpoint.ca_certificate,
        ],
    )?;
    Ok(())
}

/// The present secret becomes the old one.
pub(in super::super) fn replace_secret(tx: &Tx<'_>, id: EndpointId, sealed: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE webhook_endpoints SET old_secret = secret, secret = ?2 WHERE id = ?1",
        params![id.to_string(), sealed],
    )?;
    Ok(())
}

/// Old secrets whose time is over are not kept.
pub(in super::super) fn drop_old_secrets(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE webhook_endpoints SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until <= ?1",
        [now.millis()],
    )
}

pub(in super::super) fn secrets(rows: &impl Rows, id: EndpointId) -> Result<Option<SealedSecrets>, StoreError> {
    rows.optional("SELECT secret, old_secret FROM webhook_endpoints WHERE id = ?1", [id.to_string()], |row| {
        Ok(SealedSecrets { present: row.get(0)?, old: row.get(1)? })
    })
}

/// Its deliveries and their tries go with it.
pub(in super::super) fn delete(tx: &Tx<'_>, id: EndpointId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM webhook_endpoints WHERE id = ?1", [id.to_string()])?;
    Ok(())
}

pub(in super::super) fn find(rows: &impl Rows, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], Stored::read)?.map(Stored::check).transpose()
}

/// Oldest first. There are few: a limit keeps it so.
pub(in super::super) fn all(rows: &impl Rows) -> Result<Vec<Endpoint>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints ORDER BY id");
    rows.all(&sql, [], Stored::read)?.into_iter().map(Stored::check).collect()
}

pub(in super::super) fn count(rows: &impl Rows) -> Result<i64, StoreError> {
    rows.one("SELECT count(*) FROM webhook_endpoints", [], |row| row.get(0))
}

/// Newest first, those that `seen` lets through.
pub(in super::super) fn list(
    rows: &impl Rows,
    seen: impl Fn(&Endpoint) -> bool,
    page: &PageRequest,
) -> Result<Page<Endpoint>, WebhookError> {
    const LIST: &str = "webhook_endpoints";
    let before: Option<EndpointId> = match &page.cursor {
        Some(text) => {
            let key = Cursor::decode(text, LIST, 1)?.keys.into_iter().next();
            Some(key.and_then(|key| key.parse().ok()).ok_or(InvalidCursor)?)
        }
        None => None,
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let mut items: Vec<Endpoint> = all(rows)?
        .into_iter()
        .rev()
        .filter(|endpoint| before.is_none_or(|before| endpoint.id < before) && seen(endpoint))
        .take(limit.saturating_add(1))
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| Cursor { list: LIST.into(), keys: vec![last.id.to_string()] }.encode());
    Ok(Page { items, next_cursor })
}

fn conversion(column: usize, error: InvalidId) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

struct Stored {
    id: String,
    types: Option<String>,
    customers: Option<String>,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    endpoint: Endpoint,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let time =
            |index: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis));
        let id: String = row.get(0)?;
        Ok(Self {
            types: row.get(3)?,
            customers: row.get(4)?,
            disabled_at: row.get(5)?,
            disabled_reason: row.get(6)?,
            endpoint: Endpoint {
                id: id.parse().map_err(|error| conversion(0, error))?,
                url: row.get(1)?,
                description: row.get(2)?,
                event_types: None,
                customer_ids: None,
                disabled: None,
                old_secret_until: time(7)?,
                failing_since: time(8)?,
                warned_at: time(9)?,
                last_try_at: time(10)?,
                last_ok_at: time(11)?,
                last_outcome: row.get(12)?,
                version: row.get(13)?,
                created_at: Timestamp::from_millis(row.get(14)?),
                updated_at: Timestamp::from_millis(row.get(15)?),
                ca_certificate: row.get(16)?,
            },
            id,
        })
    }

    fn check(self) -> Result<Endpoint, StoreError> {
        let Self { id, types, customers, disabled_at, disabled_reason, mut endpoint } = self;
        let list = |text: &str| serde_json::from_str::<Vec<String>>(text).ok();
        if let Some(text) = types {
            let words = list(&text).ok_or_else(|| unreadable("event types", &id))?;
            // A type that this version no longer knows is one that it never sends.
            endpoint.event_types = Some(words.iter().filter_map(|word| EventKind::parse(word)).collect());
        }
        if let Some(text) = customers {
            let ids = list(&text).ok_or_else(|| unreadable("customers", &id))?;
            let ids: Result<BTreeSet<CustomerId>, _> = ids.iter().map(|id| parsed(id)).collect();
            endpoint.customer_ids = Some(ids?);
        }
        if let Some(at) = disabled_at {
            let reason = disabled_reason.as_deref().and_then(DisabledReason::parse);
            let reason = reason.ok_or_else(|| unreadable("reason for being disabled", &id))?;
            endpoint.disabled = Some((Timestamp::from_millis(at), reason));
        }
        Ok(endpoint)
    }
}
