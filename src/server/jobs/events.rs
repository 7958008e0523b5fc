//! Every hour: events that are older than they are to be kept go.

use std::sync::Arc;

use crate::events;
use crate::server::wire::App;

pub async fn prune(app: Arc<App>) {
    let before = app.clock.now().minus(app.config.webhooks.retention_events);
    match events::prune(&app.store, before).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(events = count, "old events were taken away"),
        Err(error) => tracing::error!(%error, "old events could not be taken away; it is tried again"),
    }
}
