//! Every minute: whom the appliance contacted is written down.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn save(app: Arc<App>) {
    if let Err(error) = app.upstream.contacts().save(&app.store).await {
        tracing::warn!(%error, "whom the appliance contacted could not be written down; it is tried again");
    }
}
