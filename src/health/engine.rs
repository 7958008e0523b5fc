//! The heartbeat: which connection is looked at when. Owns a heap of due times (not a job per connection), the limits per
//! appliance and per host, and the doubt in our own network. What a look means is decided in `connections`.

mod due;
mod suspicion;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::base::{Clock, ConnectionId, Random, Reason, Timestamp};
use crate::connections::{CheckOutcome, Connections, Finding, Hold, Source};
use suspicion::{Change, Suspicion};

pub use due::{Pace, next_due};

/// The limits of the engine.
#[derive(Debug, Clone, Copy)]
pub struct EngineSettings {
    pub concurrency: usize,
    pub concurrency_per_host: usize,
    pub startup_grace: Duration,
    pub pace: Pace,
}

/// How the engine keeps up, for metrics and the dashboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beat {
    pub waiting: usize,
    pub running: usize,
    /// How late the last started check was.
    pub lag: Duration,
    pub checks: u64,
}

#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    settings: EngineSettings,
    started_at: Timestamp,
    state: Mutex<Heart>,
    stopping: AtomicBool,
    saving: AtomicBool,
    idle: Notify,
}

/// A check that is under way; dropped, it is no longer, however it ended.
struct Turn {
    inner: Arc<Inner>,
    id: ConnectionId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.inner.finish(self.id);
    }
}

#[derive(Default)]
struct Heart {
    due: BinaryHeap<Reverse<(Timestamp, ConnectionId)>>,
    /// With the host it counts for: a reconnect meanwhile may move the connection to another.
    running: HashMap<ConnectionId, String>,
    per_host: HashMap<String, usize>,
    /// Connections whose marks in memory are newer than in the store.
    dirty: HashSet<ConnectionId>,
    suspicion: Suspicion,
    /// When the hosts without connections were last forgotten.
    hosts_asked_at: Option<Timestamp>,
    beat: Beat,
}

impl Engine {
    /// Fills the heap from what the store remembers; what is overdue is spread out.
    pub fn new(
        connections: Connections,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        settings: EngineSettings,
    ) -> Self {
        let started_at = clock.now();
        let mut heart = Heart::default();
        for connection in connections.registry().all() {
            if !connection.status.is_checked() {
                continue;
            }
            let interval = u64::from(connection.check_interval_seconds) * 1000;
            let spread = Duration::from_millis(random.below(interval.min(30_000)));
            let due = match connection.marks.next_check_at {
                Some(due) if due > started_at => due,
                _ => started_at.plus(spread),
            };
            connections.schedule(connection.id, Some(due));
            heart.due.push(Reverse((due, connection.id)));
        }
        connections.registry().take_rescheduled();
        if !settings.startup_grace.is_zero() {
            connections.hold(Hold::StartUp);
        }
        let inner = Inner {
            connections,
            clock,
            random,
            settings,
            started_at,
            state: Mutex::new(heart),
            stopping: AtomicBool::new(false),
            saving: AtomicBool::new(false),
            idle: Notify::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts what is due. Called every second by the clockwork; returns at once.
    pub async fn tick(&self) {
        let inner = &self.inner;
        if inner.stopping.load(Ordering::SeqCst) || inner.connections.stands_by() {
            return;
        }
        let now = inner.clock.now();
        self.hold_or_release(now).await;
        for id in inner.take_due(now) {
            let engine = self.clone();
            let turn = Turn { inner: inner.clone(), id };
            tokio::spawn(async move { engine.look_at(&turn).await });
        }
        self.save_marks().await;
    }

    /// Everything that waited for the vault is due now.
    pub fn wake_all(&self) {
        let now = self.inner.clock.now();
        for connection in self.inner.connections.registry().all() {
            if connection.status.is_checked() {
                let spread = Duration::from_millis(self.inner.random.below(5_000));
                self.inner.connections.schedule(connection.id, Some(now.plus(spread)));
            }
        }
    }

    pub fn beat(&self) -> Beat {
        let heart = self.inner.state.lock();
        Beat { waiting: heart.due.len(), running: heart.running.len(), ..heart.beat }
    }

    /// Starts nothing more, lets running checks end, and writes the marks.
    pub async fn drain(&self, within: Duration) {
        self.inner.stopping.store(true, Ordering::SeqCst);
        let ended = async {
            loop {
                let wait = self.inner.idle.notified();
                if self.inner.state.lock().running.is_empty() {
                    return;
                }
                wait.await;
            }
        };
        if tokio::time::timeout(within, ended).await.is_err() {
            tracing::warn!("some checks did not end in time; they are due again after the next start");
        }
        self.save_marks().await;
    }

    async fn look_at(&self, turn: &Turn) {
        let (inner, id) = (&self.inner, turn.id);
        // A check that panics is due again like any other: nothing may fall out of the heap for ever.
        let checked = AssertUnwindSafe(inner.connections.check_unasked(id, Source::Scheduler)).catch_unwind().await;
        let now = inner.clock.now();
        match &checked {
            Ok(Ok(outcome)) => self.note(outcome, now).await,
            Ok(Err(error)) => tracing::error!(connection = %id, %error, "a check could not be done"),
            Err(_) => tracing::error!(connection = %id, "a check panicked"),
        }
        let outcome = checked.ok().and_then(Result::ok);
        let connection = inner.connections.registry().find(id);
        let due = connection.as_deref().and_then(|connection| {
            let looked = outcome.as_ref().and_then(|outcome| outcome.looked.as_ref());
            let verdict = looked.map(|looked| &looked.verdict);
            next_due(connection, verdict, inner.settings.pace, now, inner.random.as_ref())
        });
        inner.connections.schedule(id, due);
    }

    async fn note(&self, outcome: &CheckOutcome, now: Timestamp) {
        let Some(looked) = &outcome.looked else { return };
        let network = matches!(
            looked.verdict.finding,
            Finding::Unreachable(
                Reason::DnsFailure
                    | Reason::ConnectionRefused
                    | Reason::ConnectTimeout
                    | Reason::ResponseTimeout
                    | Reason::ConnectionReset
            )
        );
        let change = {
            let mut heart = self.inner.state.lock();
            heart.beat.checks = heart.beat.checks.saturating_add(1);
            // Nothing was sent: that says nothing about the host.
            if matches!(looked.verdict.finding, Finding::Instance(Reason::VaultSealed)) {
                return;
            }
            heart.suspicion.note(&outcome.connection.host, !network, now, self.inner.settings.pace.interval)
        };
        self.act_on(change).await;
    }

    async fn hold_or_release(&self, now: Timestamp) {
        let change = {
            let mut heart = self.inner.state.lock();
            if heart.hosts_asked_at.is_none_or(|at| now.since(at) >= self.inner.settings.pace.interval) {
                heart.hosts_asked_at = Some(now);
                let hosts = self.inner.connections.registry().hosts();
                heart.suspicion.keep_only(&hosts);
            }
            heart.suspicion.tick(now)
        };
        self.act_on(change).await;
        let in_doubt = self.inner.state.lock().suspicion.in_doubt();
        let starting = now.since(self.inner.started_at) < self.inner.settings.startup_grace;
        self.inner.connections.hold(match (in_doubt, starting) {
            (true, _) => Hold::Network,
            (false, true) => Hold::StartUp,
            (false, false) => Hold::None,
        });
    }

    async fn act_on(&self, change: Option<Change>) {
        let connections = &self.inner.connections;
        let done = match change {
            None => return,
            Some(Change::Doubt { failing, hosts }) => {
                connections.hold(Hold::Network);
                let message = format!(
                    "{failing} of {hosts} hosts stopped answering within one interval, so this appliance doubts its own network. \
                     Statuses are held and customers are not told."
                );
                connections.raise_instance_alarm(Reason::NetworkSuspect, &message).await
            }
            Some(Change::Trust) => {
                connections.hold(Hold::None);
                connections.lift_instance_alarm(Reason::NetworkSuspect).await
            }
        };
        if let Err(error) = done {
            tracing::error!(%error, "an alarm could not be written");
        }
    }

    /// Marks follow to the store in batches; one batch at a time.
    async fn save_marks(&self) {
        let inner = &self.inner;
        if inner.saving.swap(true, Ordering::SeqCst) {
            return;
        }
        let dirty: Vec<ConnectionId> = inner.state.lock().dirty.drain().collect();
        if !dirty.is_empty()
            && let Err(error) = inner.connections.save_marks(dirty.clone()).await
        {
            tracing::warn!(%error, "due times could not be written; they are kept and tried again");
            inner.state.lock().dirty.extend(dirty);
        }
        inner.saving.store(false, Ordering::SeqCst);
    }
}

impl Inner {
    /// Takes what is due and within the limits; what has to wait for its host stays due.
    fn take_due(&self, now: Timestamp) -> Vec<ConnectionId> {
        let registry = self.connections.registry();
        let mut heart = self.state.lock();
        for (id, due) in registry.take_rescheduled() {
            if let Some(due) = due {
                heart.due.push(Reverse((due, id)));
            }
            heart.dirty.insert(id);
        }
        let (mut start, mut later) = (Vec::new(), Vec::new());
        while heart.running.len() < self.settings.concurrency {
            let Some(Reverse((due, id))) = heart.due.peek().copied() else { break };
            if due > now {
                break;
            }
            heart.due.pop();
            // An entry whose time was changed meanwhile is stale; the newer one is in the heap too.
            let Some(connection) = registry.find(id).filter(|found| found.marks.next_check_at == Some(due)) else {
                continue;
            };
            if !connection.status.is_checked() || heart.running.contains_key(&id) {
                continue;
            }
            let on_host = heart.per_host.get(&connection.host).copied().unwrap_or(0);
            if on_host >= self.settings.concurrency_per_host {
                later.push(Reverse((due, id)));
                continue;
            }
            heart.per_host.insert(connection.host.clone(), on_host.saturating_add(1));
            heart.running.insert(id, connection.host.clone());
            heart.beat.lag = now.since(due);
            start.push(id);
        }
        heart.due.extend(later);
        start
    }

    fn finish(&self, id: ConnectionId) {
        let mut heart = self.state.lock();
        heart.dirty.insert(id);
        if let Some(host) = heart.running.remove(&id)
            && let Some(count) = heart.per_host.get_mut(&host)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                heart.per_host.remove(&host);
            }
        }
        drop(heart);
        self.idle.notify_waiters();
    }
}
