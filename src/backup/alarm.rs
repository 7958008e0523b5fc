//! The operators are told when backups stop: one alarm while the newest is too old, one while the latest try failed.

use super::error::BackupError;
use super::service::Backups;
use crate::alarms;
use crate::base::{BACKUP_FAILED, BACKUP_LATE};
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
        let write = self.0.store.write::<_, StoreError, _>(move |tx| {
            for (kind, message) in wanted {
                match message {
                    Some(message) => alarms::raise(tx, (&inner.audit, inner.random.as_ref()), kind, &message, now)?,
                    None => alarms::lift(tx, &inner.audit, kind, now)?,
                };
            }
            Ok(())
        });
        Ok(write.await?)
    }
}
