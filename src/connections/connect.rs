//! Connecting: the credentials are tried first; what the system refuses is not stored. Then one transaction holds the
//! connection, its sealed secrets, its credits, the audit entry and the events.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::apply::Cause;
use super::attempt::Attempt;
use super::check::{Looked, note};
use super::error::ConnectionError;
use super::input::{self, Prepared};
use super::invite;
use super::model::{Connection, Marks, NewConnection, Source, Transition};
use super::ports::{Taken, Taking};
use super::service::{Connections, Inner};
use super::{Hold, State, Thresholds, advance, events, record, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{
    Actor, ConnectionId, CustomerId, EpisodeId, FaultScope, FieldError, Random, Reason, Secret, Status, Timestamp,
    TransitionId,
};
use crate::customers;
use crate::events::EventKind;
use crate::store::{StoreError, Tx};
use crate::upstream::{Grant, Target};

/// What a try before connecting found, and what it would cost.
#[derive(Debug, Clone)]
pub struct Tried {
    pub looked: Looked,
    pub credits: i64,
}

impl Connections {
    /// Tries credentials without storing anything: the "Check" before "Connect".
    pub async fn try_out(&self, who: &Principal, new: &NewConnection) -> Result<Tried, ConnectionError> {
        let mut prepared = self.inner.admit_new(who, new).await?;
        let credits = self.inner.price_of(&prepared);
        let looked = self.inner.try_new(&mut prepared, None).await?;
        Ok(Tried { looked, credits })
    }

    /// Connects a customer to a system.
    pub async fn connect(&self, who: &Principal, new: NewConnection) -> Result<Arc<Connection>, ConnectionError> {
        self.connect_with(who, new, None).await
    }

    /// The same, with what a person's consent gave.
    pub(super) async fn connect_with(
        &self,
        who: &Principal,
        new: NewConnection,
        grant: Option<Grant>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        let inner = &self.inner;
        let mut prepared = inner.admit_new(who, &new).await?;
        if inner.vault.is_sealed() {
            return Err(ConnectionError::Sealed);
        }
        let looked = if new.verify { Some(inner.try_new(&mut prepared, grant).await?) } else { None };
        inner.make(prepared, looked, new.customer_id, new.metadata.unwrap_or_default(), &who.actor).await
    }
}

impl Inner {
    /// Permission, customer and fields.
    pub(super) async fn admit_new(&self, who: &Principal, new: &NewConnection) -> Result<Prepared, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let customer = new.customer_id;
        let known =
            self.store.read::<_, StoreError, _>(move |reader| customers::find_customer(reader, customer)).await?;
        let prepared = input::prepare(self, new);
        if known.is_none() || !who.sees(&customer) {
            let missing = FieldError::new(
                "customer_id",
                "unknown",
                "There is no such customer. GET /api/v1/customers lists them.",
            );
            return Err(ConnectionError::Invalid(match prepared {
                Err(ConnectionError::Invalid(mut errors)) => {
                    errors.insert(0, missing);
                    errors
                }
                _ => vec![missing],
            }));
        }
        let prepared = prepared?;
        input::pinned(&self.target_of_new(&prepared))?;
        Ok(prepared)
    }

    fn price_of(&self, prepared: &Prepared) -> i64 {
        if prepared.system.free { 0 } else { self.credits.price(prepared.tier, prepared.hosting) }
    }

    /// Tries what a person gave: one attempt, never a confirming one. Only a sign-in that works is let through.
    async fn try_new(
        self: &Arc<Self>,
        prepared: &mut Prepared,
        grant: Option<Grant>,
    ) -> Result<Looked, ConnectionError> {
        self.refuse_standing_by()?;
        let (user, fingerprint) = self.budget(&prepared.host, &prepared.sign_in)?;
        let target = self.target_of_new(prepared);
        let (host, system) = (prepared.host.clone(), prepared.system.name.clone());
        let mut attempt = Attempt { host, user, fingerprint, target, sign_in: &mut prepared.sign_in };
        let looked = self.try_attempt(&mut attempt, &system, grant).await?;
        (prepared.host, prepared.base_url) = (attempt.host, attempt.target.base_url);
        Ok(looked)
    }

    pub(super) fn target_of_new(&self, prepared: &Prepared) -> Target {
        Target {
            connection: None,
            generation: 0,
            system: prepared.system.clone(),
            auth: prepared.auth().clone(),
            hosting: prepared.hosting,
            base_url: prepared.base_url.clone(),
            parameters: prepared.parameters.clone(),
            credentials: prepared.credentials().clone(),
            limits: self.limits(),
            probe: prepared.probe.clone(),
        }
    }

    /// Everything of a new connection, in one transaction.
    async fn make(
        self: &Arc<Self>,
        prepared: Prepared,
        looked: Option<Looked>,
        customer: CustomerId,
        metadata: Map<String, Value>,
        actor: &Actor,
    ) -> Result<Arc<Connection>, ConnectionError> {
        let now = self.clock.now();
        let (user, fingerprint) = self.budget(&prepared.host, &prepared.sign_in)?;
        let credits = self.price_of(&prepared);
        let id = ConnectionId::new(now, self.random.as_ref());
        let mut connection = first(id, customer, &prepared, metadata, now);
        connection.budget_user = user;
        connection.fingerprint = fingerprint;
        connection.credits = credits;
        let (inner, actor) = (self.clone(), actor.clone());
        self.store
            .write::<_, ConnectionError, _>(move |tx| {
                inner.insert(tx, connection, prepared.secrets(), looked.as_ref(), &actor, now)
            })
            .await?;
        self.registry.find(id).ok_or(ConnectionError::NotFound)
    }

    pub(super) fn insert(
        &self,
        tx: &Tx<'_>,
        mut connection: Connection,
        secrets: &BTreeMap<String, Secret>,
        looked: Option<&Looked>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), ConnectionError> {
        if customers::find_customer(tx, connection.customer_id)?.is_none() {
            return Err(ConnectionError::NotFound);
        }
        let taken = self.take_credits(tx, &connection, actor, now, "connected")?;
        let cause = first_state(self, &mut connection, taken, looked, actor, now);
        store::insert(tx, &connection)?;
        self.vault.store_secrets(tx, connection.customer_id, connection.id, connection.generation, secrets, now)?;
        let entry = Entry::new(now, actor, "connection.connected")
            .target("connection", connection.id, connection.name.clone())
            .detail(json!({
                "customer_id": connection.customer_id, "system": connection.system, "hosting": connection.hosting,
                "base_url": connection.base_url, "scheme": connection.scheme, "status": connection.status,
                "credits": connection.credits_held,
            }));
        self.audit.append(tx, &entry)?;
        events::beside(tx, self, EventKind::ConnectionCreated, &connection, &cause)?;
        let event_id = match connection.status {
            Status::Pending => None,
            _ => {
                let unborn = Connection {
                    status: Status::Pending,
                    episode_id: None,
                    marks: Marks::default(),
                    ..connection.clone()
                };
                events::entered(tx, self, &unborn, &connection, &cause)?
            }
        };
        let transition = Transition {
            id: TransitionId::new(now, self.random.as_ref()),
            connection_id: connection.id,
            at: now,
            before_status: None,
            before_reason: None,
            status: connection.status,
            reason: connection.reason,
            fault_scope: connection.fault_scope,
            message: connection.message.clone(),
            rule: cause.rule,
            rule_name: cause.rule_name.clone(),
            source: cause.source.as_str().into(),
            actor_name: actor.name.clone(),
            episode_id: connection.episode_id,
            event_id,
            generation: connection.generation,
            record: cause.record.clone(),
        };
        store::insert_transition(tx, &transition)?;
        self.follow(tx, connection)
    }

    /// Takes the credits of a connection; refused by policy, nothing is stored.
    pub(super) fn take_credits(
        &self,
        tx: &Tx<'_>,
        connection: &Connection,
        actor: &Actor,
        now: Timestamp,
        what: &str,
    ) -> Result<Taken, ConnectionError> {
        if connection.credits == 0 {
            return Ok(Taken::Held { overage: false });
        }
        let taking = Taking {
            connection: connection.id,
            customer: connection.customer_id,
            system: connection.system.clone(),
            tier: connection.tier,
            hosting: connection.hosting,
            credits: connection.credits,
            at: now,
            actor: actor.clone(),
            note: format!("{what} {}", connection.name),
        };
        match self.credits.take(tx, &taking)? {
            Taken::Refused { needed, available } => Err(ConnectionError::CreditsExhausted { needed, available }),
            taken => Ok(taken),
        }
    }
}

/// Somewhere in the second half of the interval: what a program connects in one go is not looked at in one go for ever after.
fn first_check_at(connection: &Connection, random: &dyn Random, now: Timestamp) -> Timestamp {
    let half = u64::from(connection.check_interval_seconds) * 500;
    now.plus(Duration::from_millis(half + random.below(half.saturating_add(1))))
}

/// The state in which a connection begins, and its cause for the record.
fn first_state<'a>(
    inner: &Inner,
    connection: &mut Connection,
    taken: Taken,
    looked: Option<&Looked>,
    actor: &'a Actor,
    now: Timestamp,
) -> Cause<'a> {
    let pending = State { status: Status::Pending, reason: None, scope: None, failures: 0, successes: 0, slow: 0 };
    let next = looked.map_or(pending, |looked| advance(pending, &looked.verdict, Thresholds::default(), Hold::None));
    connection.status = next.status;
    connection.reason = next.reason;
    connection.fault_scope = next.scope;
    if looked.is_none() {
        connection.reason = Some(Reason::NeverVerified);
        connection.fault_scope = Some(FaultScope::Connection);
    }
    if let Some(looked) = looked {
        note(&mut connection.marks, looked, &next, now);
        connection.identity.clone_from(&looked.observation.identity);
        connection.marks.next_check_at = Some(first_check_at(connection, inner.random.as_ref(), now));
    }
    match taken {
        Taken::Held { overage } => {
            connection.credits_held = connection.credits;
            connection.overage = overage;
        }
        Taken::Inactive { .. } | Taken::Refused { .. } => {
            connection.status = Status::Inactive;
            connection.reason = Some(Reason::CreditsExhausted);
            connection.fault_scope = Some(FaultScope::Instance);
            connection.marks.next_check_at = None;
            connection.episode_id = Some(EpisodeId::new(now, inner.random.as_ref()));
        }
    }
    connection.message = match (connection.status, looked) {
        (Status::Pending, None) if !connection.has_credentials() => invite::message_of(connection).unwrap_or_default(),
        (Status::Inactive, _) | (_, None) => inner.plain_message(connection, connection.status, connection.reason),
        (_, Some(looked)) => looked.message.clone(),
    };
    Cause {
        source: Source::Connect,
        actor,
        rule: looked.map(|looked| looked.verdict.rule),
        rule_name: looked.map_or_else(|| "stored without a check".into(), |looked| looked.verdict.rule_name.clone()),
        message: connection.message.clone(),
        record: looked.map_or(Value::Null, |looked| record::observation_json(&looked.observation)),
        at: now,
    }
}

fn first(
    id: ConnectionId,
    customer_id: CustomerId,
    prepared: &Prepared,
    metadata: Map<String, Value>,
    now: Timestamp,
) -> Connection {
    Connection {
        system: prepared.system.slug.clone(),
        name: prepared.name.clone(),
        hosting: prepared.hosting,
        tier: prepared.tier,
        base_url: text_of(&prepared.base_url),
        host: prepared.host.clone(),
        parameters: prepared.parameters.clone(),
        scheme: prepared.auth().scheme,
        auth_public: prepared.sign_in.public.clone(),
        probe: prepared.probe.clone(),
        check_interval_seconds: prepared.interval,
        expires_at: prepared.sign_in.expires_at,
        ..Connection::blank(id, customer_id, metadata, now)
    }
}

/// The address as it is kept: without the slash that a bare host gets from the parser.
pub(super) fn text_of(url: &url::Url) -> String {
    let text = url.as_str();
    if url.path() == "/" { text.trim_end_matches('/').to_owned() } else { text.to_owned() }
}
