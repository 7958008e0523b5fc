//! All connections in memory, so that a proxied request and a due check ask no SQL. Written by the store's commit hooks only,
//! in the order of commits; marks of checks are written at once and follow to the store in batches.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::model::{Connection, Counts, Marks};
use crate::base::{ConnectionId, CustomerId, Timestamp};

#[derive(Clone, Default)]
pub struct Registry {
    connections: Arc<RwLock<HashMap<ConnectionId, Arc<Connection>>>>,
    /// Whose due time may have changed since the engine last asked.
    rescheduled: Arc<Mutex<HashSet<ConnectionId>>>,
}

impl Registry {
    pub fn find(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.connections.read().get(&id).cloned()
    }
    /// Takes over what was committed.
    pub(super) fn put(&self, connection: Connection) {
        self.rescheduled.lock().insert(connection.id);
        self.connections.write().insert(connection.id, Arc::new(connection));
    }
    pub(super) fn mark(&self, id: ConnectionId, change: impl FnOnce(&mut Marks)) -> Option<Marks> {
        let mut connections = self.connections.write();
        let entry = connections.get_mut(&id)?;
        let connection = Arc::make_mut(entry);
        change(&mut connection.marks);
        Some(connection.marks)
    }
    /// Sets when it is looked at next.
    pub(super) fn reschedule(&self, id: ConnectionId, at: Option<Timestamp>) {
        self.mark(id, |marks| marks.next_check_at = at);
        self.rescheduled.lock().insert(id);
    }
    /// Due times that may have changed, for the health engine.
    pub fn take_rescheduled(&self) -> Vec<(ConnectionId, Option<Timestamp>)> {
        let ids: Vec<_> = self.rescheduled.lock().drain().collect();
        let connections = self.connections.read();
        ids.into_iter()
            .filter_map(|id| connections.get(&id).map(|connection| (id, connection.marks.next_check_at)))
            .collect()
    }
    pub(super) fn fill(&self, all: Vec<Connection>) {
        *self.connections.write() = all.into_iter().map(|connection| (connection.id, Arc::new(connection))).collect();
    }
    /// The hosts of all connections that are checked.
    pub fn hosts(&self) -> HashSet<String> {
        let all = self.connections.read();
        all.values().filter(|one| one.status.is_checked()).map(|one| one.host.clone()).collect()
    }
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for connection in self.connections.read().values() {
            *counts.by_status.entry(connection.status).or_default() += 1;
        }
        counts
    }
    /// How many are like this.
    pub fn count(&self, wanted: impl Fn(&Connection) -> bool) -> usize {
        self.connections.read().values().filter(|connection| wanted(connection)).count()
    }
    /// Those that are like this.
    pub fn select(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<Arc<Connection>> {
        self.connections.read().values().filter(|connection| wanted(connection)).cloned().collect()
    }
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.read().values().cloned().collect()
    }
    pub fn of_customer(&self, customer: CustomerId) -> Vec<Arc<Connection>> {
        self.connections.read().values().filter(|connection| connection.customer_id == customer).cloned().collect()
    }
}
