//! What a scrape of the metrics asks the appliance, and what is counted on its way.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::metrics::{Counters, Snapshot};
use super::wire::App;
use crate::access::Principal;
use crate::connections::CheckRecord;
use crate::credits::CreditError;
use crate::store::StoreError;

/// The store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Credits(#[from] CreditError),
}

impl App {
    /// Whether a key may read the metrics.
    pub async fn may_read_metrics(&self, key: Option<&str>) -> bool {
        key.is_some_and(|key| self.access.authenticate(key, None).is_some())
    }

    /// How it is now. A store that does not answer is an error: a figure of 0 would be a lie that alarms, or keeps quiet.
    pub async fn snapshot(&self) -> Result<Snapshot, SnapshotError> {
        let credits = self.credits.summary(&Principal::system()).await?;
        let head = self.store.read::<_, StoreError, _>(|reader| crate::audit::head(reader)).await?;
        let beat = self.engine.beat();
        let (mails_waiting, mail_age) = self.notifications.waiting().await?;
        let backlog = self.webhooks.backlog().await?;
        let counts = self.connections.registry().counts();
        let by_status = counts.by_status.iter();
        Ok(Snapshot {
            connections: by_status
                .map(|(status, count)| (status.as_str().to_owned(), u64::try_from(*count).unwrap_or(0)))
                .collect(),
            uptime: self.uptime(),
            audit_sequence: head.map_or(0, |head| head.sequence),
            vault_sealed: self.vault.is_sealed(),
            scheduler_lag: beat.lag,
            webhooks_waiting: backlog.waiting,
            webhooks_oldest: backlog.oldest_since.map(|since| self.clock.now().since(since)).unwrap_or_default(),
            checks_waiting: u64::try_from(beat.waiting).unwrap_or(u64::MAX),
            checks_running: u64::try_from(beat.running).unwrap_or(u64::MAX),
            credits_granted: credits.granted,
            credits_in_use: credits.in_use,
            credits_available: credits.available,
            backup: self.backups.status(),
            standing_by: self.instances.stand_by().holds(),
            mails_waiting,
            mail_age,
        })
    }
}

/// Counts each check on its way to the history.
pub(super) fn count_checks(
    counters: Counters,
    mut checks: UnboundedReceiver<CheckRecord>,
) -> UnboundedReceiver<CheckRecord> {
    let (onward, counted) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(check) = checks.recv().await {
            let took = Duration::from_millis(u64::from(check.timing.total_ms));
            counters.check_done(check.status.as_str(), check.reason.map(crate::base::Reason::as_str), took);
            if onward.send(check).is_err() {
                return;
            }
        }
    });
    counted
}
