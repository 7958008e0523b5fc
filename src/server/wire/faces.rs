//! What the faces call: handles to the services, one set for the API, one for the dashboard.

use std::path::Path;
use std::sync::Arc;

use actix_web::web;

use super::{App, PACKAGED_KEY, VERSION};
use crate::api::Api;
use crate::base::Timestamp;
use crate::config::{KeySource, Seal};
use crate::dashboard::desk::Desk;
use crate::dashboard::settings::egress::NamedServer;
use crate::server::settings;

impl App {
    /// Puts the services that the faces ask for into the routes' data.
    pub fn configure(&self, routes: &mut web::ServiceConfig) {
        routes.app_data(web::Data::new(self.desk())).app_data(web::Data::new(self.api()));
        routes.app_data(web::Data::new(self.portal.clone()));
    }

    fn api(&self) -> Api {
        Api {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            version: VERSION,
            started_at: self.started_at,
            instances: self.instances.clone(),
            access: self.access.clone(),
            vault: self.vault.clone(),
            audit: self.audit.clone(),
            customers: self.customers.clone(),
            credits: self.credits.clone(),
            catalogue: Arc::clone(&self.catalogue),
            connections: self.connections.clone(),
            applications: self.applications.clone(),
            oauth: self.oauth.clone(),
            history: self.history.clone(),
            proxy: self.proxy.clone(),
            notifications: self.notifications.clone(),
            webhooks: self.webhooks.clone(),
            public_url: self.public_url.clone(),
            guard: self.guard.clone(),
        }
    }

    fn desk(&self) -> Desk {
        Desk {
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            version: VERSION,
            public_url: self.public_url.clone(),
            store: self.store.clone(),
            instances: self.instances.clone(),
            access: self.access.clone(),
            audit: self.audit.clone(),
            vault: self.vault.clone(),
            customers: self.customers.clone(),
            credits: self.credits.clone(),
            catalogue: Arc::clone(&self.catalogue),
            connections: self.connections.clone(),
            applications: self.applications.clone(),
            oauth: self.oauth.clone(),
            upstream: self.upstream.clone(),
            history: self.history.clone(),
            webhooks: self.webhooks.clone(),
            drafts: Arc::clone(&self.drafts),
            logos: Arc::clone(&self.logos),
            notifications: self.notifications.clone(),
            server_certificate_ends: self.server_certificate_ends(),
            backups: self.backups.clone(),
            key_files: self.key_files(),
            named_servers: self.named_servers(),
        }
    }

    /// Reads the certificate in use anew each time: a reload may have exchanged it.
    fn server_certificate_ends(&self) -> Arc<dyn Fn() -> Option<(Timestamp, bool)> + Send + Sync> {
        let (tls, folder) = (self.config.server.tls.clone(), self.config.storage.data_dir.clone());
        Arc::new(move || crate::server::tls::certificate_end(&tls, &folder))
    }

    /// The demo's names come from a table of its own, and it has no servers.
    fn named_servers(&self) -> Vec<NamedServer> {
        if self.instances.current().is_demo { Vec::new() } else { settings::named_servers(&self.config) }
    }

    fn key_files(&self) -> Vec<(String, String)> {
        let shown = |name: &str, path: &Path| (name.to_owned(), path.display().to_string());
        let mut files = Vec::new();
        match &self.config.storage.instance_key {
            KeySource::Value(_) => {}
            KeySource::File(path) => files.push(shown("Instance key", path)),
            KeySource::Credential(_) => files.push(shown("Instance key", Path::new(PACKAGED_KEY))),
        }
        if self.config.vault.seal == Seal::KeyFile {
            files.push(shown("Vault’s key", &self.config.vault.key_file));
        }
        files
    }
}
