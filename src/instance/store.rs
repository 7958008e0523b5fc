//! The installation's one row.

use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

use super::{Birth, DEFAULT_NAME, DEFAULT_REGION, Given, Instance, Restoration};

pub(super) struct Row {
    id: String,
    pub(super) kind: String,
    name: Option<String>,
    region: Option<String>,
    created_at: i64,
}

impl Row {
    pub(super) fn into_instance(self, given: &Given) -> Instance {
        Instance {
            id: self.id,
            name: given.name.clone().or(self.name).unwrap_or_else(|| DEFAULT_NAME.into()),
            region: given.region.clone().or(self.region).unwrap_or_else(|| DEFAULT_REGION.into()),
            name_is_fixed: given.name.is_some(),
            region_is_fixed: given.region.is_some(),
            is_demo: self.kind == "demo",
            created_at: Timestamp::from_millis(self.created_at),
        }
    }
}

pub(super) fn read(from: &impl Rows) -> Result<Option<Row>, StoreError> {
    from.optional("SELECT id, kind, name, region, created_at FROM instance WHERE singleton = 1", [], |row| {
        Ok(Row { id: row.get(0)?, kind: row.get(1)?, name: row.get(2)?, region: row.get(3)?, created_at: row.get(4)? })
    })
}

pub(super) fn insert(tx: &Tx<'_>, birth: &Birth) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO instance (singleton, id, kind, created_at) VALUES (1, ?1, ?2, ?3)",
        (&birth.id, birth.kind.as_str(), birth.at.millis()),
    )?;
    Ok(())
}

pub(super) fn update(tx: &Tx<'_>, name: Option<&str>, region: Option<&str>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE instance SET name = coalesce(?1, name), region = coalesce(?2, region) WHERE singleton = 1",
        (name, region),
    )?;
    Ok(())
}

/// Id and region as a store has them; asked of copies too.
pub fn identity(from: &impl Rows) -> Result<Option<(String, String)>, StoreError> {
    Ok(read(from)?.map(|row| (row.id, row.region.unwrap_or_else(|| DEFAULT_REGION.into()))))
}

/// Whether a store holds made-up data; asked of copies too.
pub fn is_demo(from: &impl Rows) -> Result<bool, StoreError> {
    Ok(read(from)?.is_some_and(|row| row.kind == "demo"))
}

/// The latest restoration, while nobody confirmed it.
pub(super) fn unconfirmed(from: &impl Rows) -> Result<Option<Restoration>, StoreError> {
    let latest = from.optional(
        "SELECT restored_at, backup_name, backup_created_at, confirmed_at FROM restorations
         ORDER BY restored_at DESC LIMIT 1",
        [],
        |row| {
            let restoration = Restoration {
                restored_at: Timestamp::from_millis(row.get(0)?),
                backup_name: row.get(1)?,
                backup_created_at: Timestamp::from_millis(row.get(2)?),
            };
            Ok((restoration, row.get::<_, Option<i64>>(3)?))
        },
    )?;
    Ok(latest.filter(|(_, confirmed)| confirmed.is_none()).map(|(restoration, _)| restoration))
}

pub(super) fn restored(tx: &Tx<'_>, restoration: &Restoration) -> Result<(), StoreError> {
    tx.execute(
        "INSERT OR REPLACE INTO restorations (restored_at, backup_name, backup_created_at) VALUES (?1, ?2, ?3)",
        (restoration.restored_at.millis(), &restoration.backup_name, restoration.backup_created_at.millis()),
    )?;
    Ok(())
}

pub(super) fn confirm(tx: &Tx<'_>, now: Timestamp, by: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE restorations SET confirmed_at = ?1, confirmed_by = ?2 WHERE confirmed_at IS NULL",
        (now.millis(), by),
    )?;
    Ok(())
}
