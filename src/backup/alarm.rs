//! The operators are told when backups stop: one alarm while the newest is too old, one while the latest try failed.

use serde_json::json;

use super::error::BackupError;
use super::service::Backups;
use super::store;
use crate::audit::Entry;
use crate::base::{Actor, BACKUP_FAILED, BACKUP_LATE, EventId};
use crate::events::{self, EventKind, NewEvent};
use crate::store::StoreError;

impl Backups {
    /// Brings the alarms into line with how it is; each new one is an event as well.
    pub async fn raise_or_lift(&self) -> Result<(), BackupError> {
        let status = self.status();
        let late = self.is_late().then(|| match status.last_at {
            Some(at) => format!(
                "The newest backup is of {at}. Make one by `junctionbox backup create`, and look why none was made."
            ),
            None => "No backup was ever made. Make one by `junctionbox backup create`.".to_owned(),
        });
        let failed = status.failed.map(|failed| format!("The latest backup failed: {}.", failed.message));
        let (inner, now) = (self.0.clone(), self.0.clock.now());
        let wanted = [(BACKUP_LATE, late), (BACKUP_FAILED, failed)];
        let ids = wanted.clone().map(|_| EventId::new(now, inner.random.as_ref()));
        let write = self.0.store.write::<_, StoreError, _>(move |tx| {
            for ((kind, message), id) in wanted.into_iter().zip(ids) {
                let (action, detail) = match &message {
                    Some(message) if store::raise(tx, kind, message, now)? => {
                        let data = json!({"reason": kind, "message": message});
                        let event = NewEvent {
                            id,
                            kind: EventKind::InstanceAlarm,
                            at: now,
                            customer_id: None,
                            connection_id: None,
                            data: data.clone(),
                        };
                        events::append(tx, &event)?;
                        ("instance.alarm_raised", data)
                    }
                    None if store::lift(tx, kind)? => ("instance.alarm_lifted", json!({"reason": kind})),
                    _ => continue,
                };
                inner.audit.append(tx, &Entry::new(now, &Actor::system(), action).detail(detail))?;
            }
            Ok(())
        });
        Ok(write.await?)
    }
}
