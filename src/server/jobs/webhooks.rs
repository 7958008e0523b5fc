//! Every second: events leave for their receivers, and what is due is tried again. Every hour: old deliveries go.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn beat(app: Arc<App>) {
    // A restored appliance tells nobody anything until it is known to be the only one.
    if !app.instances.stand_by().holds() {
        app.webhooks.tick().await;
    }
}

pub async fn prune(app: Arc<App>) {
    match app.webhooks.prune().await {
        Ok(0) => {}
        Ok(deliveries) => tracing::info!(deliveries, "old deliveries were taken away"),
        Err(error) => tracing::error!(%error, "old deliveries could not be taken away; it is tried again"),
    }
}
