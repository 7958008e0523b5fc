//! Every quarter of an hour: certificates and credentials whose end has come near are announced, each warning once.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn warn(app: Arc<App>) {
    match app.connections.warn_of_ends().await {
        Ok(0) => {}
        Ok(warnings) => tracing::info!(warnings, "ends of certificates or credentials were announced"),
        Err(error) => tracing::error!(%error, "near ends could not be announced; it is tried again"),
    }
}
