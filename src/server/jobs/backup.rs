//! By the configured calendar a backup is made; hourly it is looked at whether one is missing, and the operators are told.

use std::sync::Arc;

use crate::access::Principal;
use crate::backup::{BackupError, Reason};
use crate::server::wire::App;

pub async fn make(app: Arc<App>) {
    if app.instances.current().is_demo {
        return;
    }
    match app.backups.create(&Principal::system(), Reason::Schedule).await {
        Ok(made) => tracing::info!(backup = made.name, bytes = made.bytes, "a backup was made and proven"),
        Err(BackupError::Running) => tracing::info!("a backup is being made already"),
        // Also what fails after the backup lies there: it is no failed backup, and still has to be known.
        Err(error) => tracing::error!(%error, "the backup by the calendar did not end as it should"),
    }
    watch(app).await;
}

/// An alarm stands as long as the newest backup is too old.
pub async fn watch(app: Arc<App>) {
    if app.instances.current().is_demo {
        return;
    }
    if let Err(error) = app.backups.raise_or_lift().await {
        tracing::error!(%error, "the backups' alarm could not be written");
    }
}

/// What ended for good is known here and off-site soon, not only with the next backup.
pub async fn send_erasures(app: Arc<App>) {
    app.endings.note(&app.store).await;
    app.backups.send_erasures().await;
}
