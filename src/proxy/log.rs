//! The log of what passed the proxy: who asked what of which connection, how it ended, how long and how much. Written in
//! batches behind the requests, so that no request waits for it; when the disk cannot follow, lines are dropped and
//! counted, never requests. Holds no body, no header and no query.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::store;
use crate::access::Principal;
use crate::base::{
    ActorKind, Clock, ConnectionId, CustomerId, FieldError, Page, PageRequest, ProxiedRequestId, Random, Timestamp,
};
use crate::connections::{Connection, ConnectionError};
use crate::store::{Store, StoreError};

const WAITING: usize = 16 * 1024;
const BATCH: usize = 1000;
const PATIENCE: Duration = Duration::from_millis(250);
const PATH_LIMIT: usize = 500;
/// What stands for the status when the caller went away before there was one.
const CALLER_GONE: u16 = 499;

/// One request that passed, or was refused on our side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    pub id: ProxiedRequestId,
    pub connection_id: ConnectionId,
    pub customer_id: Option<CustomerId>,
    pub at: Timestamp,
    pub api_key_id: Option<String>,
    pub api_key_name: Option<String>,
    pub method: String,
    /// Without its query.
    pub path: String,
    pub status: u16,
    /// The code of our own answer; none where the system answered.
    pub code: Option<String>,
    /// Until the head of the answer.
    pub first_byte_ms: Option<u32>,
    pub total_ms: u32,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    /// The answer reached the caller whole.
    pub complete: bool,
}

/// Which lines to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// From and to, both within: 200 to 299, or 404 to 404.
    pub statuses: Option<(u16, u16)>,
}

impl RequestFilter {
    /// `404`, or `4xx`.
    pub fn parse(text: &str) -> Option<Self> {
        let statuses = match text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
            Some(class) => {
                let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
                (class.checked_mul(100)?, class.checked_mul(100)?.checked_add(99)?)
            }
            None => {
                let status: u16 = text.parse().ok().filter(|status| (100..=599).contains(status))?;
                (status, status)
            }
        };
        Some(Self { statuses: Some(statuses) })
    }
}

/// Is told of each line, for the metrics.
pub type Observer = Arc<dyn Fn(&RequestRow) + Send + Sync>;

/// The log. Cheap to clone.
#[derive(Clone)]
pub struct RequestLog(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    observer: Observer,
    lines: mpsc::Sender<RequestRow>,
    waiting: Mutex<Option<mpsc::Receiver<RequestRow>>>,
    writing: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    dropped: AtomicU64,
}

impl RequestLog {
    pub fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<dyn Random>, observer: Observer) -> Self {
        let (lines, waiting) = mpsc::channel(WAITING);
        Self(Arc::new(Inner {
            store,
            clock,
            random,
            observer,
            lines,
            waiting: Mutex::new(Some(waiting)),
            writing: Mutex::new(None),
            dropped: AtomicU64::new(0),
        }))
    }

    /// Begins to write.
    pub fn begin(&self) {
        let Some(waiting) = self.0.waiting.lock().take() else { return };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(write(self.0.store.clone(), waiting, stopped));
        *self.0.writing.lock() = Some((stop, task));
    }

    /// Writes what has come, and no more.
    pub async fn finish(&self) {
        let writing = self.0.writing.lock().take();
        if let Some((stop, task)) = writing {
            let _ = stop.send(());
            let _ = task.await;
        }
    }

    /// Lines that were lost because the disk could not follow.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Opens a line for a request; it is written when the value is dropped.
    pub fn open(&self, who: &Principal, connection: &Connection, method: &str, path_and_query: &str) -> Logged {
        let at = self.0.clock.now();
        let is_key = who.actor.kind == ActorKind::ApiKey;
        let path = path_and_query.split('?').next().unwrap_or_default();
        let row = RequestRow {
            id: ProxiedRequestId::new(at, self.0.random.as_ref()),
            connection_id: connection.id,
            customer_id: Some(connection.customer_id),
            at,
            api_key_id: who.actor.id.clone().filter(|_| is_key),
            api_key_name: Some(who.actor.name.clone()).filter(|_| is_key),
            method: method.to_owned(),
            path: path.chars().take(PATH_LIMIT).collect(),
            status: CALLER_GONE,
            code: None,
            first_byte_ms: None,
            total_ms: 0,
            bytes_sent: 0,
            bytes_received: 0,
            complete: false,
        };
        Logged { row: Some(row), begun: Instant::now(), sent: Arc::default(), log: self.clone() }
    }

    /// Lines of one connection, newest first. Whether the caller may see it is asked before.
    pub async fn of_connection(
        &self,
        id: ConnectionId,
        filter: RequestFilter,
        page: PageRequest,
    ) -> Result<Page<RequestRow>, ConnectionError> {
        let found = self
            .0
            .store
            .history()
            .read::<_, StoreError, _>(move |reader| store::requests(reader, id, filter, &page))
            .await?;
        found.map_err(|error| ConnectionError::Invalid(vec![FieldError::invalid("cursor", error.to_string())]))
    }

    /// Lines that nobody's request made: the demo's.
    pub async fn insert_made_up(&self, rows: Vec<RequestRow>) -> Result<(), StoreError> {
        let write = move |tx: &crate::store::Tx<'_>| rows.iter().try_for_each(|row| store::insert(tx, row));
        self.0.store.history().write::<_, StoreError, _>(write).await
    }
}

/// A line that is still open.
pub struct Logged {
    row: Option<RequestRow>,
    begun: Instant,
    sent: Arc<AtomicU64>,
    log: RequestLog,
}

impl Logged {
    /// Counts the bytes of the request's body, from whichever thread moves them.
    pub fn sent(&self) -> Arc<AtomicU64> {
        self.sent.clone()
    }
    /// The head of an answer is there: the system's, or ours with a code.
    pub fn answered(&mut self, status: u16, code: Option<&str>) {
        let first_byte_ms = millis(self.begun);
        if let Some(row) = &mut self.row {
            row.status = status;
            row.code = code.map(str::to_owned);
            row.first_byte_ms = Some(first_byte_ms);
            row.complete = code.is_some();
        }
    }
    pub fn received(&mut self, bytes: usize) {
        if let Some(row) = &mut self.row {
            row.bytes_received = row.bytes_received.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
    }
    pub fn complete(&mut self) {
        if let Some(row) = &mut self.row {
            row.complete = true;
        }
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        let Some(mut row) = self.row.take() else { return };
        row.total_ms = millis(self.begun);
        row.bytes_sent = self.sent.load(Ordering::Relaxed);
        let inner = &self.log.0;
        (inner.observer)(&row);
        if inner.lines.try_send(row).is_err() && inner.dropped.fetch_add(1, Ordering::Relaxed).is_multiple_of(10_000) {
            tracing::warn!("the proxy's log cannot be written as fast as requests come; lines of it are left out");
        }
    }
}

fn millis(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX)
}

async fn write(store: Store, mut waiting: mpsc::Receiver<RequestRow>, mut stopped: oneshot::Receiver<()>) {
    let mut stopping = false;
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    return;
                }
                if count < BATCH && !stopping {
                    tokio::time::sleep(PATIENCE).await;
                    while batch.len() < BATCH && let Ok(row) = waiting.try_recv() {
                        batch.push(row);
                    }
                }
                let rows = std::mem::take(&mut batch);
                let count = rows.len();
                let write = move |tx: &crate::store::Tx<'_>| rows.iter().try_for_each(|row| store::insert(tx, row));
                if let Err(error) = store.history().write::<_, StoreError, _>(write).await {
                    tracing::error!(%error, lines = count, "lines are missing from the proxy's log");
                }
            }
            _ = &mut stopped, if !stopping => {
                stopping = true;
                waiting.close();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_status_or_a_class() {
        let statuses = |text: &str| RequestFilter::parse(text).and_then(|filter| filter.statuses);
        assert_eq!(statuses("404"), Some((404, 404)));
        assert_eq!(statuses("5xx"), Some((500, 599)));
        assert_eq!(statuses("2XX"), Some((200, 299)));
        for bad in ["", "xx", "0xx", "6xx", "99", "600", "4x", "-4xx", "404 "] {
            assert_eq!(statuses(bad), None, "{bad}");
        }
    }
}
