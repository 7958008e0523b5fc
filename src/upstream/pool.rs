//! Connections to systems that stay open between callers' requests. Owns how many are kept and how long; refuses to hand
//! one out for another TLS identity, pin, address or egress policy than it was opened under. Checks take a fresh way
//! instead: they have to see every part of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use hyper::client::conn::http1::SendRequest;
use parking_lot::Mutex;

use super::address::Address;
use super::http::{Driver, Seen, SentBody, handshake};
use super::tls::TlsWatch;
use super::{Core, Target, Timing};
use crate::base::ConnectionId;

/// Nobody says how long a system keeps its end open; most keep it longer than this.
const IDLE: Duration = Duration::from_secs(15);
/// A request that must not be sent twice takes only a connection that was in use so short a time ago: the system may be
/// closing an older one at this moment.
const IDLE_FOR_ONCE: Duration = Duration::from_millis(1500);
/// A name may lead elsewhere by now.
const LONGEST_LIFE: Duration = Duration::from_secs(300);
const KEPT_PER_WAY: usize = 32;
const KEPT_IN_ALL: usize = 512;
const SWEEP: Duration = Duration::from_secs(2);

/// All that must be the same for two requests to share a connection.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Way {
    /// No customer's bytes follow another's: what one request leaves behind cannot reach somebody else.
    connection: Option<ConnectionId>,
    address: Address,
    /// Of certificates, key, authorities and pin.
    tls: Option<[u8; 32]>,
    /// The egress policy under which it was opened.
    policy: u64,
}

/// An open HTTP connection, used by one request at a time.
pub(super) struct Line {
    pub sender: SendRequest<SentBody>,
    pub peer: SocketAddr,
    pub watch: Option<TlsWatch>,
    /// Of its opening; empty when it was kept.
    pub timing: Timing,
    pub kept: bool,
    _driver: Driver,
    born: Instant,
    /// Where its bytes are moved: using it from there spares two changes of thread for each request.
    thread: ThreadId,
    way: Option<Way>,
}

impl Line {
    pub(super) fn new(
        sender: SendRequest<SentBody>,
        driver: Driver,
        peer: SocketAddr,
        watch: Option<TlsWatch>,
        timing: Timing,
    ) -> Self {
        let thread = std::thread::current().id();
        Self { sender, peer, watch, timing, kept: false, _driver: driver, born: Instant::now(), thread, way: None }
    }
}

/// How fresh a connection has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// The request may be sent once more should the connection turn out to be over.
    Any,
    Recent,
    New,
}

#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Shelves>>);

#[derive(Default)]
struct Shelves {
    ways: HashMap<Way, Vec<Idle>>,
    count: usize,
    sweeping: bool,
    policy: u64,
}

struct Idle {
    line: Line,
    since: Instant,
    until: Instant,
}

impl Pool {
    /// What is open was opened under a policy that no longer holds.
    pub(super) fn clear(&self) {
        let gone = {
            let mut shelves = self.0.lock();
            shelves.policy = shelves.policy.wrapping_add(1);
            shelves.count = 0;
            std::mem::take(&mut shelves.ways)
        };
        drop(gone);
    }

    /// A connection's credentials have changed, or it has ended.
    pub(super) fn forget(&self, connection: ConnectionId) {
        let gone: Vec<Idle> = {
            let mut shelves = self.0.lock();
            let gone = shelves.ways.extract_if(|way, _| way.connection == Some(connection));
            let gone: Vec<Idle> = gone.flat_map(|(_, idle)| idle).collect();
            shelves.count = shelves.count.saturating_sub(gone.len());
            gone
        };
        drop(gone);
    }

    fn policy(&self) -> u64 {
        self.0.lock().policy
    }

    /// The one used last, preferably of this thread.
    fn take(&self, way: &Way, freshness: Freshness) -> Option<Line> {
        let longest = match freshness {
            Freshness::Any => LONGEST_LIFE,
            Freshness::Recent => IDLE_FOR_ONCE,
            Freshness::New => return None,
        };
        let (now, here) = (Instant::now(), std::thread::current().id());
        let mut over = Vec::new();
        let found = {
            let mut shelves = self.0.lock();
            let shelf = shelves.ways.get_mut(way)?;
            let before = shelf.len();
            let (good, bad): (Vec<Idle>, Vec<Idle>) =
                shelf.drain(..).partition(|idle| idle.until > now && idle.line.sender.is_ready());
            *shelf = good;
            over.extend(bad);
            let fits = |idle: &Idle| now.saturating_duration_since(idle.since) <= longest;
            let place = shelf
                .iter()
                .rposition(|idle| fits(idle) && idle.line.thread == here)
                .or_else(|| shelf.iter().rposition(fits));
            let found = place.map(|place| shelf.remove(place));
            let left = shelf.len();
            if left == 0 {
                shelves.ways.remove(way);
            }
            shelves.count = shelves.count.saturating_sub(before.saturating_sub(left));
            found
        };
        drop(over);
        found.map(|idle| Line { kept: true, timing: Timing::default(), ..idle.line })
    }

    /// Takes a connection back once its exchange is over, for as long as the system says that it keeps it.
    pub(super) fn give_back(&self, line: Line, announced: Option<Duration>) {
        let now = Instant::now();
        let Some(way) = line.way.clone() else { return };
        let idle = announced.map_or(IDLE, |announced| announced.saturating_sub(Duration::from_secs(1)).min(IDLE));
        let until = (now + idle).min(line.born + LONGEST_LIFE);
        if line.sender.is_closed() || until <= now {
            return;
        }
        if !line.sender.is_ready() {
            return self.await_end(line, announced);
        }
        let surplus = {
            let mut shelves = self.0.lock();
            if way.policy != shelves.policy || shelves.count >= KEPT_IN_ALL {
                return;
            }
            let shelf = shelves.ways.entry(way).or_default();
            shelf.push(Idle { line, since: now, until });
            let surplus = (shelf.len() > KEPT_PER_WAY).then(|| shelf.remove(0));
            if surplus.is_none() {
                shelves.count = shelves.count.saturating_add(1);
            }
            if !std::mem::replace(&mut shelves.sweeping, true) {
                self.sweep();
            }
            surplus
        };
        drop(surplus);
    }

    /// The answer came before the request was all sent: what is left of it gets a moment.
    fn await_end(&self, mut line: Line, announced: Option<Duration>) {
        let pool = self.clone();
        tokio::spawn(async move {
            if let Ok(Ok(())) = tokio::time::timeout(SWEEP, line.sender.ready()).await {
                pool.give_back(line, announced);
            }
        });
    }

    /// Closes what is over, as long as there is anything.
    fn sweep(&self) {
        let shelves = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(shelves) = shelves.upgrade() else { return };
                let (over, ended) = shelves.lock().sweep(Instant::now());
                drop(over);
                if ended {
                    return;
                }
            }
        });
    }
}

impl Shelves {
    fn sweep(&mut self, now: Instant) -> (Vec<Idle>, bool) {
        let mut over = Vec::new();
        for shelf in self.ways.values_mut() {
            over.extend(shelf.extract_if(.., |idle| idle.until <= now || !idle.line.sender.is_ready()));
        }
        self.ways.retain(|_, shelf| !shelf.is_empty());
        self.count = self.ways.values().map(Vec::len).sum();
        self.sweeping = self.count > 0;
        (over, !self.sweeping)
    }
}

impl Core {
    /// A connection to the address: one that was kept, or a new one. The client certificate's end is looked at each time.
    pub(super) async fn line(&self, target: &Target, address: &Address, freshness: Freshness) -> Result<Line, Seen> {
        let tls = &target.credentials.tls;
        let material = match address.https.then(|| self.tls.usable(tls)).transpose() {
            Ok(material) => material,
            Err(failure) => return Err(Seen::not_sent(failure)),
        };
        let way =
            Way { connection: target.connection, address: address.clone(), tls: material, policy: self.pool.policy() };
        if let Some(line) = self.pool.take(&way, freshness) {
            return Ok(line);
        }
        let opened = self.open(tls, target.limits.connect_timeout, address).await?;
        let (peer, timing) = (Some(opened.peer), opened.timing);
        match handshake(opened, &address.host_and_port()).await {
            Ok(line) => Ok(Line { way: Some(way), ..line }),
            Err(failure) => Err(Seen { result: Err(failure), peer, timing, sent: false }),
        }
    }
}
