//! Ends that an operator knows and no certificate tells: of a password, an API key, a client secret. It counts like any
//! known end (`expires_at`, warnings, calendar) until other credentials are given, which have ends of their own.

use std::collections::HashMap;
use std::sync::Arc;

use super::check::wrong_status;
use super::consent::{earliest, end_of};
use super::error::ConnectionError;
use super::model::Connection;
use super::service::{Connections, Inner};
use super::{expiry, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, FieldError, Status, Timestamp};
use crate::store::{StoreError, Tx};
use crate::systems::Auth;
use crate::upstream::{KeptTokens, TOKENS_FIELD, read_certificate};

/// Further ahead lies a slip of the pen.
const FURTHEST_DAYS: i64 = 20 * 366;

impl Connections {
    /// Says when the secret ends; `None` takes it back.
    pub async fn set_secret_end(
        &self,
        who: &Principal,
        id: ConnectionId,
        end: Option<Timestamp>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        self.operate(who, id, move |inner, tx, mut current, actor, now| {
            if current.status == Status::Disconnected {
                return Err(wrong_status(&current));
            }
            if let Some(message) = end.and_then(|end| fault(end, now)) {
                return Err(ConnectionError::Invalid(vec![FieldError::invalid("ends_at", message)]));
            }
            let before = store::secret_end(tx, id)?;
            // Sealed, the tokens do not tell theirs: the end that stood there holds, unless it was the one that was said.
            let other = match inner.end_of_tokens(tx, &current) {
                Ok(of_tokens) => earliest(certificate_end(&current), of_tokens),
                Err(_) => {
                    current.expires_at.filter(|known| Some(*known) != before).or_else(|| certificate_end(&current))
                }
            };
            expiry::lift_warnings(tx, id)?;
            store::forget_secret_end(tx, id)?;
            if let Some(end) = end {
                store::save_secret_end(tx, id, end, &actor.name, now)?;
            }
            current.expires_at = earliest(other, end);
            current.version = current.version.saturating_add(1);
            current.updated_at = now;
            let entry = Entry::new(now, actor, "connection.end_date_set")
                .target("connection", id, current.name.clone())
                .detail(serde_json::json!({ "ends_at": end }));
            inner.audit.append(tx, &entry)?;
            store::save(tx, &current)?;
            inner.follow(tx, current)
        })
        .await
    }

    /// What operators said, by connection.
    pub async fn secret_ends(&self, who: &Principal) -> Result<HashMap<ConnectionId, Timestamp>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let found = self.inner.store.read::<_, StoreError, _>(|reader| store::secret_ends(reader)).await?;
        Ok(found.into_iter().collect())
    }
}

fn fault(end: Timestamp, now: Timestamp) -> Option<&'static str> {
    if end <= now {
        return Some("This day has passed. Say when the secret will end, or leave it empty.");
    }
    (end > now.plus_seconds(FURTHEST_DAYS * 86_400)).then_some("This is more than twenty years ahead.")
}

impl Inner {
    /// The end of the kept tokens, where there are some and a person has to know of it.
    fn end_of_tokens(&self, tx: &Tx<'_>, connection: &Connection) -> Result<Option<Timestamp>, ConnectionError> {
        let way = self.system_of(connection).and_then(|system| system.auth(connection.scheme).cloned());
        let Some(way) = way.filter(Auth::keeps_tokens) else { return Ok(None) };
        let found = self.vault.open_field(tx, connection.customer_id, connection.id, TOKENS_FIELD)?;
        Ok(found.and_then(|(_, secret)| KeptTokens::from_secret(&secret)).and_then(|tokens| end_of(&way, &tokens)))
    }

    /// The first of all ends that are known: of the certificates, of these tokens, and the one that an operator said.
    pub(super) fn known_end(
        &self,
        tx: &Tx<'_>,
        connection: &Connection,
        tokens: &KeptTokens,
    ) -> Result<Option<Timestamp>, ConnectionError> {
        let way = self.system_of(connection).and_then(|system| system.auth(connection.scheme).cloned());
        let of_tokens = way.and_then(|way| end_of(&way, tokens));
        Ok(earliest(earliest(certificate_end(connection), of_tokens), store::secret_end(tx, connection.id)?))
    }
}

/// The first end of the certificates that are shown or that sign, where there are some.
pub fn certificate_end(connection: &Connection) -> Option<Timestamp> {
    ["certificate", "client_certificate"]
        .iter()
        .filter_map(|name| connection.auth_public.get(*name))
        .filter_map(|pem| read_certificate(pem).ok())
        .map(|facts| facts.not_after)
        .min()
}
