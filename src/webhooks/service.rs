//! The handle to webhooks: what it is opened with, what its parts share, what metrics may ask.

use std::sync::Arc;
use std::time::Duration;

use super::engine::Running;
use super::error::WebhookError;
use super::store;
use crate::audit::AuditLog;
use crate::base::{Clock, EndpointId, Random, Timestamp};
use crate::store::{Store, StoreError};
use crate::upstream::Upstream;
use crate::vault::Vault;

/// Told what each try came to: `delivered`, `failed`, `gone`.
pub type TryCounter = Arc<dyn Fn(&'static str) + Send + Sync>;

#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// From the look-up of the name to the head of the answer.
    pub timeout: Duration,
    /// The pauses before each try; never empty.
    pub schedule: Vec<Duration>,
    /// Tries at once, over all endpoints; each endpoint has its first one beside these.
    pub concurrency: usize,
    pub concurrency_per_endpoint: usize,
    /// How long the secret before a rotation still signs.
    pub secret_overlap: Duration,
    /// How long finished deliveries are kept.
    pub retention: Duration,
}

pub struct WebhooksParts {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub upstream: Upstream,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: WebhookSettings,
    pub count: TryCounter,
}

/// A handle; clones share what is under way.
#[derive(Clone)]
pub struct Webhooks(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub upstream: Upstream,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: WebhookSettings,
    pub count: TryCounter,
    pub running: Running,
}

/// What waits for its receivers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    pub waiting: i64,
    pub oldest_since: Option<Timestamp>,
}

impl Webhooks {
    pub fn new(parts: WebhooksParts) -> Self {
        let WebhooksParts { store, audit, vault, upstream, clock, random, settings, count } = parts;
        let running = Running::new(settings.concurrency);
        Self(Arc::new(Inner { store, audit, vault, upstream, clock, random, settings, count, running }))
    }

    pub fn settings(&self) -> &WebhookSettings {
        &self.0.settings
    }

    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        let (waiting, oldest_since) =
            self.0.store.read::<_, StoreError, _>(|reader| store::deliveries::backlog(reader)).await?;
        Ok(Backlog { waiting, oldest_since })
    }

    /// Endpoints that fail or were switched off by their own fault, for whoever keeps watch over the appliance.
    pub async fn in_trouble(&self) -> Result<Vec<(EndpointId, super::EndpointStatus)>, StoreError> {
        let all = self.0.store.read::<_, StoreError, _>(|reader| store::endpoints::all(reader)).await?;
        Ok(all
            .into_iter()
            .filter(|endpoint| {
                endpoint.warned_at.is_some()
                    || endpoint.disabled.is_some_and(|(_, reason)| reason != super::DisabledReason::Operator)
            })
            .map(|endpoint| (endpoint.id, endpoint.status()))
            .collect())
    }

    /// Takes away finished deliveries that are older than they are kept, and old secrets whose time is over.
    pub async fn prune(&self) -> Result<usize, WebhookError> {
        const STEP: usize = 1000;
        let now = self.0.clock.now();
        let before = now.minus(self.0.settings.retention);
        self.0.store.write::<_, StoreError, _>(move |tx| store::endpoints::drop_old_secrets(tx, now)).await?;
        let mut all = 0_usize;
        loop {
            let gone =
                self.0.store.write::<_, StoreError, _>(move |tx| store::deliveries::prune(tx, before, STEP)).await?;
            all = all.saturating_add(gone);
            if gone < STEP {
                return Ok(all);
            }
        }
    }
}
