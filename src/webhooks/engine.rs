//! What is due is tried. The clockwork's tick starts it and it goes on by itself while an endpoint has more that is due.
//! Each endpoint has lanes of its own, and the first of them is beside the limit of all: a receiver that hangs fills its
//! own lanes and delays no other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use super::error::WebhookError;
use super::model::Cause;
use super::service::Webhooks;
use super::store;
use crate::base::{DeliveryId, EndpointId};
use crate::store::StoreError;

/// What is under way.
pub(super) struct Running {
    lanes: Mutex<HashMap<EndpointId, HashSet<DeliveryId>>>,
    /// For every lane beyond an endpoint's first.
    permits: Arc<Semaphore>,
    stopping: AtomicBool,
    /// One look at what is due at a time.
    turn: tokio::sync::Mutex<()>,
    idle: Notify,
}

impl Running {
    pub fn new(concurrency: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            permits: Arc::new(Semaphore::new(concurrency)),
            stopping: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            idle: Notify::new(),
        }
    }

    /// Takes the first of `candidates` that is not under way, if the endpoint has a lane left.
    fn take(&self, endpoint: EndpointId, candidates: &[DeliveryId], lanes: usize) -> Option<DeliveryId> {
        let mut all = self.lanes.lock();
        let own = all.entry(endpoint).or_default();
        let free = own.len() < lanes;
        let taken = candidates.iter().copied().find(|id| free && !own.contains(id));
        match taken {
            Some(id) => _ = own.insert(id),
            None if own.is_empty() => _ = all.remove(&endpoint),
            None => {}
        }
        taken
    }

    fn leave(&self, endpoint: EndpointId, id: DeliveryId) {
        let mut all = self.lanes.lock();
        if let Some(own) = all.get_mut(&endpoint) {
            own.remove(&id);
            if own.is_empty() {
                all.remove(&endpoint);
            }
        }
        drop(all);
        self.idle.notify_waiters();
    }

    fn count(&self, endpoint: EndpointId) -> usize {
        self.lanes.lock().get(&endpoint).map_or(0, HashSet::len)
    }

    fn is_idle(&self) -> bool {
        self.lanes.lock().is_empty()
    }
}

/// A delivery that is under way; dropped, it is no longer.
pub(super) struct Lane {
    webhooks: Webhooks,
    endpoint: EndpointId,
    id: DeliveryId,
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.webhooks.0.running.leave(self.endpoint, self.id);
    }
}

impl Webhooks {
    /// Makes deliveries of what is queued and starts what is due. Called every second by the clockwork; never waits for
    /// a receiver.
    pub async fn tick(&self) {
        // The tick before is still at it: it sees what this one would.
        let Ok(_turn) = self.0.running.turn.try_lock() else { return };
        if self.0.running.stopping.load(Ordering::SeqCst) {
            return;
        }
        if let Err(error) = self.fan_out().await {
            tracing::error!(%error, "events could not be taken from the queue; it is tried again");
        }
        // Without its secrets nothing can be signed: everything stays due.
        if self.0.vault.is_sealed() {
            return;
        }
        if let Err(error) = self.start_due().await {
            tracing::error!(%error, "deliveries that are due could not be found; it is tried again");
        }
    }

    async fn start_due(&self) -> Result<(), WebhookError> {
        let (now, lanes) = (self.0.clock.now(), self.0.settings.concurrency_per_endpoint);
        let due = self
            .0
            .store
            .read::<_, StoreError, _>(move |reader| {
                if !store::deliveries::anything_due(reader, now)? {
                    return Ok(Vec::new());
                }
                // Disabled ones too: what somebody sends again by hand goes there.
                let endpoints = store::endpoints::all(reader)?;
                let due = |id| Ok((id, store::deliveries::due(reader, id, now, lanes.saturating_mul(2))?));
                endpoints.into_iter().map(|endpoint| due(endpoint.id)).collect()
            })
            .await?;
        for (endpoint, candidates) in due {
            while self.0.running.count(endpoint) < lanes {
                // The first lane needs no permit, so that full lanes elsewhere never keep an endpoint waiting.
                let permit = match self.0.running.count(endpoint) {
                    0 => None,
                    _ => match self.0.running.permits.clone().try_acquire_owned() {
                        Ok(permit) => Some(permit),
                        Err(_) => break,
                    },
                };
                let Some(id) = self.0.running.take(endpoint, &candidates, lanes) else { break };
                let webhooks = self.clone();
                tokio::spawn(async move {
                    webhooks.lane(endpoint, id).await;
                    drop(permit);
                });
            }
        }
        Ok(())
    }

    /// Tries one after another while something is due at this endpoint.
    async fn lane(&self, endpoint: EndpointId, first: DeliveryId) {
        let mut next = Some(first);
        while let Some(id) = next {
            let lane = Lane { webhooks: self.clone(), endpoint, id };
            let tried = self.attempt(id, Cause::Schedule).await;
            drop(lane);
            match tried {
                Ok(_) if !self.0.running.stopping.load(Ordering::SeqCst) => next = self.next_of(endpoint).await,
                Ok(_) => next = None,
                Err(error) => {
                    // It stays due; the next tick tries again.
                    tracing::error!(delivery = %id, %error, "a delivery could not be tried");
                    next = None;
                }
            }
        }
    }

    async fn next_of(&self, endpoint: EndpointId) -> Option<DeliveryId> {
        let (now, lanes) = (self.0.clock.now(), self.0.settings.concurrency_per_endpoint);
        let due = self
            .0
            .store
            .read::<_, StoreError, _>(move |reader| {
                store::deliveries::due(reader, endpoint, now, lanes.saturating_mul(2))
            })
            .await;
        match due {
            Ok(due) => self.0.running.take(endpoint, &due, lanes),
            Err(error) => {
                tracing::error!(%error, "deliveries that are due could not be found; the next tick tries again");
                None
            }
        }
    }

    /// Keeps a delivery that is yet to be written for the caller's own try.
    pub(super) fn reserve(&self, endpoint: EndpointId, id: DeliveryId) -> Lane {
        // A person who waits needs no free lane.
        self.0.running.take(endpoint, &[id], usize::MAX);
        Lane { webhooks: self.clone(), endpoint, id }
    }

    /// Waits until nothing is under way, for at most this long; whether it came to that.
    pub async fn settle(&self, within: Duration) -> bool {
        let ended = async {
            loop {
                let wait = self.0.running.idle.notified();
                if self.0.running.is_idle() {
                    return;
                }
                wait.await;
            }
        };
        tokio::time::timeout(within, ended).await.is_ok()
    }

    /// Starts nothing more and lets what is under way end; what does not is tried again after the next start.
    pub async fn drain(&self, within: Duration) {
        self.0.running.stopping.store(true, Ordering::SeqCst);
        if !self.settle(within).await {
            tracing::warn!(
                "some receivers did not answer in time; their deliveries are tried again after the next start"
            );
        }
    }
}
