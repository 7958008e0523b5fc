//! Hourly: the head of the audit chain goes to the journal, where a cut tail can be proven later.

use std::sync::Arc;

use crate::audit::{self, AuditHead};
use crate::server::wire::App;
use crate::store::StoreError;

pub async fn note(app: Arc<App>) {
    let head = app.store.read::<Option<AuditHead>, StoreError, _>(|reader| audit::head(reader)).await;
    match head {
        Ok(Some(head)) => tracing::info!(sequence = head.sequence, mac = head.mac, "the audit chain's head"),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "the audit chain's head could not be read"),
    }
}
