//! Where renewed tokens are kept: sealed in the vault, over the very tokens that were read, in the same step as the end and
//! the address that came with them. Refuses tokens of credentials that were replaced meanwhile.

use std::sync::{Arc, Weak};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::connect::text_of;
use super::error::ConnectionError;
use super::service::Inner;
use super::{Connection, expiry, input, store};
use crate::base::{ConnectionId, Status};
use crate::store::Tx;
use crate::upstream::{KeptTokens, NotKept, ReadTokens, TOKENS_FIELD, Target, TokenKeeper};
use crate::vault::VaultError;

/// Does not hold the domain alive: the door outlives it at the end.
pub(super) struct Keeper(pub Weak<Inner>);

impl TokenKeeper for Keeper {
    fn read(&self, connection: ConnectionId, generation: i64) -> BoxFuture<'static, Result<ReadTokens, NotKept>> {
        let inner = self.0.upgrade();
        async move { inner.ok_or_else(ended)?.read_tokens(connection, generation).await.map_err(not_kept) }.boxed()
    }

    fn keep(
        &self,
        connection: ConnectionId,
        generation: i64,
        serial: i64,
        tokens: KeptTokens,
    ) -> BoxFuture<'static, Result<i64, NotKept>> {
        let inner = self.0.upgrade();
        async move {
            let inner = inner.ok_or_else(ended)?;
            let task = inner.clone();
            let kept = inner.store.write::<_, ConnectionError, _>(move |tx| {
                task.keep_tokens(tx, connection, generation, serial, &tokens)
            });
            kept.await.map_err(not_kept)
        }
        .boxed()
    }
}

fn ended() -> NotKept {
    NotKept::Failed("the appliance is ending".into())
}

fn not_kept(error: ConnectionError) -> NotKept {
    match error {
        ConnectionError::NotFound | ConnectionError::NoCredentials => NotKept::Superseded,
        ConnectionError::Sealed => NotKept::Sealed,
        other => {
            tracing::error!(error = %other, "tokens could not be read or kept");
            NotKept::Failed("see the log".into())
        }
    }
}

impl Inner {
    /// What is revoked at the system when the connection ends, where the system takes that.
    pub(super) async fn tokens_to_revoke(self: &Arc<Self>, id: ConnectionId) -> Option<(Target, KeptTokens)> {
        // They may be those of the appliance that this one was restored from.
        self.refuse_standing_by().ok()?;
        let connection = self.registry.find(id).filter(|one| one.status != Status::Disconnected)?;
        let system = self.system_of(&connection)?;
        let target = self.target(&connection, &system).await.ok()?;
        let revocable = target.auth.token.as_ref().is_some_and(|token| token.revocation_url.is_some());
        if !target.auth.keeps_tokens() || !revocable {
            return None;
        }
        let read = self.clone().read_tokens(id, connection.generation).await.ok()?;
        Some((target, read.tokens))
    }

    async fn read_tokens(self: Arc<Self>, id: ConnectionId, generation: i64) -> Result<ReadTokens, ConnectionError> {
        let task = self.clone();
        let found = self
            .store
            .read::<_, ConnectionError, _>(move |reader| {
                let current = store::find(reader, id)?.filter(|one| one.generation == generation);
                let current = current.ok_or(ConnectionError::NotFound)?;
                match task.vault.open_field(reader, current.customer_id, id, TOKENS_FIELD) {
                    Err(VaultError::NoCustomerKey(_)) => Err(ConnectionError::NoCredentials),
                    found => Ok(found?),
                }
            })
            .await?;
        let (serial, secret) = found.ok_or(ConnectionError::NoCredentials)?;
        let tokens = KeptTokens::from_secret(&secret).ok_or(ConnectionError::NoCredentials)?;
        Ok(ReadTokens { serial, tokens })
    }

    fn keep_tokens(
        self: &Arc<Self>,
        tx: &Tx<'_>,
        id: ConnectionId,
        generation: i64,
        serial: i64,
        tokens: &KeptTokens,
    ) -> Result<i64, ConnectionError> {
        let current = store::find(tx, id)?
            .filter(|one| one.generation == generation && one.status != Status::Disconnected)
            .ok_or(ConnectionError::NotFound)?;
        let now = self.clock.now();
        let place = (current.customer_id, id);
        if !self.vault.replace_field(tx, place, TOKENS_FIELD, serial, &tokens.to_secret(), now)? {
            return Err(ConnectionError::NotFound);
        }
        self.follow_tokens(tx, current, tokens)?;
        Ok(serial.saturating_add(1))
    }

    /// End and address of the connection, where the new tokens change them.
    fn follow_tokens(
        self: &Arc<Self>,
        tx: &Tx<'_>,
        mut current: Connection,
        tokens: &KeptTokens,
    ) -> Result<(), ConnectionError> {
        let expires_at = self.known_end(tx, &current, tokens)?;
        let url = tokens.base_url.as_deref().and_then(|url| input::check_base_url("base_url", url).ok());
        let address = url.map(|url| (text_of(&url), input::host_of(&url)));
        let moves = address.as_ref().is_some_and(|(text, _)| *text != current.base_url);
        if expires_at == current.expires_at && !moves {
            return Ok(());
        }
        if let Some(live) = self.registry.find(current.id) {
            current.marks = live.marks;
        }
        if expires_at != current.expires_at {
            // Another end has warnings of its own.
            expiry::lift_warnings(tx, current.id)?;
        }
        current.expires_at = expires_at;
        if let Some((base_url, host)) = address.filter(|_| moves) {
            current.base_url = base_url;
            current.host = host;
        }
        store::save(tx, &current)?;
        let (task, id) = (self.clone(), current.id);
        tx.on_commit(move || task.read_again(id));
        self.follow(tx, current)
    }
}
