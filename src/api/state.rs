//! What the handlers call: handles to the use cases, made by the composition root and shared by all workers.

use std::sync::Arc;

use super::limits::Limits;
use super::refusals::Refusals;
use crate::access::Access;
use crate::applications::Applications;
use crate::audit::AuditLog;
use crate::base::{Clock, Random, SecretBytes, Timestamp};
use crate::connections::Connections;
use crate::credits::Credits;
use crate::customers::Customers;
use crate::health::History;
use crate::instance::Instances;
use crate::notifications::Notifications;
use crate::oauth::Oauth;
use crate::proxy::Proxy;
use crate::store::Store;
use crate::systems::Catalogue;
use crate::vault::Vault;
use crate::webhooks::Webhooks;

pub struct Api {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub version: &'static str,
    pub started_at: Timestamp,
    pub instances: Instances,
    pub vault: Vault,
    pub audit: AuditLog,
    pub customers: Customers,
    pub credits: Credits,
    pub catalogue: Arc<Catalogue>,
    pub access: Access,
    pub connections: Connections,
    pub applications: Applications,
    pub oauth: Oauth,
    pub history: History,
    pub proxy: Proxy,
    pub notifications: Notifications,
    pub webhooks: Webhooks,
    pub public_url: String,
    pub guard: Guard,
}

/// What stands between callers and handlers. Shared by all workers.
#[derive(Clone)]
pub struct Guard {
    /// `InstanceKey::derive("idempotency")`: request bodies are compared by a keyed hash, answers kept under a seal.
    pub(super) request_key: SecretBytes,
    pub(super) refusals: Refusals,
    pub(super) limits: Limits,
}

impl Guard {
    pub fn new(request_key: SecretBytes, limits: Limits) -> Self {
        Self { request_key, refusals: Refusals::default(), limits }
    }
}
