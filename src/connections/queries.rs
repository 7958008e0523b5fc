//! Looking connections up: one from memory, lists and records from the store. What the caller may not see does not exist.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ConnectionError;
use super::model::{Connection, ConnectionFilter, ConnectionSort, Transition};
use super::service::Connections;
use super::{Counts, store};
use crate::access::{Permission, Principal};
use crate::alarms::{self, Alarm};
use crate::base::{ConnectionId, CustomerId, FieldError, InvalidCursor, Page, PageRequest, Reason, Status, Timestamp};
use crate::store::StoreError;

/// A change of status without its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    pub connection: ConnectionId,
    pub at: Timestamp,
    /// None at its beginning.
    pub before: Option<Status>,
    pub after: Status,
}

/// Beyond so many the overview of a day would be no overview.
const MOST_CHANGES: u32 = 20_000;

impl Connections {
    /// One connection, from memory.
    pub fn find(&self, who: &Principal, id: ConnectionId) -> Result<Arc<Connection>, ConnectionError> {
        if !who.may(Permission::ConnectionsRead) && !who.may(Permission::Proxy) {
            who.require(Permission::ConnectionsRead)?;
        }
        self.inner.registry.find(id).filter(|found| who.sees(&found.customer_id)).ok_or(ConnectionError::NotFound)
    }

    pub async fn list(
        &self,
        who: &Principal,
        filter: ConnectionFilter,
        sort: ConnectionSort,
        page: PageRequest,
    ) -> Result<Page<Connection>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let visible = visible(who);
        let found = self
            .inner
            .store
            .read::<_, StoreError, _>(move |reader| store::list(reader, &filter, sort, visible.as_deref(), &page))
            .await?;
        let page = found.map_err(invalid_cursor)?;
        // The marks in memory are newer than those in the store.
        Ok(page.map(|connection| match self.inner.registry.find(connection.id) {
            Some(live) if live.version == connection.version => Connection { marks: live.marks, ..connection },
            _ => connection,
        }))
    }

    /// How many there are of each status, for views with counts.
    pub async fn counts(&self, who: &Principal, filter: ConnectionFilter) -> Result<Counts, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let visible = visible(who);
        let filter = ConnectionFilter { statuses: Vec::new(), with_disconnected: true, ..filter };
        let found = self
            .inner
            .store
            .read::<_, StoreError, _>(move |reader| store::counts(reader, &filter, visible.as_deref()))
            .await?;
        Ok(Counts { by_status: found.into_iter().collect() })
    }

    /// Decision records of one connection, newest first.
    pub async fn transitions(
        &self,
        who: &Principal,
        id: ConnectionId,
        page: PageRequest,
    ) -> Result<Page<Transition>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        self.find(who, id)?;
        let found =
            self.inner.store.read::<_, StoreError, _>(move |reader| store::list_transitions(reader, id, &page)).await?;
        found.map_err(invalid_cursor)
    }

    /// The latest decision records of all connections that the caller sees.
    pub async fn latest_transitions(&self, who: &Principal, limit: u32) -> Result<Vec<Transition>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let found =
            self.inner.store.read::<_, StoreError, _>(move |reader| store::latest_transitions(reader, limit)).await?;
        Ok(found.into_iter().filter(|transition| self.find(who, transition.connection_id).is_ok()).collect())
    }

    /// One decision record of a connection, by its id.
    pub async fn transition(&self, who: &Principal, id: &str) -> Result<Option<Transition>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let key = id.to_owned();
        let found = self.inner.store.read::<_, StoreError, _>(move |reader| store::transition(reader, &key)).await?;
        Ok(found.filter(|transition| self.find(who, transition.connection_id).is_ok()))
    }

    /// The statuses of a connection from a time on, oldest first; the first entry holds at the beginning.
    pub async fn statuses_since(
        &self,
        id: ConnectionId,
        from: Timestamp,
    ) -> Result<Vec<(Timestamp, Status)>, ConnectionError> {
        Ok(self
            .inner
            .store
            .read::<_, StoreError, _>(move |reader| store::transitions_between(reader, id, from))
            .await?)
    }

    /// The same for the rows of a list, in one read.
    pub async fn statuses_of(
        &self,
        ids: Vec<ConnectionId>,
        from: Timestamp,
    ) -> Result<HashMap<ConnectionId, Vec<(Timestamp, Status)>>, ConnectionError> {
        let found = self.inner.store.read::<_, StoreError, _>(move |reader| store::transitions_of(reader, &ids, from));
        Ok(found.await?)
    }

    /// All changes of status since a time, oldest first, of the connections that the caller sees.
    pub async fn changes_since(&self, who: &Principal, from: Timestamp) -> Result<Vec<StatusChange>, ConnectionError> {
        who.require(Permission::ConnectionsRead)?;
        let found = self
            .inner
            .store
            .read::<_, StoreError, _>(move |reader| store::changes_since(reader, from, MOST_CHANGES))
            .await?;
        let changes = found.into_iter().filter_map(|(id, at, before, after)| {
            let connection = id.parse().ok()?;
            self.find(who, connection).ok()?;
            Some(StatusChange { connection, at, before, after })
        });
        Ok(changes.collect())
    }

    /// An alarm of our own: one event however often it is raised.
    pub async fn raise_instance_alarm(&self, reason: Reason, message: &str) -> Result<(), ConnectionError> {
        self.settle_alarm(reason.as_str(), Some(message.to_owned())).await
    }

    /// The alarm no longer holds.
    pub async fn lift_instance_alarm(&self, reason: Reason) -> Result<(), ConnectionError> {
        self.settle_alarm(reason.as_str(), None).await
    }

    /// An alarm of the appliance under a word of its own (`store_damaged`): raised with a message, lifted without.
    pub async fn settle_alarm(&self, kind: &'static str, message: Option<String>) -> Result<(), ConnectionError> {
        let (inner, now) = (self.inner.clone(), self.inner.clock.now());
        self.inner
            .store
            .write::<_, StoreError, _>(move |tx| match message {
                Some(message) => alarms::raise(tx, (&inner.audit, inner.random.as_ref()), kind, &message, now),
                None => alarms::lift(tx, &inner.audit, kind, now),
            })
            .await?;
        Ok(())
    }

    /// What stands: alarms of the appliance, refused applications, warnings of near ends.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, ConnectionError> {
        Ok(self.inner.store.read::<_, StoreError, _>(|reader| alarms::standing(reader)).await?)
    }
}

fn visible(who: &Principal) -> Option<Vec<CustomerId>> {
    who.customers().map(|customers| customers.iter().copied().collect())
}

fn invalid_cursor(error: InvalidCursor) -> ConnectionError {
    ConnectionError::Invalid(vec![FieldError::invalid("cursor", error.to_string())])
}
