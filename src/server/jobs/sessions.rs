//! Every ten minutes: sessions and one-time links that have ended are taken away. Every minute: what was typed into a form
//! and waits too long, secrets among it.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn prune(app: Arc<App>) {
    if let Err(error) = app.access.prune().await {
        tracing::error!(%error, "ended sessions could not be taken away; it is tried again");
    }
}

pub async fn sweep(app: Arc<App>) {
    app.drafts.sweep(app.clock.now());
}
