//! The SQL of the audit log. Knows how to append and to read; there is no way to change or delete.

use rusqlite::types::Value as Sql;
use rusqlite::{Row, params, params_from_iter};

use super::error::AuditError;
use super::model::{AuditFilter, AuditHead, AuditOutcome, AuditRow, AuditTarget, Entry};
use crate::base::{Cursor, Page, PageRequest, Timestamp};
use crate::store::{Rows, StoreError, Tx};

/// A row exactly as it is stored: what the MAC is made over.
pub(super) struct Link {
    pub sequence: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub address: Option<String>,
    pub action: String,
    pub target_kind: Option<String>,
    pub target_id: Option<String>,
    pub target_name: Option<String>,
    pub outcome: String,
    pub detail: String,
    pub mac: Vec<u8>,
}

const COLUMNS: &str = "sequence, at, actor_kind, actor_id, actor_name, address, action, target_kind, target_id, \
                       target_name, outcome, detail, mac";

impl Link {
    pub fn of(sequence: i64, entry: &Entry) -> Self {
        let target = entry.target.as_ref();
        Self {
            sequence,
            at: entry.at.millis(),
            actor_kind: entry.actor.kind.as_str().to_owned(),
            actor_id: entry.actor.id.clone(),
            actor_name: entry.actor.name.clone(),
            address: entry.actor.address.clone(),
            action: entry.action.clone().into_owned(),
            target_kind: target.map(|target| target.kind.clone()),
            target_id: target.and_then(|target| target.id.clone()),
            target_name: target.and_then(|target| target.name.clone()),
            outcome: entry.outcome.as_str().to_owned(),
            detail: entry.detail.to_string(),
            mac: Vec::new(),
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sequence: row.get(0)?,
            at: row.get(1)?,
            actor_kind: row.get(2)?,
            actor_id: row.get(3)?,
            actor_name: row.get(4)?,
            address: row.get(5)?,
            action: row.get(6)?,
            target_kind: row.get(7)?,
            target_id: row.get(8)?,
            target_name: row.get(9)?,
            outcome: row.get(10)?,
            detail: row.get(11)?,
            mac: row.get(12)?,
        })
    }
}

impl From<Link> for AuditRow {
    /// A row that someone tampered with must still show, so nothing here refuses; `verify` is what finds it.
    fn from(link: Link) -> Self {
        Self {
            sequence: link.sequence,
            at: Timestamp::from_millis(link.at),
            actor_kind: link.actor_kind,
            actor_id: link.actor_id,
            actor_name: link.actor_name,
            address: link.address,
            action: link.action,
            target: link.target_kind.map(|kind| AuditTarget { kind, id: link.target_id, name: link.target_name }),
            outcome: AuditOutcome::parse(&link.outcome).unwrap_or(AuditOutcome::Failed),
            detail: serde_json::from_str(&link.detail).unwrap_or(serde_json::Value::String(link.detail)),
            mac: data_encoding::HEXLOWER.encode(&link.mac),
        }
    }
}

/// Sequence and MAC of the last entry.
pub(super) fn tip(rows: &impl Rows) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    rows.optional("SELECT sequence, mac FROM audit_entries ORDER BY sequence DESC LIMIT 1", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The head of the chain; `None` while nothing was written.
pub fn head(rows: &impl Rows) -> Result<Option<AuditHead>, StoreError> {
    let tip = tip(rows)?;
    Ok(tip.map(|(sequence, mac)| AuditHead { sequence, mac: data_encoding::HEXLOWER.encode(&mac) }))
}

/// When the newest entry was written.
pub fn latest_at(rows: &impl Rows) -> Result<Option<Timestamp>, StoreError> {
    rows.optional("SELECT at FROM audit_entries ORDER BY sequence DESC LIMIT 1", [], |row| {
        row.get(0).map(Timestamp::from_millis)
    })
}

pub(super) fn insert(tx: &Tx<'_>, link: &Link, mac: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO audit_entries (sequence, at, actor_kind, actor_id, actor_name, address, action, target_kind,
                                    target_id, target_name, outcome, detail, mac)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            link.sequence,
            link.at,
            link.actor_kind,
            link.actor_id,
            link.actor_name,
            link.address,
            link.action,
            link.target_kind,
            link.target_id,
            link.target_name,
            link.outcome,
            link.detail,
            mac
        ],
    )?;
    Ok(())
}

/// The entries after `sequence`, oldest first.
pub(super) fn after(rows: &impl Rows, sequence: i64, limit: i64) -> Result<Vec<Link>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit_entries WHERE sequence > ?1 ORDER BY sequence LIMIT ?2");
    rows.all(&sql, params![sequence, limit], Link::read)
}

/// Newest first.
pub fn list(rows: &impl Rows, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>, AuditError> {
    const LIST: &str = "audit";
    let before = match &page.cursor {
        Some(text) => {
            let cursor = Cursor::decode(text, LIST, 1)?;
            let key = cursor.keys.first().and_then(|key| key.parse().ok());
            key.ok_or(crate::base::InvalidCursor)?
        }
        None => i64::MAX,
    };
    let limit = i64::from(page.limit.clamp(1, PageRequest::MAX_LIMIT));
    let mut found = matching(rows, filter, "sequence < ?", before, "DESC", limit.saturating_add(1))?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| Cursor { list: LIST.into(), keys: vec![last.sequence.to_string()] }.encode());
    Ok(Page { items: found, next_cursor })
}

/// Matching entries after `sequence`, oldest first: one step of an export.
pub(super) fn matching_after(
    rows: &impl Rows,
    filter: &AuditFilter,
    sequence: i64,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    matching(rows, filter, "sequence > ?", sequence, "ASC", limit)
}

fn matching(
    rows: &impl Rows,
    filter: &AuditFilter,
    start: &str,
    at: i64,
    order: &str,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let mut conditions = vec![start.to_owned()];
    let mut values = vec![Sql::Integer(at)];
    let mut and = |condition: &str, found: Vec<Sql>| {
        conditions.push(condition.to_owned());
        values.extend(found);
    };
    if let Some(actor) = &filter.actor {
        and("(actor_id = ? OR actor_name = ?)", vec![actor.clone().into(), actor.clone().into()]);
    }
    if let Some(action) = &filter.action {
        // A range, so that the index serves; no action's next letter is above U+FFFF.
        and("action >= ? AND action < ?", vec![action.clone().into(), format!("{action}\u{ffff}").into()]);
    }
    if let Some(target) = &filter.target {
        and("target_id = ?", vec![target.clone().into()]);
    }
    if let Some(outcome) = filter.outcome {
        and("outcome = ?", vec![outcome.as_str().to_owned().into()]);
    }
    if let Some(from) = filter.from {
        and("at >= ?", vec![from.millis().into()]);
    }
    if let Some(to) = filter.to {
        and("at < ?", vec![to.millis().into()]);
    }
    if let Some(word) = filter.q.as_deref().map(str::trim).filter(|word| !word.is_empty()) {
        and(
            "instr(lower(actor_name || ' ' || coalesce(address, '') || ' ' || action || ' ' || coalesce(target_name, '')
                         || ' ' || coalesce(target_id, '') || ' ' || detail), ?) > 0",
            vec![word.to_lowercase().into()],
        );
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_entries WHERE {} ORDER BY sequence {order} LIMIT {limit}",
        conditions.join(" AND ")
    );
    rows.all(&sql, params_from_iter(values), |row| Link::read(row).map(AuditRow::from))
}
