//! Connections that wait for their customer: made without credentials, perhaps without a system. Credits are reserved as
//! soon as the system is known; the first credentials that work complete them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::connect::text_of;
use super::error::ConnectionError;
use super::input::{self, Open};
use super::model::{Connection, NewCredentials};
use super::ports::Taken;
use super::service::{Connections, Inner};
use super::{State, store};
use crate::access::{Permission, Principal};
use crate::base::{Actor, ConnectionId, CustomerId, FaultScope, FieldError, Reason, Status, Timestamp};
use crate::customers;
use crate::store::{StoreError, Tx};
use crate::systems::{Hosting, Scheme, System};
use crate::upstream::Grant;

/// What it is called until a system is chosen.
const UNCHOSEN: &str = "New connection";
/// What people read of it.
const MESSAGE: &str = "Nobody has used the connect link yet.";

/// A pending connection without credentials. `system` left out: the customer chooses.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub customer_id: CustomerId,
    pub system: Option<String>,
    pub hosting: Option<String>,
    /// Left out, the customer gives it.
    pub base_url: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub name: Option<String>,
    pub check_interval_seconds: Option<u32>,
    pub metadata: Option<Map<String, Value>>,
    pub tier: Option<u8>,
}

/// The system that a customer chose for a connection that had none.
#[derive(Debug, Clone)]
pub struct ChosenSystem {
    pub system: String,
    pub hosting: String,
}

impl Connections {
    /// Makes a connection that its customer completes by a link.
    pub async fn invite(&self, who: &Principal, new: NewInvitation) -> Result<Arc<Connection>, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let (inner, customer, now) = (&self.inner, new.customer_id, self.inner.clock.now());
        let known =
            inner.store.read::<_, StoreError, _>(move |reader| customers::find_customer(reader, customer)).await?;
        let open = input::prepare_open(inner, &new);
        if known.is_none() || !who.sees(&customer) {
            return Err(ConnectionError::Invalid(vec![FieldError::new(
                "customer_id",
                "unknown",
                "There is no such customer. GET /api/v1/customers lists them.",
            )]));
        }
        let open = open?;
        let id = ConnectionId::new(now, inner.random.as_ref());
        let connection = waiting(inner, id, &new, &open, now);
        let (task, actor) = (inner.clone(), who.actor.clone());
        inner
            .store
            .write::<_, ConnectionError, _>(move |tx| task.insert(tx, connection, &BTreeMap::new(), None, &actor, now))
            .await?;
        inner.registry.find(id).ok_or(ConnectionError::NotFound)
    }

    /// The first credentials of a connection that waited for them, with the system that the customer chose.
    pub async fn complete(
        &self,
        who: &Principal,
        id: ConnectionId,
        chosen: Option<ChosenSystem>,
        new: NewCredentials,
    ) -> Result<Arc<Connection>, ConnectionError> {
        self.complete_with(who, id, chosen, new, None).await
    }

    /// The same, with what a person's consent gave.
    pub(super) async fn complete_with(
        &self,
        who: &Principal,
        id: ConnectionId,
        chosen: Option<ChosenSystem>,
        new: NewCredentials,
        grant: Option<Grant>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        let chosen = self.inner.chosen(&connection, chosen)?;
        self.exchange(who, chosen.as_ref().unwrap_or(&connection), new, chosen.clone(), grant).await
    }
}

impl Inner {
    /// The connection as it will be, where its system is chosen only now.
    pub(super) fn chosen(
        &self,
        connection: &Connection,
        chosen: Option<ChosenSystem>,
    ) -> Result<Option<Connection>, ConnectionError> {
        match (connection.has_system(), chosen) {
            (false, Some(chosen)) => Ok(Some(self.settled(connection, &chosen)?)),
            (false, None) => Err(ConnectionError::Invalid(vec![FieldError::required("system")])),
            (true, _) => Ok(None),
        }
    }

    /// The connection as it will be with the chosen system.
    fn settled(&self, connection: &Connection, chosen: &ChosenSystem) -> Result<Connection, ConnectionError> {
        let Some(system) = self.catalogue.find(&chosen.system) else {
            return Err(ConnectionError::Invalid(vec![FieldError::invalid("system", "Choose a system of the list.")]));
        };
        let hosting = Hosting::parse(&chosen.hosting).filter(|hosting| system.hosting.contains(hosting));
        let Some(hosting) = hosting.or_else(|| only_hosting(system)) else {
            return Err(ConnectionError::Invalid(vec![FieldError::invalid("hosting", "Say where the system runs.")]));
        };
        let mut next = connection.clone();
        next.system.clone_from(&system.slug);
        next.hosting = hosting;
        next.tier = system.tier;
        if next.name == UNCHOSEN {
            next.name.clone_from(&system.name);
        }
        next.check_interval_seconds = next.check_interval_seconds.max(system.min_interval_seconds);
        next.credits = if system.free { 0 } else { self.credits.price(system.tier, hosting) };
        Ok(next)
    }

    /// In the transaction of the first credentials: writes down the chosen system and reserves its credits. The state is
    /// what the connection goes on in, where the pool is too small.
    pub(super) fn reserve(
        &self,
        tx: &Tx<'_>,
        current: &mut Connection,
        chosen: &Connection,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<State>, ConnectionError> {
        if current.has_system() {
            return Ok(None);
        }
        current.system.clone_from(&chosen.system);
        current.name.clone_from(&chosen.name);
        current.hosting = chosen.hosting;
        current.tier = chosen.tier;
        current.credits = chosen.credits;
        current.check_interval_seconds = chosen.check_interval_seconds;
        store::settle(tx, current)?;
        match self.take_credits(tx, current, actor, now, "connected")? {
            Taken::Held { overage } => {
                current.credits_held = current.credits;
                current.overage = overage;
                Ok(None)
            }
            Taken::Inactive { .. } | Taken::Refused { .. } => Ok(Some(State {
                status: Status::Inactive,
                reason: Some(Reason::CreditsExhausted),
                scope: Some(FaultScope::Instance),
                failures: 0,
                successes: 0,
                slow: 0,
            })),
        }
    }
}

/// Where a system runs, when there is no choice.
pub(super) fn only_hosting(system: &System) -> Option<Hosting> {
    match system.hosting.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// The sentence of a connection that waits for its customer.
pub(super) fn message_of(connection: &Connection) -> Option<String> {
    (connection.status == Status::Pending && !connection.has_credentials()).then(|| MESSAGE.to_owned())
}

fn waiting(inner: &Inner, id: ConnectionId, new: &NewInvitation, open: &Open, now: Timestamp) -> Connection {
    let system = open.system.as_deref();
    let scheme = system.map_or(Scheme::Basic, first_scheme);
    let credits = match system {
        Some(system) if !system.free => inner.credits.price(open.tier, open.hosting),
        _ => 0,
    };
    Connection {
        system: system.map(|system| system.slug.clone()).unwrap_or_default(),
        name: open.name.clone().unwrap_or_else(|| system.map_or(UNCHOSEN.to_owned(), |system| system.name.clone())),
        hosting: open.hosting,
        tier: open.tier,
        base_url: open.base_url.as_ref().map(text_of).unwrap_or_default(),
        host: open.base_url.as_ref().map(input::host_of).unwrap_or_default(),
        parameters: open.parameters.clone(),
        scheme,
        check_interval_seconds: open.interval,
        credits,
        ..Connection::blank(id, new.customer_id, new.metadata.clone().unwrap_or_default(), now)
    }
}

/// The way that is shown until the customer chooses one: the first that asks for something.
fn first_scheme(system: &System) -> Scheme {
    let ways = || system.auth.iter().filter(|auth| auth.scheme != Scheme::None);
    let first = ways().find(|auth| auth.is_available()).or_else(|| ways().next());
    first.map_or(Scheme::None, |auth| auth.scheme)
}
