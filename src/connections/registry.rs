//! All connections in memory, so that a proxied request and a due check ask no SQL. Written by the store's commit hooks only,
//! in the order of commits; marks of checks are written at once and follow to the store in batches.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::model::{Connection, Counts, Marks};
use crate::base::{ConnectionId, CustomerId};

#[derive(Clone, Default)]
pub struct Registry {
    connections: Arc<RwLock<HashMap<ConnectionId, Arc<Connection>>>>,
}

impl Registry {
    pub fn find(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.connections.read().get(&id).cloned()
    }
    /// Takes over what was committed. Marks in memory are newer than the store's and stay, unless `marks` is set.
    pub(super) fn put(&self, connection: Connection) {
        self.connections.write().insert(connection.id, Arc::new(connection));
    }
    pub(super) fn mark(&self, id: ConnectionId, change: impl FnOnce(&mut Marks)) -> Option<Marks> {
        let mut connections = self.connections.write();
        let entry = connections.get_mut(&id)?;
        let connection = Arc::make_mut(entry);
        change(&mut connection.marks);
        Some(connection.marks)
    }
    pub(super) fn fill(&self, all: Vec<Connection>) {
        *self.connections.write() = all.into_iter().map(|connection| (connection.id, Arc::new(connection))).collect();
    }
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for connection in self.connections.read().values() {
            *counts.by_status.entry(connection.status).or_default() += 1;
        }
        counts
    }
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.read().values().cloned().collect()
    }
    pub fn of_customer(&self, customer: CustomerId) -> Vec<Arc<Connection>> {
        self.connections.read().values().filter(|connection| connection.customer_id == customer).cloned().collect()
    }
}
