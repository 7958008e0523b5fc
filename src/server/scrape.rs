//! What a scrape of the metrics asks the appliance, and what is counted on its way.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::metrics::{Counters, Snapshot};
use super::wire::App;
use crate::access::Principal;
use crate::connections::CheckRecord;
use crate::store::StoreError;

impl App {
    /// Whether a key may read the metrics.
    pub async fn may_read_metrics(&self, key: Option<&str>) -> bool {
        key.is_some_and(|key| self.access.authenticate(key, None).is_some())
    }

    pub async fn snapshot(&self) -> Snapshot {
        let credits = self.credits.summary(&Principal::system()).await.ok();
        let head = self.store.read::<_, StoreError, _>(|reader| crate::audit::head(reader)).await;
        let beat = self.engine.beat();
        let (mails_waiting, mail_age) = self.notifications.waiting().await;
        let backlog = self.webhooks.backlog().await.unwrap_or_default();
        let counts = self.connections.registry().counts();
        let by_status = counts.by_status.iter();
        Snapshot {
            connections: by_status
                .map(|(status, count)| (status.as_str().to_owned(), u64::try_from(*count).unwrap_or(0)))
                .collect(),
            uptime: self.uptime(),
            audit_sequence: head.ok().flatten().map_or(0, |head| head.sequence),
            vault_sealed: self.vault.is_sealed(),
            scheduler_lag: beat.lag,
            webhooks_waiting: backlog.waiting,
            webhooks_oldest: backlog.oldest_since.map(|since| self.clock.now().since(since)).unwrap_or_default(),
            checks_waiting: u64::try_from(beat.waiting).unwrap_or(u64::MAX),
            checks_running: u64::try_from(beat.running).unwrap_or(u64::MAX),
            credits_granted: credits.as_ref().map_or(0, |sum| sum.granted),
            credits_in_use: credits.as_ref().map_or(0, |sum| sum.in_use),
            credits_available: credits.as_ref().map_or(0, |sum| sum.available),
            backup: self.backups.status(),
            standing_by: self.instances.stand_by().holds(),
            mails_waiting,
            mail_age,
        }
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
