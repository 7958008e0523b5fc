//! Links of connections: who may make them, what a customer may do who opens one, and that a refused connection always
//! has one. A customer acts as the link: bound to one customer, and what it does ends with it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::check::wrong_status;
use super::error::ConnectionError;
use super::model::Connection;
use super::service::{Connections, Inner};
use crate::access::{Permission, Principal};
use crate::base::{Actor, ActorKind, ConnectionId, FieldError, LinkId, Status, Timestamp};
use crate::customers;
use crate::links::{self, LIFE, Link, LinkState, NewLink, Purpose, SHORTEST};
use crate::store::{StoreError, Tx};

/// How a customer is named in audit entries and decision records.
const CUSTOMER: &str = "the customer, by link";

/// What somebody says who wants a link. What is `None` stays as it is, or is the usual.
#[derive(Debug, Clone, Copy)]
pub struct WishedLink {
    pub purpose: Purpose,
    pub life: Option<Duration>,
    pub change_base_url: Option<bool>,
}

/// A link that somebody opened: it was made here, whatever became of it.
#[derive(Debug, Clone)]
pub struct OpenedLink {
    pub link: Link,
    pub state: LinkState,
    pub connection: Arc<Connection>,
    /// Of the customer, `de`.
    pub locale: String,
    /// What the customer acts as.
    pub who: Principal,
}

impl Connections {
    /// Makes the link of a connection, or gives the one that lives.
    pub async fn make_link(
        &self,
        who: &Principal,
        id: ConnectionId,
        wish: WishedLink,
    ) -> Result<Link, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        let errors = faults(&connection, wish);
        if connection.status == Status::Disconnected {
            return Err(wrong_status(&connection));
        }
        if !errors.is_empty() {
            return Err(ConnectionError::Invalid(errors));
        }
        let (inner, actor, now) = (self.inner.clone(), who.actor.clone(), self.inner.clock.now());
        let made = self.inner.store.write::<_, StoreError, _>(move |tx| {
            let new = NewLink {
                life: wish.life,
                change_base_url: wish.change_base_url,
                ..new_link(&connection, wish.purpose)
            };
            inner.links.issue(tx, &new, &actor, now, inner.random.as_ref())
        });
        Ok(made.await?)
    }

    /// All links of a connection, the latest first.
    pub async fn links_of(&self, who: &Principal, id: ConnectionId) -> Result<Vec<Link>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        self.find(who, id)?;
        Ok(self.inner.store.read::<_, StoreError, _>(move |reader| links::of_connection(reader, id)).await?)
    }

    /// One link; what the caller may not see does not exist.
    pub async fn link(&self, who: &Principal, id: LinkId) -> Result<Option<Link>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let found = self.inner.store.read::<_, StoreError, _>(move |reader| links::find(reader, id)).await?;
        Ok(found.filter(|link| who.sees(&link.customer_id)))
    }

    /// Takes a link back. What has ended already stays as it ended.
    pub async fn revoke_link(&self, who: &Principal, id: LinkId) -> Result<(), ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let link = self.link(who, id).await?.ok_or(ConnectionError::NotFound)?;
        let name = self.find(who, link.connection_id)?.name.clone();
        let (inner, actor, now) = (self.inner.clone(), who.actor.clone(), self.inner.clock.now());
        let revoked =
            self.inner.store.write::<_, StoreError, _>(move |tx| inner.links.revoke(tx, &link, &name, &actor, now));
        revoked.await?;
        Ok(())
    }

    /// The address of a link that still opens, for those who may pass it on.
    pub fn link_url(&self, who: &Principal, link: &Link) -> Option<String> {
        let open = link.state(self.inner.clock.now()) == LinkState::Live && who.sees(&link.customer_id);
        (open && who.may(Permission::ConnectionsWrite)).then(|| self.inner.links.url(link))
    }

    /// The live link of a connection, from memory.
    pub fn live_link(&self, who: &Principal, id: ConnectionId, purpose: Purpose) -> Option<Link> {
        self.inner.links.live(id, purpose, self.inner.clock.now()).filter(|link| who.sees(&link.customer_id))
    }

    /// Where a connection is reconnected; shown to those who may.
    pub fn reconnect_url(&self, who: &Principal, id: ConnectionId) -> Option<String> {
        self.live_link(who, id, Purpose::Reconnect).and_then(|link| self.link_url(who, &link))
    }

    /// What a token opens; nothing where it was not made here.
    pub async fn open_link(&self, token: &str, address: Option<String>) -> Result<Option<OpenedLink>, ConnectionError> {
        let (links, token) = (self.inner.links.clone(), token.to_owned());
        let read = move |reader: &crate::store::Reader<'_>| {
            let Some(link) = links.by_token(reader, &token)? else { return Ok(None) };
            let customer = customers::find_customer(reader, link.customer_id)?;
            Ok(Some((link, customer.map(|customer| customer.locale).unwrap_or_default())))
        };
        let Some((link, locale)) = self.inner.store.read::<_, StoreError, _>(read).await? else { return Ok(None) };
        let Some(connection) = self.inner.registry.find(link.connection_id) else { return Ok(None) };
        let state = link.state(self.inner.clock.now());
        let who = customer(&link, address);
        Ok(Some(OpenedLink { link, state, connection, locale, who }))
    }

    /// Refused connections of an earlier version get their link.
    pub async fn make_missing_links(&self) -> Result<(), StoreError> {
        let (inner, now) = (self.inner.clone(), self.inner.clock.now());
        let without = |connection: &Connection| {
            connection.status == Status::ReauthorizationRequired
                && inner.links.live(connection.id, Purpose::Reconnect, now).is_none()
        };
        let waiting = inner.registry.select(without);
        if waiting.is_empty() {
            return Ok(());
        }
        let task = inner.clone();
        let write = move |tx: &Tx<'_>| {
            for connection in &waiting {
                // A link that was taken back stays so.
                if links::of_connection(tx, connection.id)?.is_empty() {
                    task.link_for(tx, connection, now)?;
                }
            }
            Ok(())
        };
        inner.store.write::<_, StoreError, _>(write).await
    }
}

impl Inner {
    /// The reconnect link of an episode, made with the event that names it.
    pub(super) fn link_for(&self, tx: &Tx<'_>, connection: &Connection, now: Timestamp) -> Result<String, StoreError> {
        let new = new_link(connection, Purpose::Reconnect);
        let link = self.links.issue(tx, &new, &Actor::system(), now, self.random.as_ref())?;
        Ok(self.links.url(&link))
    }

    /// A customer may swap credentials only while the link lives, asked in the transaction of the swap.
    pub(super) fn require_live_link(&self, tx: &Tx<'_>, actor: &Actor, now: Timestamp) -> Result<(), ConnectionError> {
        if actor.kind != ActorKind::Link {
            return Ok(());
        }
        let id: Option<LinkId> = actor.id.as_deref().and_then(|text| text.parse().ok());
        match id {
            Some(id) if self.links.is_live(tx, id, now)? => Ok(()),
            _ => Err(ConnectionError::LinkOver),
        }
    }
}

fn new_link(connection: &Connection, purpose: Purpose) -> NewLink {
    NewLink {
        connection_id: connection.id,
        connection_name: connection.name.clone(),
        customer_id: connection.customer_id,
        purpose,
        episode_id: connection.episode_id,
        life: None,
        change_base_url: None,
    }
}

fn customer(link: &Link, address: Option<String>) -> Principal {
    let actor = Actor { kind: ActorKind::Link, id: Some(link.id.to_string()), name: CUSTOMER.into(), address };
    let allowed = BTreeSet::from([Permission::ConnectionsRead, Permission::ConnectionsWrite]);
    Principal::new(actor, None, allowed, Some(BTreeSet::from([link.customer_id])))
}

fn faults(connection: &Connection, wish: WishedLink) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let pending = connection.status == Status::Pending;
    if wish.purpose == Purpose::Connect && !pending {
        let message = format!("This connection is {}; ask for a link to reconnect it.", connection.status);
        errors.push(FieldError::invalid("purpose", message));
    }
    if wish.purpose == Purpose::Reconnect && !connection.has_credentials() {
        errors.push(FieldError::invalid(
            "purpose",
            "This connection has no credentials yet; ask for a link to connect it.",
        ));
    }
    if wish.life.is_some_and(|life| life < SHORTEST || life > LIFE) {
        let message = format!("A link lives {} to {} seconds.", SHORTEST.as_secs(), LIFE.as_secs());
        errors.push(FieldError::invalid("expires_in_seconds", message));
    }
    errors
}
