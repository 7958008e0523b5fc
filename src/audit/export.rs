//! The log as a file: oldest first, in batches, so that its size does not matter.

use std::io::Write;

use super::error::AuditError;
use super::model::{AuditFilter, AuditRow};
use super::store;
use crate::store::Store;

const BATCH: i64 = 500;

/// Walks over the matching entries. Entries appended meanwhile come too.
pub struct Export {
    store: Store,
    filter: AuditFilter,
    last: i64,
}

impl Export {
    pub fn new(store: &Store, filter: AuditFilter) -> Self {
        Self::after(store, filter, 0)
    }

    /// Goes on behind an entry that was exported already.
    pub fn after(store: &Store, filter: AuditFilter, sequence: i64) -> Self {
        Self { store: store.clone(), filter, last: sequence }
    }

    /// The next entries; empty at the end.
    pub async fn next(&mut self) -> Result<Vec<AuditRow>, AuditError> {
        let (filter, last) = (self.filter.clone(), self.last);
        let rows = self
            .store
            .read::<_, AuditError, _>(move |reader| Ok(store::matching_after(reader, &filter, last, BATCH)?))
            .await?;
        if let Some(row) = rows.last() {
            self.last = row.sequence;
        }
        Ok(rows)
    }
}

const HEADER: [&str; 13] = [
    "sequence",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "address",
    "action",
    "target_kind",
    "target_id",
    "target_name",
    "outcome",
    "detail",
    "mac",
];

/// Writes CSV; with the header on the first call. A cell that a spreadsheet would run as a formula gets a quote before it.
pub fn write_csv(out: &mut impl Write, rows: &[AuditRow], header: bool) -> Result<(), AuditError> {
    let mut csv = csv::Writer::from_writer(out);
    let failed = |error: csv::Error| std::io::Error::other(error);
    if header {
        csv.write_record(HEADER).map_err(failed)?;
    }
    for row in rows {
        let target = row.target.as_ref();
        let cells = [
            row.sequence.to_string(),
            row.at.to_string(),
            row.actor_kind.clone(),
            row.actor_id.clone().unwrap_or_default(),
            row.actor_name.clone(),
            row.address.clone().unwrap_or_default(),
            row.action.clone(),
            target.map(|target| target.kind.clone()).unwrap_or_default(),
            target.and_then(|target| target.id.clone()).unwrap_or_default(),
            target.and_then(|target| target.name.clone()).unwrap_or_default(),
            row.outcome.as_str().to_owned(),
            row.detail.to_string(),
            row.mac.clone(),
        ];
        csv.write_record(cells.map(harmless)).map_err(failed)?;
    }
    csv.flush()?;
    Ok(())
}

fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
