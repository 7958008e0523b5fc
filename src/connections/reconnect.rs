//! Reconnecting: new credentials are tried first and swapped in one step. Id, cost, history stay; a failed try leaves the
//! old secret in place. The only way to change address, parameters or certificates.

use std::sync::Arc;

use serde_json::json;

use super::apply::Cause;
use super::attempt::Attempt;
use super::check::{note, wrong_status};
use super::connect::text_of;
use super::error::ConnectionError;
use super::input::{self, SignIn};
use super::model::{Connection, NewCredentials, Source};
use super::service::{Connections, Inner};
use super::{State, events, expiry, record, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, Status};
use crate::events::EventKind;
use crate::links::End;
use crate::store::Tx;
use crate::upstream::{Grant, Target};

/// Everything that a reconnect changes.
struct Swap {
    base_url: url::Url,
    host: String,
    parameters: std::collections::BTreeMap<String, String>,
    sign_in: SignIn,
    user: String,
    fingerprint: Vec<u8>,
    looked: super::Looked,
    /// The connection with the system that its customer chose just now.
    chosen: Option<Connection>,
}

impl Connections {
    /// Tries new credentials, and swaps them in when the system accepts them.
    pub async fn reconnect(
        &self,
        who: &Principal,
        id: ConnectionId,
        new: NewCredentials,
    ) -> Result<Arc<Connection>, ConnectionError> {
        self.reconnect_with(who, id, new, None).await
    }

    /// The same, with what a person's consent gave.
    pub(super) async fn reconnect_with(
        &self,
        who: &Principal,
        id: ConnectionId,
        new: NewCredentials,
        grant: Option<Grant>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        if connection.status == Status::Disconnected {
            return Err(wrong_status(&connection));
        }
        self.exchange(who, &connection, new, None, grant).await
    }

    /// Tries new credentials for a connection as it is (or will be with the chosen system), then swaps.
    pub(super) async fn exchange(
        &self,
        who: &Principal,
        connection: &Connection,
        new: NewCredentials,
        chosen: Option<Connection>,
        grant: Option<Grant>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        let (inner, id) = (&self.inner, connection.id);
        if !connection.has_system() {
            return Err(wrong_status(connection));
        }
        let new = if grant.is_some() { inner.completed(connection, &new).await? } else { new };
        let swap = inner.try_credentials(connection, &new, chosen, grant).await?;
        if !new.allow_identity_change
            && let Some((known, found)) = other_installation(connection, &swap)
        {
            return Err(ConnectionError::IdentityChanged { known, found });
        }
        let (task, actor) = (inner.clone(), who.actor.clone());
        inner.store.write::<_, ConnectionError, _>(move |tx| task.swap(tx, id, swap, &actor)).await?;
        inner.forget(id);
        inner.registry.find(id).ok_or(ConnectionError::NotFound)
    }
}

impl Inner {
    async fn try_credentials(
        self: &Arc<Self>,
        connection: &Connection,
        new: &NewCredentials,
        chosen: Option<Connection>,
        grant: Option<Grant>,
    ) -> Result<Swap, ConnectionError> {
        self.refuse_standing_by()?;
        let (target, host, mut sign_in) = self.prepare_reconnect(connection, new)?;
        if self.vault.is_sealed() {
            return Err(ConnectionError::Sealed);
        }
        let (user, fingerprint) = self.budget(&host, &sign_in)?;
        let system = target.system.name.clone();
        let mut attempt = Attempt { host, user, fingerprint, target, sign_in: &mut sign_in };
        let looked = self.try_attempt(&mut attempt, &system, grant).await?;
        let (base_url, host, parameters) = (attempt.target.base_url, attempt.host, attempt.target.parameters);
        let (user, fingerprint) = self.budget(&host, &sign_in)?;
        Ok(Swap { base_url, host, parameters, sign_in, user, fingerprint, looked, chosen })
    }

    /// The new credentials as they would be tried: target, host, fields.
    pub(super) fn prepare_reconnect(
        &self,
        connection: &Connection,
        new: &NewCredentials,
    ) -> Result<(Target, String, SignIn), ConnectionError> {
        let system = self.system_of(connection).ok_or(ConnectionError::NotFound)?;
        let base_url = new.base_url.as_deref().unwrap_or(&connection.base_url);
        let parameters = new.parameters.as_ref().unwrap_or(&connection.parameters);
        let (base_url, host, parameters, sign_in) =
            input::prepare_credentials(self, &system, connection.hosting, &new.auth, base_url, parameters)?;
        let target = Target {
            connection: None,
            generation: 0,
            system,
            auth: sign_in.auth.clone(),
            hosting: connection.hosting,
            base_url,
            parameters,
            credentials: sign_in.credentials.clone(),
            limits: self.limits(),
            probe: connection.probe.clone(),
        };
        input::pinned(&target)?;
        Ok((target, host, sign_in))
    }

    fn swap(
        &self,
        tx: &Tx<'_>,
        id: ConnectionId,
        swap: Swap,
        actor: &crate::base::Actor,
    ) -> Result<(), ConnectionError> {
        let now = self.clock.now();
        let mut current = store::find(tx, id)?.ok_or(ConnectionError::NotFound)?;
        if current.status == Status::Disconnected {
            return Err(wrong_status(&current));
        }
        self.require_live_link(tx, actor, now)?;
        let first = !current.has_credentials();
        if let Some(live) = self.registry.find(id) {
            current.marks = live.marks;
        }
        let stopped = match &swap.chosen {
            Some(chosen) => self.reserve(tx, &mut current, chosen, actor, now)?,
            None => None,
        };
        current.generation = current.generation.saturating_add(1);
        current.base_url = text_of(&swap.base_url);
        current.host = swap.host;
        current.parameters = swap.parameters;
        current.scheme = swap.sign_in.auth.scheme;
        current.auth_public = swap.sign_in.public;
        current.budget_user = swap.user;
        current.fingerprint = swap.fingerprint;
        current.secret_set_at = now;
        current.expires_at = swap.sign_in.expires_at;
        if swap.looked.observation.identity.is_some() {
            current.identity.clone_from(&swap.looked.observation.identity);
        }
        expiry::forget_end(tx, id)?;
        self.vault.store_secrets(tx, current.customer_id, id, current.generation, &swap.sign_in.sealed, now)?;
        let entry = Entry::new(now, actor, if first { "connection.completed" } else { "connection.reconnected" })
            .target("connection", id, current.name.clone())
            .detail(
                json!({ "generation": current.generation, "base_url": current.base_url, "scheme": current.scheme }),
            );
        self.audit.append(tx, &entry)?;
        self.links.end_all(tx, id, End::Used, now)?;
        // What is inactive stays so: credits are taken by an activation, not by a password.
        let next = match stopped {
            Some(stopped) => stopped,
            None if current.status == Status::Inactive => current.state(),
            None => State { status: Status::Active, reason: None, scope: None, failures: 0, successes: 0, slow: 0 },
        };
        note(&mut current.marks, &swap.looked, &next, now);
        let cause = Cause {
            source: Source::Reconnect,
            actor,
            rule: Some(swap.looked.verdict.rule),
            rule_name: "reconnected: the system accepted the new credentials".into(),
            message: match next.status {
                Status::Inactive if current.status == Status::Inactive => current.message.clone(),
                Status::Inactive => self.plain_message(&current, next.status, next.reason),
                _ => swap.looked.message.clone(),
            },
            record: record::observation_json(&swap.looked.observation),
            at: now,
        };
        if !first {
            events::beside(tx, self, EventKind::ConnectionReconnected, &current, &cause)?;
        }
        if next.differs_from(&current.state()) {
            return self.move_to(tx, current, next, &cause);
        }
        current.version = current.version.saturating_add(1);
        current.updated_at = now;
        if current.status.is_checked() {
            current.marks.next_check_at = Some(now.plus_seconds(i64::from(current.check_interval_seconds)));
        }
        store::save(tx, &current)?;
        self.follow(tx, current)
    }
}

/// What was connected and what these credentials lead to, where the two differ. A system that no longer says which it is
/// counts as another one only at another address.
fn other_installation(connection: &Connection, swap: &Swap) -> Option<(String, String)> {
    let known = connection.identity.as_ref()?;
    match &swap.looked.observation.identity {
        Some(found) if found == known => None,
        Some(found) => Some((known.clone(), found.clone())),
        None if swap.host == connection.host => None,
        None => Some((known.clone(), "an installation that does not say which it is".into())),
    }
}
