//! Pause, activate, disconnect, change: what an operator does to a connection beside its credentials.

use std::sync::Arc;

use serde_json::{Value, json};

use super::apply::Cause;
use super::check::{Looked, note, wrong_status};
use super::error::ConnectionError;
use super::model::{ChangeConnection, Connection, Source};
use super::ports::Taken;
use super::service::{Connections, Inner};
use super::{Finding, State, expiry, input, invite, record, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{Actor, ConnectionId, CustomerId, FaultScope, Reason, Status, Timestamp};
use crate::customers::{check_metadata, check_name};
use crate::store::Tx;

impl Connections {
    /// No checks, no requests; the credentials stay, the credits return.
    pub async fn pause(&self, who: &Principal, id: ConnectionId) -> Result<Arc<Connection>, ConnectionError> {
        self.operate(who, id, |inner, tx, mut current, actor, now| {
            if matches!(current.status, Status::Disconnected | Status::Inactive) {
                return Err(wrong_status(&current));
            }
            inner.give_back(tx, &mut current, actor, now, "paused")?;
            current.paused_by = Some(actor.name.clone());
            let next = still(Status::Inactive, Reason::Paused);
            let message = format!("Paused by {}.", actor.name);
            inner.move_to(tx, current, next, &by_operator(actor, now, "paused by an operator", message))
        })
        .await
        .inspect(|_| self.inner.forget(id))
    }

    /// Ends a connection: the credentials are destroyed, the credits return, the history stays.
    pub async fn disconnect(&self, who: &Principal, id: ConnectionId) -> Result<Arc<Connection>, ConnectionError> {
        let kept = self.inner.tokens_to_revoke(id).await;
        let ended = self.operate(who, id, |inner, tx, current, actor, now| {
            if current.status == Status::Disconnected {
                return Err(wrong_status(&current));
            }
            inner.end(tx, current, actor, now)
        });
        let ended = ended.await?;
        self.inner.forget(id);
        if let Some((target, tokens)) = kept {
            // In the background: whether the system takes note or not, the tokens are destroyed here.
            let upstream = self.inner.upstream.clone();
            tokio::spawn(async move { upstream.revoke(&target, &tokens).await });
        }
        Ok(ended)
    }

    /// Ends all connections of a customer, before it is deleted.
    pub async fn disconnect_all(&self, who: &Principal, customer: CustomerId) -> Result<usize, ConnectionError> {
        let mut ended = 0usize;
        for connection in self.inner.registry.of_customer(customer) {
            if connection.status != Status::Disconnected {
                self.disconnect(who, connection.id).await?;
                ended = ended.saturating_add(1);
            }
        }
        Ok(ended)
    }

    /// Takes the credits of an inactive connection again, after it was checked.
    pub async fn activate(&self, who: &Principal, id: ConnectionId) -> Result<Arc<Connection>, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        if connection.status != Status::Inactive {
            return Err(wrong_status(&connection));
        }
        let looked = match connection.has_credentials() {
            true => self.inner.look_inactive(&connection).await?,
            false => None,
        };
        let (generation, seen) = (connection.generation, looked.clone());
        let activated = self.operate(who, id, move |inner, tx, mut current, actor, now| {
            if current.status != Status::Inactive {
                return Err(wrong_status(&current));
            }
            // What was seen belongs to other credentials: somebody reconnected it meanwhile.
            if current.generation != generation {
                return Err(ConnectionError::Stale { current: current.version });
            }
            match inner.take_credits(tx, &current, actor, now, "activated")? {
                Taken::Held { overage } => {
                    current.credits_held = current.credits;
                    current.overage = overage;
                }
                Taken::Inactive { needed, available } | Taken::Refused { needed, available } => {
                    return Err(ConnectionError::CreditsExhausted { needed, available });
                }
            }
            current.paused_by = None;
            let (next, cause) = activated(looked.as_ref(), &current, actor, now, inner);
            if let Some(looked) = &looked {
                note(&mut current.marks, looked, &next, now);
            }
            inner.move_to(tx, current, next, &cause)
        });
        let activated = activated.await?;
        if let Some(looked) = &seen {
            self.inner.remember(&activated, looked, Source::Manual).await;
        }
        Ok(activated)
    }

    /// Name, interval, metadata.
    pub async fn change(
        &self,
        who: &Principal,
        id: ConnectionId,
        change: ChangeConnection,
    ) -> Result<Arc<Connection>, ConnectionError> {
        self.operate(who, id, move |inner, tx, mut current, actor, now| {
            if current.status == Status::Disconnected {
                return Err(wrong_status(&current));
            }
            if change.version.is_some_and(|version| version != current.version) {
                return Err(ConnectionError::Stale { current: current.version });
            }
            let mut errors = Vec::new();
            if let Some(name) = &change.name {
                errors.extend(check_name("name", name));
                name.trim().clone_into(&mut current.name);
            }
            if let Some(metadata) = &change.metadata {
                errors.extend(check_metadata("metadata", metadata));
                current.metadata.clone_from(metadata);
            }
            if let (Some(wish), Some(system)) = (change.check_interval_seconds, inner.system_of(&current)) {
                current.check_interval_seconds = input::interval(inner, &system, Some(wish), &mut errors);
                if current.status.is_checked() {
                    let next = now.plus_seconds(i64::from(current.check_interval_seconds));
                    current.marks.next_check_at = Some(current.marks.next_check_at.map_or(next, |due| due.min(next)));
                }
            }
            if !errors.is_empty() {
                return Err(ConnectionError::Invalid(errors));
            }
            current.version = current.version.saturating_add(1);
            current.updated_at = now;
            let entry = Entry::new(now, actor, "connection.changed").target("connection", id, current.name.clone());
            inner.audit.append(tx, &entry)?;
            store::save(tx, &current)?;
            inner.follow(tx, current)
        })
        .await
    }

    /// One transaction on a connection as it stands in the store now.
    pub(super) async fn operate<F>(
        &self,
        who: &Principal,
        id: ConnectionId,
        act: F,
    ) -> Result<Arc<Connection>, ConnectionError>
    where
        F: FnOnce(&Inner, &Tx<'_>, Connection, &Actor, Timestamp) -> Result<(), ConnectionError> + Send + 'static,
    {
        who.require(Permission::ConnectionsWrite)?;
        self.find(who, id)?;
        let (inner, actor, now) = (self.inner.clone(), who.actor.clone(), self.inner.clock.now());
        self.inner
            .store
            .write::<_, ConnectionError, _>(move |tx| {
                let mut current = store::find(tx, id)?.ok_or(ConnectionError::NotFound)?;
                if let Some(live) = inner.registry.find(id) {
                    current.marks = live.marks;
                }
                act(&inner, tx, current, &actor, now)
            })
            .await?;
        self.inner.registry.find(id).ok_or(ConnectionError::NotFound)
    }
}

impl Inner {
    pub(super) fn give_back(
        &self,
        tx: &Tx<'_>,
        connection: &mut Connection,
        actor: &Actor,
        now: Timestamp,
        what: &str,
    ) -> Result<(), ConnectionError> {
        if connection.credits_held > 0 {
            self.credits.give_back(tx, connection.id, now, actor, &format!("{what} {}", connection.name))?;
        }
        connection.credits_held = 0;
        connection.overage = false;
        Ok(())
    }

    pub(super) fn end(
        &self,
        tx: &Tx<'_>,
        mut current: Connection,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), ConnectionError> {
        let returned = current.credits_held;
        self.give_back(tx, &mut current, actor, now, "disconnected")?;
        self.vault.destroy_secrets(tx, current.id)?;
        current.disconnected_at = Some(now);
        current.fingerprint = Vec::new();
        current.expires_at = None;
        expiry::forget_end(tx, current.id)?;
        let entry = Entry::new(now, actor, "connection.disconnected")
            .target("connection", current.id, current.name.clone())
            .detail(json!({ "credits_returned": returned }));
        self.audit.append(tx, &entry)?;
        let message = format!("Ended by {}. The credentials are destroyed, the history is kept.", actor.name);
        let cause = by_operator(actor, now, "disconnected by an operator", message);
        self.move_to(tx, current, still(Status::Disconnected, Reason::Disconnected), &cause)
    }

    /// Looks before an activation; `None` when the secret was refused before and is not sent again.
    async fn look_inactive(self: &Arc<Self>, connection: &Connection) -> Result<Option<Looked>, ConnectionError> {
        let system = self.system_of(connection).ok_or(ConnectionError::NotFound)?;
        let target = self.target(connection, &system).await?;
        match self.try_person(&connection.host, &connection.budget_user, &connection.fingerprint, &target).await {
            Ok(looked) => Ok(Some(looked)),
            Err(ConnectionError::VerificationFailed(looked)) => Ok(Some(*looked)),
            Err(ConnectionError::SecretSpent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The state and its cause after an activation.
fn activated<'a>(
    looked: Option<&Looked>,
    current: &Connection,
    actor: &'a Actor,
    now: Timestamp,
    inner: &Inner,
) -> (State, Cause<'a>) {
    if !current.has_credentials() {
        let waits = Connection { status: Status::Pending, ..current.clone() };
        let message = invite::message_of(&waits).unwrap_or_default();
        let next = State { scope: Some(FaultScope::Connection), ..still(Status::Pending, Reason::NeverVerified) };
        return (next, by_operator(actor, now, "activated; it waits for its first credentials", message));
    }
    let Some(looked) = looked else {
        let next = State {
            scope: Some(FaultScope::Connection),
            ..still(Status::ReauthorizationRequired, Reason::CredentialsRejected)
        };
        let message = inner.plain_message(current, next.status, next.reason);
        return (next, by_operator(actor, now, "activated; the secret was refused before and was not sent", message));
    };
    let status = match looked.verdict.finding {
        Finding::Good | Finding::Slow => Status::Active,
        Finding::Degraded(_) => Status::Degraded,
        Finding::Unreachable(_) | Finding::Application => Status::Unreachable,
        Finding::Reauthorization(_) => Status::ReauthorizationRequired,
        Finding::Instance(_) => Status::Pending,
    };
    let (reason, scope) = match status {
        Status::Active => (None, None),
        _ => (looked.verdict.finding.reason(), looked.verdict.finding.scope()),
    };
    let cause = Cause {
        rule: Some(looked.verdict.rule),
        record: record::observation_json(&looked.observation),
        ..by_operator(actor, now, &format!("activated; {}", looked.verdict.rule_name), looked.message.clone())
    };
    (State { status, reason, scope, failures: 0, successes: 0, slow: 0 }, cause)
}

fn still(status: Status, reason: Reason) -> State {
    State { status, reason: Some(reason), scope: None, failures: 0, successes: 0, slow: 0 }
}

fn by_operator<'a>(actor: &'a Actor, at: Timestamp, rule_name: &str, message: String) -> Cause<'a> {
    Cause { source: Source::Operator, actor, rule: None, rule_name: rule_name.into(), message, record: Value::Null, at }
}
