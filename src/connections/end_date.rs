//! Ends that an operator knows and no certificate tells: of a password, an API key, a client secret. It counts like any
//! known end (`expires_at`, warnings, calendar) until other credentials are given, which have ends of their own.

use std::collections::HashMap;
use std::sync::Arc;

use super::check::wrong_status;
use super::error::ConnectionError;
use super::model::Connection;
use super::service::Connections;
use super::{expiry, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, FieldError, Status, Timestamp};
use crate::store::StoreError;
use crate::upstream::read_certificate;

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
            // What else is known: the end that stood there, unless it was the one that was said, or the certificate's.
            let other = current.expires_at.filter(|known| Some(*known) != before).or_else(|| certificate_end(&current));
            expiry::forget_warnings(tx, &current)?;
            if let Some(end) = end {
                store::save_secret_end(tx, id, end, &actor.name, now)?;
            }
            current.expires_at = [other, end].into_iter().flatten().min();
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

/// The end of the client certificate, where there is one.
pub fn certificate_end(connection: &Connection) -> Option<Timestamp> {
    let pem = connection.auth_public.get("client_certificate")?;
    read_certificate(pem).ok().map(|facts| facts.not_after)
}
