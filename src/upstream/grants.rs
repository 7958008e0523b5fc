//! Connections whose tokens are kept: renewed ahead of their end, one renewal at a time for each, and stored before they are
//! used. A renewal runs to its end even when the caller who asked for it has gone: the system has rotated the token by then.
//! That one is under way is written down before it is sent: what cannot be stored is not begun, and a refusal after a crash
//! or an outage can be told from a revocation. An outage is no refusal, and a token that still lives is used meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::ask::Ask;
use super::http::{Reply, Seen};
use super::look::Look;
use super::schemes::oauth2;
use super::schemes::{Refused, sign_in_refused};
use super::sessions::{Proof, Session, Stale};
use super::tokens::{KeptTokens, NotKept, ReadTokens, TOKENS_FIELD};
use super::{Core, Failure, Observation, Renewal, Target, Timing};
use crate::base::{ConnectionId, Timestamp};
use crate::systems::RulePlace;

/// After a failed renewal a token that still lives is used so long before the next try.
const PAUSE: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(super) struct Grants {
    slots: Mutex<HashMap<ConnectionId, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    /// Counts the renewals that came to an end: whoever saw one end while waiting shares its refusal.
    ended: AtomicU64,
    held: Arc<tokio::sync::Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    generation: i64,
    session: Option<Arc<Session>>,
    read: Option<ReadTokens>,
    /// Renewed, but the store would not take them: to be stored before anything else.
    unsaved: Option<KeptTokens>,
    refused: Option<Observation>,
    /// The refresh token was refused for good: it is not sent again.
    is_dead: bool,
}

/// A session, and the exchange that it took.
type Renewed = (Arc<Session>, Option<Box<(Ask, Seen, RulePlace)>>);

impl Held {
    fn forget(&mut self) {
        self.session = None;
        self.refused = None;
        self.is_dead = false;
        if self.unsaved.is_none() {
            self.read = None;
        }
    }
}

impl Grants {
    fn slot(&self, connection: ConnectionId) -> Arc<Slot> {
        self.slots.lock().entry(connection).or_default().clone()
    }
}

impl Core {
    /// The session of a kept token; renewed where it is over, refused, or about to end.
    pub(super) async fn granted(
        self: &Arc<Self>,
        target: &Target,
        look: &mut Look,
        stale: Stale,
    ) -> Result<Proof, Box<Observation>> {
        let Some(connection) = target.connection else { return self.just_granted(target, look) };
        let slot = self.grants.slot(connection);
        let ended = slot.ended.load(Ordering::Acquire);
        {
            let held = slot.held.lock().await;
            if let Some(session) = self.fit(&held, target, stale) {
                session.touch(self.clock.now());
                look.knows(&session);
                return Ok(Proof { session, fresh: None });
            }
        }
        // From here on nobody who leaves may take the answer with them.
        let (core, own, mut own_look) = (self.clone(), target.clone(), look.clone());
        let task = tokio::spawn(async move {
            let result = core.renew(&own, &slot, &mut own_look, stale, ended).await;
            (result, own_look)
        });
        match task.await {
            Ok((result, renewed)) => {
                *look = renewed;
                result
            }
            Err(_) => Err(self.unfit(target, look, "Nothing was sent: the renewal of the token was broken off.")),
        }
    }

    /// The held session, when it will do.
    fn fit(&self, held: &Held, target: &Target, stale: Stale) -> Option<Arc<Session>> {
        held.session
            .clone()
            .filter(|_| held.generation == target.generation)
            .filter(|session| stale.leaves(session) && session.is_good(self.clock.now()))
    }

    /// While connecting: the tokens are among the credentials, fresh from the token endpoint.
    fn just_granted(&self, target: &Target, look: &mut Look) -> Result<Proof, Box<Observation>> {
        let tokens = target.credentials.secret.get(TOKENS_FIELD).and_then(KeptTokens::from_secret);
        let Some(tokens) = tokens.filter(KeptTokens::has_access_token) else {
            return Err(self.unfit(target, look, "Nothing was sent: nobody has allowed the access yet."));
        };
        let session = Arc::new(self.session_of(target, &tokens));
        look.knows(&session);
        // The exchange that gave them was the sign-in; it succeeded, or they would not be here.
        let fresh = oauth2::token_ask(target).ok().map(|ask| {
            let body = br#"{"access_token":"[redacted]"}"#.to_vec();
            let reply = Reply { status: 200, headers: Vec::new(), body, truncated: false };
            let seen = Seen { result: Ok(reply), peer: None, timing: Timing::default(), sent: false };
            Box::new((ask, seen, RulePlace::Token))
        });
        Ok(Proof { session, fresh })
    }

    async fn renew(
        self: &Arc<Self>,
        target: &Target,
        slot: &Slot,
        look: &mut Look,
        stale: Stale,
        ended: u64,
    ) -> Result<Proof, Box<Observation>> {
        let mut held = slot.held.clone().lock_owned().await;
        if held.generation > target.generation {
            return Err(self.unfit(target, look, "Nothing was sent: newer credentials have come meanwhile."));
        }
        if held.generation < target.generation {
            *held = Held { generation: target.generation, ..Held::default() };
        }
        if let Some(session) = self.fit(&held, target, stale) {
            look.knows(&session);
            return Ok(Proof { session, fresh: None });
        }
        let shared = held.is_dead || slot.ended.load(Ordering::Acquire) != ended;
        if let Some(refused) = held.refused.as_ref().filter(|_| shared) {
            let again = Observation { at: look.at(), secret_sent: look.secret_sent, ..refused.clone() };
            return Err(Box::new(again));
        }
        let tried = self.grant_renewed(target, &mut held, look, stale).await;
        slot.ended.fetch_add(1, Ordering::AcqRel);
        match tried {
            Ok((session, fresh)) => {
                held.refused = None;
                held.session = Some(session.clone());
                look.knows(&session);
                Ok(Proof { session, fresh })
            }
            Err(observation) => {
                held.refused = Some((*observation).clone());
                Err(observation)
            }
        }
    }

    async fn grant_renewed(
        self: &Arc<Self>,
        target: &Target,
        held: &mut Held,
        look: &mut Look,
        stale: Stale,
    ) -> Result<Renewed, Box<Observation>> {
        if let Some(tokens) = held.unsaved.take() {
            return Ok((self.store_then_use(target, held, look, tokens).await?, None));
        }
        if held.read.is_none() {
            let read = self.read_tokens(target, look).await?;
            let session = Arc::new(self.session_of(target, &read.tokens));
            let is_usable = read.tokens.has_access_token() && session.is_good(self.clock.now());
            held.read = Some(read);
            if is_usable && stale.leaves(&session) && stale != Stale::All {
                return Ok((session, None));
            }
        }
        let Some(tokens) = held.read.as_ref().map(|read| read.tokens.clone()) else {
            return Err(self.unfit(target, look, "Nothing was sent: there are no tokens."));
        };
        let Some(refresh) = tokens.refresh_token.clone() else {
            // Nothing can renew it: the system itself shall say that it is over.
            return Ok((Arc::new(Session { renew_at: None, ..self.session_of(target, &tokens) }), None));
        };
        let endpoint = oauth2::endpoint_of(&target.auth);
        let lives = |now| tokens.has_access_token() && tokens.ends_at.is_some_and(|end| end > now);
        if let Err(reason) = self.note_renewal(target, held, tokens.renewing_since.or(Some(self.clock.now()))).await {
            let now = self.clock.now();
            return match reason {
                NotKept::Failed(_) if lives(now) && stale == Stale::None => {
                    Ok((self.for_a_while(target, &tokens), None))
                }
                reason => Err(self.not_kept(target, look, reason)),
            };
        }
        look.redactor.learn(refresh.expose());
        let form = oauth2::refresh_form(refresh.expose());
        let (ask, seen) = match oauth2::ask(self, target, look, &endpoint, form).await {
            Ok(asked) => asked,
            Err(refused) => {
                self.renewal_is_known(target, held, tokens.renewing_since).await;
                return Err(sign_in_refused(target, look, &refused));
            }
        };
        let now = self.clock.now();
        if let Some(issued) = seen.reply().and_then(|reply| oauth2::read(reply, target, &endpoint, now)) {
            let renewed = KeptTokens::of(issued, now).after(tokens);
            let session = self.store_then_use(target, held, look, renewed).await?;
            return Ok((session, Some(Box::new((ask, seen, RulePlace::Token)))));
        }
        if seen.reply().is_some_and(|reply| (400..500).contains(&reply.status)) || !seen.sent {
            // Nothing was given, for sure; after a 5xx of a gateway one cannot know.
            self.renewal_is_known(target, held, tokens.renewing_since).await;
        }
        if !is_refusal(&seen) && lives(now) && stale == Stale::None {
            return Ok((self.for_a_while(target, &tokens), None));
        }
        held.is_dead = is_dead(&seen);
        let refused = is_refusal(&seen);
        let mut observation = sign_in_refused(target, look, &Refused { ask: Some(ask), seen, place: RulePlace::Token });
        if let Some(at) = tokens.renewing_since.filter(|_| refused) {
            observation.renewal = Renewal::FailedAfterLostAnswer(at);
        }
        Err(observation)
    }

    /// A token that still lives, until the next try to renew it.
    fn for_a_while(&self, target: &Target, tokens: &KeptTokens) -> Arc<Session> {
        let pause = self.clock.now().plus(PAUSE);
        Arc::new(Session { renew_at: Some(pause), ..self.session_of(target, tokens) })
    }

    /// Writes down since when a renewal is under way (none: it no longer is), with the tokens that it is for.
    async fn note_renewal(&self, target: &Target, held: &mut Held, since: Option<Timestamp>) -> Result<(), NotKept> {
        let Some(read) = held.read.as_mut().filter(|read| read.tokens.renewing_since != since) else { return Ok(()) };
        let (Some(keeper), Some(connection)) = (self.keeper.get(), target.connection) else {
            return Err(NotKept::Failed("there is no place to keep the token".into()));
        };
        let tokens = KeptTokens { renewing_since: since, ..read.tokens.clone() };
        match keeper.keep(connection, target.generation, read.serial, tokens.clone()).await {
            Ok(serial) => *read = ReadTokens { serial, tokens },
            Err(reason) => {
                if reason == NotKept::Superseded {
                    held.read = None;
                }
                return Err(reason);
            }
        }
        Ok(())
    }

    /// What an earlier renewal left open stays open; this one does not. Where that cannot be stored, the note says too much, and no harm is done.
    async fn renewal_is_known(&self, target: &Target, held: &mut Held, before: Option<Timestamp>) {
        let _ = self.note_renewal(target, held, before).await;
    }

    /// The one order that is safe: on disk first, then on the wire.
    async fn store_then_use(
        &self,
        target: &Target,
        held: &mut Held,
        look: &mut Look,
        tokens: KeptTokens,
    ) -> Result<Arc<Session>, Box<Observation>> {
        let (Some(keeper), Some(connection)) = (self.keeper.get(), target.connection) else {
            return Err(self.unfit(target, look, "Nothing was sent: there is no place to keep the token."));
        };
        let serial = held.read.as_ref().map_or(0, |read| read.serial);
        match keeper.keep(connection, target.generation, serial, tokens.clone()).await {
            Ok(serial) => {
                let session = Arc::new(self.session_of(target, &tokens));
                held.read = Some(ReadTokens { serial, tokens });
                look.renewal = Renewal::Renewed;
                Ok(session)
            }
            Err(reason) => {
                held.unsaved = (reason != NotKept::Superseded).then_some(tokens);
                if reason == NotKept::Superseded {
                    held.read = None;
                }
                Err(self.not_kept(target, look, reason))
            }
        }
    }

    async fn read_tokens(&self, target: &Target, look: &Look) -> Result<ReadTokens, Box<Observation>> {
        let (Some(keeper), Some(connection)) = (self.keeper.get(), target.connection) else {
            return Err(self.unfit(target, look, "Nothing was sent: there is no place where tokens are kept."));
        };
        let read = keeper.read(connection, target.generation).await;
        read.map_err(|reason| self.not_kept(target, look, reason))
    }

    fn not_kept(&self, target: &Target, look: &Look, reason: NotKept) -> Box<Observation> {
        match reason {
            NotKept::Superseded => self.unfit(target, look, "Nothing was sent: newer credentials have come meanwhile."),
            NotKept::Sealed => failed(target, look, Failure::VaultSealed),
            NotKept::Failed(problem) => failed(
                target,
                look,
                Failure::NotStored {
                    message: format!("Nothing was sent: the renewed token could not be stored ({problem})."),
                },
            ),
        }
    }

    fn unfit(&self, target: &Target, look: &Look, message: &str) -> Box<Observation> {
        failed(target, look, Failure::NotStored { message: message.into() })
    }

    fn session_of(&self, target: &Target, tokens: &KeptTokens) -> Session {
        let window = target.auth.token.as_ref().and_then(|token| token.refresh_window_seconds);
        let renew_at = tokens.ends_at.map(|end| oauth2::renew_at(self, tokens.issued_at, end, window));
        Session {
            serial: self.sessions.next_serial(),
            values: tokens.values.clone(),
            renew_at: renew_at.filter(|_| tokens.refresh_token.is_some()),
            ..Session::default()
        }
    }

    /// What is held in memory of a connection no longer counts; what is under way comes to its end first.
    pub(super) fn forget_grant(self: &Arc<Self>, connection: ConnectionId) {
        let Some(slot) = self.grants.slots.lock().get(&connection).cloned() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { slot.held.lock().await.forget() });
        }
    }
}

fn failed(target: &Target, look: &Look, failure: Failure) -> Box<Observation> {
    Box::new(look.observe(target, None, &Seen::not_sent(failure), RulePlace::Token))
}

/// The endpoint itself said no; anything else is an outage.
fn is_refusal(seen: &Seen) -> bool {
    seen.reply().is_some_and(|reply| matches!(reply.status, 400 | 401 | 403) && !reply.is_html())
}

/// The refresh token itself is over, by the one word that says so.
fn is_dead(seen: &Seen) -> bool {
    let Some(reply) = seen.reply().filter(|_| is_refusal(seen)) else { return false };
    let document: Option<serde_json::Value> = serde_json::from_slice(&reply.body).ok();
    document.is_some_and(|document| document.get("error").and_then(|error| error.as_str()) == Some("invalid_grant"))
}

impl KeptTokens {
    /// What a renewal leaves out stays as it was: a refresh token that is not rotated, its end, the address.
    fn after(self, before: Self) -> Self {
        let rotated = self.refresh_token.is_some();
        let moved = match (before.refresh_ends_at, self.refresh_ends_at) {
            (Some(before), Some(after)) => after > before.plus_seconds(60),
            _ => false,
        };
        Self {
            slides: before.slides || (rotated && moved),
            refresh_token: self.refresh_token.or(before.refresh_token),
            refresh_ends_at: if rotated {
                self.refresh_ends_at
            } else {
                self.refresh_ends_at.or(before.refresh_ends_at)
            },
            base_url: self.base_url.or(before.base_url),
            values: before.values.into_iter().chain(self.values).collect(),
            ..self
        }
    }
}
