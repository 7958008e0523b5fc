//! What the use cases of a connection share: their means, their settings, and what is kept in memory.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::mpsc;

use super::attempts::Attempts;
use super::consent::Redeemed;
use super::history::CheckRecord;
use super::machine::{Hold, Thresholds};
use super::ports::CreditBook;
use super::ready::ReadyOnes;
use super::registry::Registry;
use super::tokens::Keeper;
use super::{Connection, store};
use crate::applications::Applications;
use crate::audit::AuditLog;
use crate::base::{Clock, ConnectionId, Random};
use crate::instance::StandBy;
use crate::links::Links;
use crate::store::{Store, StoreError};
use crate::systems::{Catalogue, System};
use crate::upstream::{Limits, Upstream};
use crate::vault::Vault;

/// How patiently systems are looked at.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    pub interval: Duration,
    pub minimum_interval: Duration,
    pub confirm_delay: Duration,
    pub connect_timeout: Duration,
    pub response_timeout: Duration,
    pub slow_after: Duration,
    pub thresholds: Thresholds,
}

/// What the use cases need. Built once, by the composition root.
pub struct ConnectionMeans {
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub catalogue: Arc<Catalogue>,
    pub applications: Applications,
    pub upstream: Upstream,
    pub credits: Arc<dyn CreditBook>,
    pub links: Links,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: ConnectionSettings,
    pub stand_by: StandBy,
}

/// The life of connections. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub links: Links,
    pub store: Store,
    pub audit: AuditLog,
    pub vault: Vault,
    pub catalogue: Arc<Catalogue>,
    pub applications: Applications,
    pub upstream: Upstream,
    pub credits: Arc<dyn CreditBook>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: ConnectionSettings,
    pub stand_by: StandBy,
    pub registry: Registry,
    pub attempts: Attempts,
    pub ready: ReadyOnes,
    /// Whether the appliance doubts itself: then nothing becomes unreachable.
    pub held: RwLock<Hold>,
    pub checks: mpsc::UnboundedSender<CheckRecord>,
    /// Tokens of grants that were tried out before they are connected.
    pub redeemed: Redeemed,
}

impl Inner {
    pub fn refuse_standing_by(&self) -> Result<(), super::ConnectionError> {
        if self.stand_by.holds() { Err(super::ConnectionError::StandingBy) } else { Ok(()) }
    }
}

impl Connections {
    /// Reads all connections into memory. The receiver gets every check for the history.
    pub async fn start(means: ConnectionMeans) -> Result<(Self, mpsc::UnboundedReceiver<CheckRecord>), StoreError> {
        let (checks, receiver) = mpsc::unbounded_channel();
        let registry = Registry::default();
        let attempts = Attempts::default();
        let (fill, load, links) = (registry.clone(), attempts.clone(), means.links.clone());
        means
            .store
            .read::<_, StoreError, _>(move |reader| {
                fill.fill(store::all(reader)?);
                links.load(reader)?;
                load.load(reader)
            })
            .await?;
        let inner = Inner {
            links: means.links,
            store: means.store,
            audit: means.audit,
            vault: means.vault,
            catalogue: means.catalogue,
            applications: means.applications,
            upstream: means.upstream,
            credits: means.credits,
            clock: means.clock,
            random: means.random,
            settings: means.settings,
            stand_by: means.stand_by,
            registry,
            attempts,
            ready: ReadyOnes::default(),
            held: RwLock::new(Hold::None),
            checks,
            redeemed: Redeemed::default(),
        };
        let inner = Arc::new(inner);
        inner.upstream.keep_tokens_with(Arc::new(Keeper(Arc::downgrade(&inner))));
        let connections = Self { inner };
        connections.make_missing_links().await?;
        Ok((connections, receiver))
    }

    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.inner.catalogue
    }
    pub fn settings(&self) -> &ConnectionSettings {
        &self.inner.settings
    }
    /// While true, nothing becomes unreachable: start-up grace, or our own network is in doubt.
    pub fn hold(&self, hold: Hold) {
        *self.inner.held.write() = hold;
    }
    /// A restored appliance that waits for a word: nothing is asked of any system.
    pub fn stands_by(&self) -> bool {
        self.inner.stand_by.holds()
    }
    /// Writes the marks of these connections as they are in memory.
    pub async fn save_marks(&self, ids: Vec<ConnectionId>) -> Result<(), StoreError> {
        let registry = self.inner.registry.clone();
        self.inner
            .store
            .write(move |tx| {
                ids.into_iter()
                    .filter_map(|id| registry.find(id))
                    .try_for_each(|connection| store::save_marks(tx, connection.id, &connection.marks))
            })
            .await
    }
    /// Marks the decision records before a moment as made up: the demo's past.
    pub async fn mark_made_up(&self, before: crate::base::Timestamp) -> Result<(), StoreError> {
        self.inner.store.write(move |tx| store::mark_made_up(tx, before)).await
    }
    /// Notes checks that never were: the demo's past. What was really seen later stays.
    pub fn note_made_up(&self, id: ConnectionId, last: crate::base::Timestamp, good: Option<crate::base::Timestamp>) {
        self.inner.registry.mark(id, |marks| {
            marks.last_checked_at = marks.last_checked_at.max(Some(last));
            marks.last_ok_at = marks.last_ok_at.max(good);
        });
    }
    /// Takes decision records away that are older than they are to be kept; how many.
    pub async fn prune_transitions(&self, keep: Duration) -> Result<usize, StoreError> {
        let before = self.inner.clock.now().minus(keep);
        let mut gone = 0usize;
        loop {
            let taken = self.inner.store.write(move |tx| store::prune_transitions(tx, before)).await?;
            gone = gone.saturating_add(taken);
            if taken == 0 {
                return Ok(gone);
            }
            // Others write between two bites.
            tokio::task::yield_now().await;
        }
    }
    /// Sets the next check (the health engine's jitter and back-off).
    pub fn schedule(&self, id: ConnectionId, at: Option<crate::base::Timestamp>) {
        self.inner.registry.reschedule(id, at);
    }
}

impl Inner {
    pub fn system_of(&self, connection: &Connection) -> Option<Arc<System>> {
        self.catalogue.find(&connection.system).cloned()
    }
    pub fn limits(&self) -> Limits {
        Limits { connect_timeout: self.settings.connect_timeout, response_timeout: self.settings.response_timeout }
    }
}
