//! What a look or a forwarded request needs of a connection, without asking the store each time: the way to sign in, the
//! address, and the secrets as they lie in the store, still sealed. Kept for one generation of the credentials; opened
//! for one request, by the vault's key in memory.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use url::Url;

use super::error::ConnectionError;
use super::model::Connection;
use super::service::{Connections, Inner};
use super::{Looked, input};
use crate::applications::APPLICATION_ID;
use crate::base::ConnectionId;
use crate::systems::{Auth, System};
use crate::upstream::{Credentials, ForwardAnswer, ForwardRequest, NotForwarded, Observation, TOKENS_FIELD, Target};
use crate::vault::{SealedSecrets, VaultError};

/// About 2 KiB each, more with a client's key.
const KEPT: usize = 8192;

/// What is the same for each request under the same credentials.
struct Ready {
    generation: i64,
    auth: Arc<Auth>,
    base_url: Url,
    sealed: Option<SealedSecrets>,
}

pub(super) struct ReadyOnes(Mutex<LruCache<ConnectionId, Arc<Ready>>>);

impl Default for ReadyOnes {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).unwrap_or(NonZeroUsize::MIN))))
    }
}

impl Connections {
    /// Sends a caller's request, signed in with the stored credentials.
    pub async fn forward(
        &self,
        connection: &Connection,
        request: ForwardRequest,
    ) -> Result<Result<ForwardAnswer, NotForwarded>, ConnectionError> {
        self.inner.refuse_standing_by()?;
        let system = self.inner.system_of(connection).ok_or(ConnectionError::NotFound)?;
        let target = self.inner.target(connection, &system).await?;
        Ok(self.inner.upstream.forward(&target, request).await)
    }

    /// What the rules say to something that traffic saw.
    pub fn judge(&self, connection: &Connection, observation: Observation) -> Result<Looked, ConnectionError> {
        let system = self.inner.system_of(connection).ok_or(ConnectionError::NotFound)?;
        let auth = input::stored_way(&system, connection, &Credentials::default()).ok_or(ConnectionError::NotFound)?;
        let auth = self.inner.with_application(connection, auth);
        Ok(self.inner.judged(&system, &auth, &system.probe.expect, observation))
    }
}

impl Inner {
    /// Everything to ask the connection's system with, its secrets opened.
    pub(super) async fn target(
        &self,
        connection: &Connection,
        system: &Arc<System>,
    ) -> Result<Target, ConnectionError> {
        let kept =
            self.ready.0.lock().get(&connection.id).filter(|kept| kept.generation == connection.generation).cloned();
        if let Some(kept) = kept {
            match self.target_of(connection, system, &kept) {
                Err(ConnectionError::Vault(error)) => {
                    // The customer's key was changed meanwhile; the store knows the new one.
                    tracing::debug!(connection = %connection.id, %error, "kept secrets did not open");
                }
                done => return done,
            }
        }
        let ready = Arc::new(self.make_ready(connection, system).await?);
        let target = self.target_of(connection, system, &ready)?;
        self.ready.0.lock().put(connection.id, ready);
        Ok(target)
    }

    async fn make_ready(&self, connection: &Connection, system: &Arc<System>) -> Result<Ready, ConnectionError> {
        let (vault, customer, id) = (self.vault.clone(), connection.customer_id, connection.id);
        let sealed = match connection.fingerprint.is_empty() {
            true => None,
            false => Some(
                self.store.read::<_, VaultError, _>(move |reader| vault.sealed_secrets(reader, customer, id)).await?,
            ),
        };
        let credentials = self.credentials_of(connection, sealed.as_ref())?;
        let auth = input::stored_way(system, connection, &credentials).ok_or(ConnectionError::NotFound)?;
        let base_url = connection.base_url.parse().map_err(|_| ConnectionError::NotFound)?;
        Ok(Ready { generation: connection.generation, auth, base_url, sealed })
    }

    fn credentials_of(
        &self,
        connection: &Connection,
        sealed: Option<&SealedSecrets>,
    ) -> Result<Credentials, ConnectionError> {
        let secrets = sealed.map(|sealed| self.vault.open_sealed(sealed)).transpose()?.unwrap_or_default();
        let mut credentials = input::credentials(&connection.auth_public, &secrets);
        // The tokens that count are those of the door, which renews them.
        credentials.secret.remove(TOKENS_FIELD);
        if let Some(application) = input::lent(self, &connection.system, &connection.auth_public)? {
            input::lend(&mut credentials, &application);
        }
        Ok(credentials)
    }

    /// The way to sign in as it is with the operator's application, as that is now.
    fn with_application(&self, connection: &Connection, way: Arc<Auth>) -> Arc<Auth> {
        let id = connection.auth_public.get(APPLICATION_ID).and_then(|id| id.parse().ok());
        match id.and_then(|id| self.applications.known(id)) {
            Some(application) => Arc::new(application.applied_to(&way)),
            None => way,
        }
    }

    fn target_of(
        &self,
        connection: &Connection,
        system: &Arc<System>,
        ready: &Ready,
    ) -> Result<Target, ConnectionError> {
        Ok(Target {
            connection: Some(connection.id),
            generation: connection.generation,
            system: system.clone(),
            auth: self.with_application(connection, ready.auth.clone()),
            hosting: connection.hosting,
            base_url: ready.base_url.clone(),
            parameters: connection.parameters.clone(),
            credentials: self.credentials_of(connection, ready.sealed.as_ref())?,
            limits: self.limits(),
            probe: connection.probe.clone(),
        })
    }

    /// The address of a connection moved: it is read again, its session stays.
    pub(super) fn read_again(&self, id: ConnectionId) {
        self.ready.0.lock().pop(&id);
    }

    /// Session, tokens, kept connections and sealed secrets of a connection that changed or ended.
    pub(super) fn forget(&self, id: ConnectionId) {
        self.ready.0.lock().pop(&id);
        self.upstream.forget(id);
    }
}
