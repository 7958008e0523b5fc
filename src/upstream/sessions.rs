//! Sessions and tokens of the connections, in memory only. One sign-in at a time for each connection: whoever waits
//! meanwhile shares what came of it, success or refusal, so that a dead password is never sent twice at once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use url::Url;

use super::ask::Ask;
use super::http::Seen;
use super::look::Look;
use super::values::Signed;
use super::{Core, Limits, Observation, Renewal, Target, TlsMaterial, schemes};
use crate::base::{ConnectionId, Secret, Timestamp};
use crate::systems::RulePlace;

/// What a sign-in gave. Has no `Debug`.
#[derive(Default)]
pub(super) struct Session {
    /// Tells one sign-in from the next.
    pub serial: u64,
    pub values: Signed,
    pub cookies: Vec<(String, Secret)>,
    pub refresh_token: Option<Secret>,
    /// Where the session lives, when its sign-in said that it is elsewhere.
    pub base_url: Option<Url>,
    /// To be renewed from here on, a little before its end.
    pub renew_at: Option<Timestamp>,
    /// Ends by itself after so long without a request.
    pub idle: Option<Duration>,
    pub last_used: AtomicI64,
    /// The sign-out, where a seat is taken.
    pub farewell: Option<Farewell>,
}

/// A sign-out that is ready to be sent.
pub(super) struct Farewell {
    pub ask: Ask,
    pub tls: TlsMaterial,
    pub limits: Limits,
}

/// A sign-in that worked, with the exchange that it took.
pub(super) struct SignedIn {
    pub session: Session,
    pub ask: Ask,
    pub seen: Seen,
    pub place: RulePlace,
}

/// The session that a request goes with.
pub(super) struct Proof {
    pub session: Arc<Session>,
    /// It was opened in this look; the answer to its sign-in is at hand.
    pub fresh: Option<Box<(Ask, Seen, RulePlace)>>,
}

impl Session {
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        let idle_since = Timestamp::from_millis(self.last_used.load(Ordering::Relaxed));
        self.renew_at.is_none_or(|at| now < at)
            // A tenth of the idle time is left as a margin: the system's clock began earlier than ours.
            && self.idle.is_none_or(|idle| now.since(idle_since) < idle.mul_f32(0.9))
    }

    /// The target at the address where the session lives. Signing in again is asked at the one that was given.
    pub(super) fn place<'a>(&self, target: &'a Target) -> Cow<'a, Target> {
        match &self.base_url {
            Some(url) => Cow::Owned(Target { base_url: url.clone(), ..target.clone() }),
            None => Cow::Borrowed(target),
        }
    }

    pub(super) fn touch(&self, now: Timestamp) {
        self.last_used.fetch_max(now.millis(), Ordering::Relaxed);
    }
}

#[derive(Default)]
pub(super) struct Sessions {
    slots: Mutex<HashMap<ConnectionId, Arc<Slot>>>,
    serial: AtomicU64,
}

#[derive(Default)]
struct Slot {
    /// Counts the sign-ins that came to an end: whoever saw one end while waiting shares its refusal.
    ended: AtomicU64,
    kept: tokio::sync::Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    generation: i64,
    session: Option<Arc<Session>>,
    /// What came of the last try, when it was refused.
    refused: Option<Observation>,
}

impl Sessions {
    fn slot(&self, connection: ConnectionId) -> Arc<Slot> {
        self.slots.lock().entry(connection).or_default().clone()
    }

    pub(super) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
}

impl Core {
    /// The session to ask with: the kept one, unless it is `stale`, over, or of other credentials; else a new one.
    /// An error is the observation of a refused or failed sign-in.
    pub(super) async fn proof(
        self: &Arc<Self>,
        target: &Target,
        look: &mut Look,
        stale: Stale,
    ) -> Result<Proof, Box<Observation>> {
        if target.auth.keeps_tokens() {
            return self.granted(target, look, stale).await;
        }
        let Some(connection) = target.connection else {
            let signed_in = self.sign_in(target, look, None).await?;
            return Ok(self.fresh(look, signed_in));
        };
        let slot = self.sessions.slot(connection);
        let ended = slot.ended.load(Ordering::Acquire);
        let mut kept = slot.kept.lock().await;
        if kept.generation == target.generation {
            if let Some(session) =
                kept.session.clone().filter(|session| stale.leaves(session) && session.is_good(self.clock.now()))
            {
                session.touch(self.clock.now());
                look.knows(&session);
                return Ok(Proof { session, fresh: None });
            }
            let meanwhile = slot.ended.load(Ordering::Acquire) != ended;
            if let Some(refused) = kept.refused.as_ref().filter(|_| meanwhile) {
                let shared = Observation { at: look.at(), secret_sent: look.secret_sent, ..refused.clone() };
                return Err(Box::new(shared));
            }
        } else if kept.generation > target.generation {
            // Old credentials must not push out the session of the new ones.
            let signed_in = self.sign_in(target, look, None).await?;
            return Ok(self.fresh(look, signed_in));
        }
        let before = kept.session.take();
        let same = kept.generation == target.generation;
        kept.generation = target.generation;
        if let Some(before) = before.as_ref().filter(|before| !same || stale.is_open(before)) {
            // A seat that is still taken is given back first: the system may have no other.
            self.say_farewell(before).await;
        }
        let same = before.filter(|_| same);
        let tried = self.sign_in(target, look, same.as_deref()).await;
        slot.ended.fetch_add(1, Ordering::AcqRel);
        match tried {
            Ok(signed_in) => {
                let proof = self.fresh(look, signed_in);
                kept.session = Some(proof.session.clone());
                kept.refused = None;
                Ok(proof)
            }
            Err(observation) => {
                kept.refused = Some((*observation).clone());
                Err(observation)
            }
        }
    }

    fn fresh(&self, look: &mut Look, mut signed_in: SignedIn) -> Proof {
        signed_in.session.serial = self.sessions.next_serial();
        signed_in.session.touch(self.clock.now());
        look.renewal = Renewal::Renewed;
        look.knows(&signed_in.session);
        let fresh = Some(Box::new((signed_in.ask, signed_in.seen, signed_in.place)));
        Proof { session: Arc::new(signed_in.session), fresh }
    }

    async fn sign_in(
        &self,
        target: &Target,
        look: &mut Look,
        before: Option<&Session>,
    ) -> Result<SignedIn, Box<Observation>> {
        let result = schemes::sign_in(self, target, look, before).await;
        result.map_err(|refused| schemes::sign_in_refused(target, look, &refused))
    }

    /// Drops session and token of a connection, and signs out where a seat is taken.
    pub(super) fn forget(self: &Arc<Self>, connection: ConnectionId) {
        self.forget_grant(connection);
        let Some(slot) = self.sessions.slots.lock().remove(&connection) else { return };
        let core = self.clone();
        let task = async move {
            let session = slot.kept.lock().await.session.take();
            if let Some(session) = session {
                core.say_farewell(&session).await;
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(task);
        }
    }

    /// Signs out; what the system says to it does not matter, the session ends by itself otherwise.
    pub(super) async fn say_farewell(&self, session: &Session) {
        if let Some(farewell) = &session.farewell {
            let _ = self.exchange(&farewell.tls, farewell.limits, &farewell.ask).await;
        }
    }
}

/// Which kept session will not do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    /// Any kept one is welcome.
    None,
    /// This one was refused.
    Serial(u64),
    /// The sign-in itself is the proof: it has to be made again.
    All,
}

impl Stale {
    /// Whether the system still knows this session, as far as we can tell.
    fn is_open(self, session: &Session) -> bool {
        !matches!(self, Self::Serial(serial) if session.serial == serial)
    }

    pub(super) fn leaves(self, session: &Session) -> bool {
        match self {
            Self::None => true,
            Self::Serial(serial) => session.serial != serial,
            Self::All => false,
        }
    }
}
