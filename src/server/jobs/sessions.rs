//! Every ten minutes: sessions and one-time links that have ended are taken away.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn prune(app: Arc<App>) {
    if let Err(error) = app.access.prune().await {
        tracing::error!(%error, "ended sessions could not be taken away; it is tried again");
    }
}
