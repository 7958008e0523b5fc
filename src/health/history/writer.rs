//! Checks on their way to the history: written in batches, never in the way of a check.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{CheckRow, store};
use crate::connections::CheckRecord;
use crate::store::{Store, StoreError};

const PATIENCE: Duration = Duration::from_millis(250);
const BATCH: usize = 500;

/// Takes checks until their sender is gone.
pub struct HistoryWriter {
    store: Store,
    checks: UnboundedReceiver<CheckRecord>,
}

impl HistoryWriter {
    pub fn new(store: Store, checks: UnboundedReceiver<CheckRecord>) -> Self {
        Self { store, checks }
    }

    /// Runs until the last sender of checks is gone, and writes what is left.
    pub async fn run(mut self) {
        while let Some(first) = self.checks.recv().await {
            let mut batch = vec![first];
            // Somebody waits for a check by hand: it is not held up for company.
            if batch.iter().all(|record| record.written.is_none()) {
                let _ = tokio::time::timeout(PATIENCE, async {
                    while batch.len() < BATCH {
                        match self.checks.recv().await {
                            Some(record) => {
                                let hurry = record.written.is_some();
                                batch.push(record);
                                if hurry {
                                    break;
                                }
                            }
                            None => break,
                        }
                    }
                })
                .await;
            }
            self.write(batch).await;
        }
    }

    async fn write(&self, batch: Vec<CheckRecord>) {
        let (rows, waiting): (Vec<CheckRow>, Vec<_>) = batch.into_iter().map(split).unzip();
        for attempt in 1..=2 {
            let again = rows.clone();
            let done = self
                .store
                .history()
                .write::<_, StoreError, _>(move |tx| again.iter().try_for_each(|row| store::insert_check(tx, row)))
                .await;
            match done {
                Ok(()) => break,
                Err(error) if attempt == 1 => {
                    tracing::warn!(%error, "checks could not be written to the history; once more")
                }
                Err(error) => tracing::error!(%error, checks = rows.len(), "checks are missing from the history"),
            }
        }
        waiting.into_iter().flatten().for_each(|written| {
            let _ = written.send(());
        });
    }
}

fn split(record: CheckRecord) -> (CheckRow, Option<tokio::sync::oneshot::Sender<()>>) {
    let row = CheckRow {
        id: record.id,
        connection_id: record.connection_id,
        at: record.at,
        source: record.source.as_str().into(),
        ok: record.ok,
        status: record.status,
        reason: record.reason,
        rule: Some(record.rule),
        rule_name: record.rule_name,
        http_status: record.http_status,
        timing: record.timing,
    };
    (row, record.written)
}
