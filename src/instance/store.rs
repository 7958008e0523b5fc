//! The installation's one row.

use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

use super::{Birth, DEFAULT_NAME, DEFAULT_REGION, Given, Instance};

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
