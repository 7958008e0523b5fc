//! Every minute the history is summed up; every hour what is older than it is to be kept goes.

use std::sync::Arc;

use crate::server::settings;
use crate::server::wire::App;

pub async fn roll_up(app: Arc<App>) {
    if let Err(error) = app.history.roll_up().await {
        tracing::error!(%error, "the history could not be summed up; it is tried again");
    }
}

pub async fn prune(app: Arc<App>) {
    match app.history.prune(settings::keep(&app.config)).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "old history was taken away"),
        Err(error) => tracing::error!(%error, "old history could not be taken away; it is tried again"),
    }
    match app.connections.prune_transitions(app.config.health.retention.transitions).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "old decision records were taken away"),
        Err(error) => tracing::error!(%error, "old decision records could not be taken away; it is tried again"),
    }
}
