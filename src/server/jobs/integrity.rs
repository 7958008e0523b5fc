//! Weekly: the store is read as a whole and compared with its indexes, and the audit chain is computed again. What does not
//! hold is an alarm of the appliance, until a later reading finds it whole.

use std::sync::Arc;

use crate::base::{AUDIT_BROKEN, STORE_DAMAGED};
use crate::server::wire::App;

pub async fn verify(app: Arc<App>) {
    match app.store.verify_integrity().await {
        Ok(findings) if findings.is_empty() => {
            tracing::info!("the store is whole");
            settle(&app, STORE_DAMAGED, None).await;
        }
        Ok(findings) => {
            tracing::error!(?findings, "the store is damaged: restore a backup");
            let message = "The store is damaged: its weekly reading found faults, which the log names. Restore the newest backup \
                           by `junctionbox restore`.";
            settle(&app, STORE_DAMAGED, Some(message)).await;
        }
        Err(error) => tracing::error!(%error, "the store could not be verified"),
    }
    match app.audit.verify(&app.store, None, app.clock.now()).await {
        Ok(proof) if proof.is_whole() => {
            tracing::info!(entries = proof.entries, "the audit chain is whole");
            settle(&app, AUDIT_BROKEN, None).await;
        }
        Ok(proof) => {
            tracing::error!(broken = ?proof.first_broken, "the audit chain is broken");
            let message = "The audit log is not as it was written: an entry was changed or is missing. Find it by `junctionbox \
                           audit verify`, and keep the files as they are.";
            settle(&app, AUDIT_BROKEN, Some(message)).await;
        }
        Err(error) => tracing::error!(%error, "the audit chain could not be verified"),
    }
}

/// One alarm while it does not hold. A store that is damaged may refuse even that: the log has said it.
async fn settle(app: &App, kind: &'static str, message: Option<&'static str>) {
    if let Err(error) = app.connections.settle_alarm(kind, message.map(str::to_owned)).await {
        tracing::error!(%error, kind, "an alarm could not be written");
    }
}
