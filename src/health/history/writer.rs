//! Checks on their way to the history: written in batches, never in the way of a check.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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

/// A writer at work.
pub struct Writing {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Writing {
    /// Takes no more checks, and returns when those that came are written.
    pub async fn finish(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

impl HistoryWriter {
    pub fn new(store: Store, checks: UnboundedReceiver<CheckRecord>) -> Self {
        Self { store, checks }
    }

    /// Begins to write.
    pub fn start(self) -> Writing {
        let (stop, stopped) = oneshot::channel();
        Writing { stop, task: tokio::spawn(self.run(stopped)) }
    }

    /// Runs until it is stopped or the last sender of checks is gone, and writes what is left.
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut stopping = false;
        loop {
            tokio::select! {
                first = self.checks.recv() => match first {
                    Some(first) => {
                        let batch = self.gather(first).await;
                        self.write(batch).await;
                    }
                    None => return,
                },
                _ = &mut stopped, if !stopping => {
                    stopping = true;
                    self.checks.close();
                }
            }
        }
    }

    /// What comes within a moment is written together.
    async fn gather(&mut self, first: CheckRecord) -> Vec<CheckRecord> {
        let mut hurry = first.written.is_some();
        let mut batch = vec![first];
        let _ = tokio::time::timeout(PATIENCE, async {
            // Somebody waits for a check by hand: it is not held up for company.
            while batch.len() < BATCH && !hurry {
                let Some(record) = self.checks.recv().await else { break };
                hurry = record.written.is_some();
                batch.push(record);
            }
        })
        .await;
        batch
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

fn split(record: CheckRecord) -> (CheckRow, Option<oneshot::Sender<()>>) {
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
