//! Every quarter of an hour: certificates and credentials whose end has come near are announced, each warning once.

use std::sync::Arc;

use crate::access::{AccessError, Principal};
use crate::base::PageRequest;
use crate::notifications::KnownEnd;
use crate::server::tls;
use crate::server::wire::App;

pub async fn warn(app: Arc<App>) {
    match app.connections.warn_of_ends().await {
        Ok(0) => {}
        Ok(warnings) => tracing::info!(warnings, "ends of certificates or credentials were announced"),
        Err(error) => tracing::error!(%error, "near ends could not be announced; it is tried again"),
    }
    let others = match others(&app).await {
        Ok(others) => others,
        Err(error) => return tracing::error!(%error, "the ends of API keys could not be read; it is tried again"),
    };
    match app.notifications.warn_of(others).await {
        Ok(0) => {}
        Ok(mails) => tracing::info!(mails, "ends of keys or of the server's certificate were announced"),
        Err(error) => tracing::error!(%error, "near ends could not be announced; it is tried again"),
    }
}

/// Ends that no connection has: API keys, and a certificate that does not renew itself.
async fn others(app: &App) -> Result<Vec<KnownEnd>, AccessError> {
    let mut keys = Vec::new();
    let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let found = app.access.api_keys(&Principal::system(), false, page.clone()).await?;
        keys.extend(found.items);
        match found.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    let mut ends: Vec<KnownEnd> = keys
        .into_iter()
        .filter_map(|key| {
            Some(KnownEnd {
                key: format!("api_key:{}", key.id),
                what: format!("API key “{}”", key.name),
                ends_at: key.expires_at?,
                path: "/settings/api-keys".into(),
            })
        })
        .collect();
    if let Some((ends_at, false)) = tls::certificate_end(&app.config.server.tls, &app.config.storage.data_dir) {
        ends.push(KnownEnd {
            key: "server_certificate".into(),
            what: "The certificate of this server".into(),
            ends_at,
            path: "/calendar".into(),
        });
    }
    Ok(ends)
}
