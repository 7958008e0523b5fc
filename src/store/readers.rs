//! A small pool of read-only connections. A read sees the last commit and never waits for the writer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::closing::OpenDatabase;
use super::{Query, StoreError};

/// A read-only view of one moment.
pub struct Reader<'c> {
    connection: &'c Connection,
}

impl Query for Reader<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

/// The fields are dropped in their order: the connections are closed before they count as such.
struct Idle {
    connections: Mutex<Vec<Connection>>,
    _open: OpenDatabase,
}

#[derive(Clone)]
pub(super) struct Readers {
    idle: Arc<Idle>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self { idle: Arc::new(Idle { connections: Mutex::new(connections), _open: OpenDatabase::count() }), permits }
    }

    pub(super) async fn read<T, E, F>(&self, ask: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let idle = self.idle.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = idle.connections.lock().pop().ok_or(StoreError::Busy)?;
            // One transaction, so that all queries of the closure see the same moment.
            let answer = catch_unwind(AssertUnwindSafe(|| match connection.execute_batch("BEGIN") {
                Ok(()) => ask(&Reader { connection: &connection }),
                Err(error) => Err(StoreError::from(error).into()),
            }));
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            // After a panic, too, or four of them would leave nobody to read.
            idle.connections.lock().push(connection);
            answer.unwrap_or_else(|_| {
                tracing::error!("a read of the store panicked");
                Err(StoreError::Interrupted.into())
            })
        });
        task.await.unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }
}
