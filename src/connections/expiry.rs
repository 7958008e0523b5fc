//! Ends that are known beforehand: `connection.expiring` at 30, 7 and 1 days before a certificate or credential ends, each
//! once, until a reconnect brings a new one.

use super::apply::Cause;
use super::error::ConnectionError;
use super::model::Source;
use super::service::Connections;
use super::{events, store};
use crate::alarms;
use crate::base::{Actor, ConnectionId, Status, Timestamp};
use crate::events::EventKind;
use crate::store::{StoreError, Tx};

/// Days before the end, the nearest first.
const WARNINGS: [i64; 3] = [1, 7, 30];

/// The nearest warning that is due; `None` when the end is far, unknown or past.
fn due(expires_at: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    let end = expires_at.filter(|end| *end > now)?;
    WARNINGS.into_iter().find(|days| now >= end.plus_seconds(-days * 86_400))
}

fn kind(days: i64) -> String {
    format!("expiring_{days}")
}

impl Connections {
    /// Warns of every end that has come near since the last time; how many warnings were new.
    pub async fn warn_of_ends(&self) -> Result<usize, ConnectionError> {
        let now = self.inner.clock.now();
        let mut warned = 0usize;
        for connection in self.inner.registry.all() {
            if due(connection.expires_at, now).is_some() && self.warn(connection.id, now).await? {
                warned = warned.saturating_add(1);
            }
        }
        Ok(warned)
    }

    /// Asked again in the transaction: a reconnect meanwhile brought another end.
    async fn warn(&self, id: ConnectionId, now: Timestamp) -> Result<bool, ConnectionError> {
        let inner = self.inner.clone();
        self.inner
            .store
            .write::<_, ConnectionError, _>(move |tx| {
                let found = store::find(tx, id)?.filter(|one| one.status != Status::Disconnected);
                let Some(connection) = found else { return Ok(false) };
                let Some(days) = due(connection.expires_at, now) else { return Ok(false) };
                let ends = connection.expires_at.map(|end| end.to_string()).unwrap_or_default();
                let message = format!("A certificate or credential of this connection ends on {ends}.");
                if !alarms::note(tx, &kind(days), &connection.id.to_string(), &message, now)? {
                    return Ok(false);
                }
                let cause = Cause {
                    source: Source::Scheduler,
                    actor: &Actor::system(),
                    rule: None,
                    rule_name: format!("ends within {days} days"),
                    message,
                    record: serde_json::Value::Null,
                    at: now,
                };
                events::beside(tx, &inner, EventKind::ConnectionExpiring, &connection, &cause)?;
                Ok(true)
            })
            .await
    }
}

/// The warnings of an end that no longer holds.
pub(super) fn lift_warnings(tx: &Tx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    for days in WARNINGS {
        alarms::forget(tx, &kind(days), &id.to_string())?;
    }
    Ok(())
}

/// New credentials have ends of their own, and what an operator said was of the old ones.
pub(super) fn forget_end(tx: &Tx<'_>, id: ConnectionId) -> Result<(), StoreError> {
    lift_warnings(tx, id)?;
    store::forget_secret_end(tx, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_warning_is_the_one_that_is_due() {
        let end = Timestamp::from_millis(100 * 86_400_000);
        let before = |hours: i64| end.plus_seconds(-hours * 3600);
        let rows = [
            (31 * 24, None),
            (30 * 24, Some(30)),
            (8 * 24, Some(30)),
            (7 * 24, Some(7)),
            (25, Some(7)),
            (24, Some(1)),
            (1, Some(1)),
            (0, None),
            (-5, None),
        ];
        for (hours, wanted) in rows {
            assert_eq!(due(Some(end), before(hours)), wanted, "{hours} h before");
        }
        assert_eq!(due(None, end), None);
    }
}
