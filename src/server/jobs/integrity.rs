//! Weekly: the store is read as a whole and compared with its indexes, and the audit chain is computed again.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn verify(app: Arc<App>) {
    match app.store.verify_integrity().await {
        Ok(findings) if findings.is_empty() => tracing::info!("the store is whole"),
        Ok(findings) => tracing::error!(?findings, "the store is damaged: restore a backup"),
        Err(error) => tracing::error!(%error, "the store could not be verified"),
    }
    match app.audit.verify(&app.store, None, app.clock.now()).await {
        Ok(proof) if proof.is_whole() => tracing::info!(entries = proof.entries, "the audit chain is whole"),
        Ok(proof) => tracing::error!(broken = ?proof.first_broken, "the audit chain is broken"),
        Err(error) => tracing::error!(%error, "the audit chain could not be verified"),
    }
}
