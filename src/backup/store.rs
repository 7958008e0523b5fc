//! The SQL of backups: what was made and seen of it, the latest failure, and what is known of the recovery kit.

use rusqlite::{Row, params};

use super::manifest::Reason;
use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

/// What the store remembers of one backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub name: String,
    pub created_at: Timestamp,
    pub reason: Reason,
    pub bytes: u64,
    pub checksum: String,
    pub verified_at: Option<Timestamp>,
    pub offsite_at: Option<Timestamp>,
    pub offsite_error: Option<String>,
}

const COLUMNS: &str = "name, created_at, reason, bytes, checksum, verified_at, offsite_at, offsite_error";

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    let reason: String = row.get(2)?;
    Ok(Known {
        name: row.get(0)?,
        created_at: Timestamp::from_millis(row.get(1)?),
        reason: Reason::parse(&reason).unwrap_or(Reason::Hand),
        bytes: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
        checksum: row.get(4)?,
        verified_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        offsite_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        offsite_error: row.get(7)?,
    })
}

/// Newest first.
pub(super) fn all(rows: &impl Rows) -> Result<Vec<Known>, StoreError> {
    rows.all(&format!("SELECT {COLUMNS} FROM backups ORDER BY created_at DESC LIMIT 2000"), [], known)
}

/// A new backup, proven; the failure before it is over.
pub(super) fn made(tx: &Tx<'_>, backup: &Known) -> Result<(), StoreError> {
    tx.execute(
        &format!("INSERT OR REPLACE INTO backups ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        params![
            backup.name,
            backup.created_at.millis(),
            backup.reason.as_str(),
            i64::try_from(backup.bytes).unwrap_or(i64::MAX),
            backup.checksum,
            backup.verified_at.map(Timestamp::millis),
            backup.offsite_at.map(Timestamp::millis),
            backup.offsite_error,
        ],
    )?;
    tx.execute("DELETE FROM backup_failure", [])?;
    Ok(())
}

pub(super) fn verified(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE backups SET verified_at = ?2 WHERE name = ?1", params![name, now.millis()])?;
    Ok(())
}

pub(super) fn sent_off(tx: &Tx<'_>, name: &str, ended: Result<Timestamp, &str>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE backups SET offsite_at = coalesce(?2, offsite_at), offsite_error = ?3 WHERE name = ?1",
        params![name, ended.ok().map(Timestamp::millis), ended.err()],
    )?;
    Ok(())
}

/// Gone from here and from off-site.
pub(super) fn forget(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM backups WHERE name = ?1", [name])?;
    Ok(())
}

/// Gone from off-site; a copy may still lie here.
pub(super) fn not_off(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE backups SET offsite_at = NULL WHERE name = ?1", [name])?;
    Ok(())
}

pub(super) fn failed(tx: &Tx<'_>, now: Timestamp, message: &str) -> Result<(), StoreError> {
    tx.execute("INSERT OR REPLACE INTO backup_failure VALUES (1, ?1, ?2)", params![now.millis(), message])?;
    Ok(())
}

pub(super) fn failure(rows: &impl Rows) -> Result<Option<(Timestamp, String)>, StoreError> {
    rows.optional("SELECT at, message FROM backup_failure", [], |row| {
        Ok((Timestamp::from_millis(row.get(0)?), row.get(1)?))
    })
}

/// What is known of the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownKit {
    pub fingerprint: Vec<u8>,
    pub made_at: Timestamp,
    pub read_back_at: Option<Timestamp>,
    pub read_back_by: Option<String>,
}

pub(super) fn kit(rows: &impl Rows) -> Result<Option<KnownKit>, StoreError> {
    rows.optional("SELECT fingerprint, made_at, read_back_at, read_back_by FROM recovery_kit", [], |row| {
        Ok(KnownKit {
            fingerprint: row.get(0)?,
            made_at: Timestamp::from_millis(row.get(1)?),
            read_back_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
            read_back_by: row.get(3)?,
        })
    })
}

/// A kit of the same keys is the same kit: that it was read back still counts.
pub(super) fn kit_made(tx: &Tx<'_>, fingerprint: &[u8], now: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM recovery_kit WHERE fingerprint <> ?1", [fingerprint])?;
    tx.execute(
        "INSERT INTO recovery_kit (singleton, fingerprint, made_at) VALUES (1, ?1, ?2)
         ON CONFLICT (singleton) DO UPDATE SET made_at = excluded.made_at",
        params![fingerprint, now.millis()],
    )?;
    Ok(())
}

pub(super) fn kit_read_back(tx: &Tx<'_>, now: Timestamp, by: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE recovery_kit SET read_back_at = ?1, read_back_by = ?2", params![now.millis(), by])?;
    Ok(())
}
