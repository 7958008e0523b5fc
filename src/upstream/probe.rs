//! One look at a system: sign in where needed, ask the probe, and once more where the system asks for it. Reports what
//! was seen; the judgement is health's.

use std::sync::Arc;

use super::ask::Ask;
use super::http::{Reply, Seen};
use super::look::Look;
use super::renewal::wants_renewal;
use super::schemes;
use super::sessions::{Proof, Session, Stale};
use super::values::Values;
use super::{Core, Observation, Target};
use crate::systems::{AnswerView, Meaning, Probe, RequestTemplate, RulePlace, first_match};

/// A request and what came of it.
pub(super) struct Asked {
    pub ask: Option<Ask>,
    pub seen: Seen,
}

impl Core {
    pub(super) async fn probe(self: &Arc<Self>, target: &Target) -> Observation {
        let mut look = Look::begin(self.clock.now(), target);
        if target.system.free && target.system.slug == "sandbox" {
            return look.of_the_sandbox();
        }
        if !target.auth.scheme.is_renewable() {
            return self.look_at(target, None, &mut look).await.0;
        }
        let alone = probe_of(target).sign_in_only && own_probe(target).is_none();
        let stale = if alone { Stale::All } else { Stale::None };
        let proof = match self.proof(target, &mut look, stale).await {
            Ok(proof) => proof,
            Err(refused) => return *refused,
        };
        let session = proof.session.clone();
        let observation = match alone {
            true => self.sign_in_alone(target, &proof, &mut look).await,
            false => self.look_with(target, proof, &mut look).await,
        };
        if target.connection.is_none() {
            // Nothing is kept while connecting: a seat is given back at once.
            let core = self.clone();
            tokio::spawn(async move { core.say_farewell(&session).await });
        }
        observation
    }

    /// Asks with the session; when a kept one is refused, opens a new one and asks once more.
    async fn look_with(self: &Arc<Self>, target: &Target, proof: Proof, look: &mut Look) -> Observation {
        let session = &proof.session;
        let (observation, refused) = self.look_at(&session.place(target), Some(session), look).await;
        if proof.fresh.is_some() || !refused {
            return observation;
        }
        match self.proof(target, look, Stale::Serial(session.serial)).await {
            Ok(renewed) => self.look_at(&renewed.session.place(target), Some(&renewed.session), look).await.0,
            Err(refused) => *refused,
        }
    }

    /// The sign-in was the proof: its answer is what was seen.
    async fn sign_in_alone(&self, target: &Target, proof: &Proof, look: &mut Look) -> Observation {
        let there = &*proof.session.place(target);
        let Some(fresh) = &proof.fresh else { return self.look_at(there, Some(&proof.session), look).await.0 };
        let (ask, seen, place) = (&fresh.0, &fresh.1, fresh.2);
        let mut observation = look.observe(target, Some(ask), seen, place);
        if let Some(reply) = seen.reply() {
            observation.identity = self.identity(there, Some(&proof.session), look, reply).await;
        }
        observation
    }

    /// The probe with one proof; also says whether the answer asks for a new session.
    async fn look_at(&self, target: &Target, session: Option<&Session>, look: &mut Look) -> (Observation, bool) {
        let asked = self.ask_probe(target, session, look).await;
        let https = asked.ask.as_ref().is_none_or(|ask| ask.address.https);
        let refused = asked.seen.reply().is_some_and(|reply| wants_renewal(target, reply, https));
        let mut observation = look.observe(target, asked.ask.as_ref(), &asked.seen, RulePlace::Api);
        if let Some(reply) = asked.seen.reply().filter(|_| !refused) {
            observation.identity = self.identity(target, session, look, reply).await;
            observation.secret_sent |= look.secret_sent;
        }
        (observation, refused)
    }

    /// The probe, and its alternatives in order while the path is not there.
    async fn ask_probe(&self, target: &Target, session: Option<&Session>, look: &mut Look) -> Asked {
        look.alternative = None;
        if let Some(given) = own_probe(target) {
            return match Ask::from_override(target, given) {
                Ok(ask) => self.ask(target, session, look, ask).await,
                Err(failure) => Asked { ask: None, seen: Seen::not_sent(failure) },
            };
        }
        let probe = probe_of(target);
        let first = self.ask_template(target, session, look, &probe.request).await;
        if !first.seen.reply().is_some_and(is_another_path) {
            return first;
        }
        for (index, alternative) in probe.alternatives.iter().enumerate() {
            let next = self.ask_template(target, session, look, &alternative.request).await;
            if !next.seen.reply().is_some_and(is_another_path) {
                look.alternative = Some(index);
                return next;
            }
        }
        first
    }

    async fn ask_template(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        template: &RequestTemplate,
    ) -> Asked {
        let values = Values::of(target).with(session.map(|session| &session.values));
        match Ask::from_template(target, template, &values) {
            Ok(ask) => self.ask(target, session, look, ask).await,
            Err(failure) => Asked { ask: None, seen: Seen::not_sent(failure) },
        }
    }

    /// Dresses the request with the proof and sends it; a wanted CSRF token is fetched, and the request sent once more.
    async fn ask(&self, target: &Target, session: Option<&Session>, look: &mut Look, mut ask: Ask) -> Asked {
        let undressed = ask.clone();
        if let Err(failure) = self.dress(target, session, look, &mut ask) {
            return Asked { ask: Some(ask), seen: Seen::not_sent(failure) };
        }
        let seen = self.send(target, look, &ask).await;
        let wanted = seen.reply().is_some_and(|reply| wants_csrf(target, reply, ask.address.https));
        if wanted && let Some((token, cookies)) = self.csrf_token(target, session, look, &undressed).await {
            ask.set_header("X-CSRF-Token", token);
            ask.add_cookies(cookies);
            let seen = self.send(target, look, &ask).await;
            return Asked { ask: Some(ask), seen };
        }
        Asked { ask: Some(ask), seen }
    }

    pub(super) fn dress(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        ask: &mut Ask,
    ) -> Result<(), super::Failure> {
        let values = Values::of(target).with(session.map(|session| &session.values));
        schemes::dress(self, target, &values, session, ask, &mut look.redactor)
    }

    async fn send(&self, target: &Target, look: &mut Look, ask: &Ask) -> Seen {
        let seen = self.exchange(&target.credentials.tls, target.limits, ask).await;
        look.secret_sent |= seen.sent && schemes::carries_secret(target.auth.scheme);
        seen
    }

    /// A token by `X-CSRF-Token: Fetch`, with the cookies that belong to it.
    pub(super) async fn csrf_token(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        asked: &Ask,
    ) -> Option<(String, Vec<(String, String)>)> {
        let described = target.system.csrf.as_ref();
        let mut ask = match described.and_then(|csrf| csrf.fetch_path.as_ref()) {
            Some(path) => {
                let template =
                    RequestTemplate { method: "GET".into(), path: path.clone(), ..RequestTemplate::default() };
                let values = Values::of(target).with(session.map(|session| &session.values));
                Ask::from_template(target, &template, &values).ok()?
            }
            None => Ask { method: "GET".into(), body: None, ..asked.clone() },
        };
        ask.set_header("X-CSRF-Token", "Fetch".into());
        self.dress(target, session, look, &mut ask).ok()?;
        let seen = self.send(target, look, &ask).await;
        let reply = seen.reply()?;
        let token = reply.header("x-csrf-token").filter(|token| !token.eq_ignore_ascii_case("required"))?.to_owned();
        look.redactor.learn(&token);
        let cookies = reply.cookies().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some((token, cookies))
    }

    /// Which installation answered, from the probe's own answer or by a second request.
    async fn identity(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        reply: &Reply,
    ) -> Option<String> {
        let identity = target.system.identity.as_ref()?;
        let named = |reply: &Reply| {
            let value = identity.read.read(&reply.headers, &reply.body)?;
            if identity.address { service_root(target, &value) } else { Some(value.to_string()) }
        };
        if !(200..300).contains(&reply.status) && (identity.request.is_some() || identity.value.is_some()) {
            return None;
        }
        if let Some(template) = &identity.value {
            let values = Values::of(target).with(session.map(|session| &session.values));
            return crate::systems::render(template, &values.lookup(), crate::systems::Escape::None).ok();
        }
        let Some(template) = &identity.request else { return named(reply) };
        let asked = self.ask_template(target, session, look, template).await;
        asked.seen.reply().filter(|reply| (200..300).contains(&reply.status)).and_then(named)
    }
}

/// A service's own address without what is the same for all: a relative one is read against the base URL, and then only
/// its path counts, since a system may move to another host.
fn service_root(target: &Target, said: &str) -> Option<String> {
    let said = said.split(['?', '#']).next().unwrap_or_default();
    if let Ok(url) = url::Url::parse(said) {
        return Some(url.as_str().to_owned());
    }
    let mut base = target.base_url.clone();
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    Some(base.join(said).ok()?.path().to_owned())
}

/// The probe of this way to sign in, or the system's.
fn probe_of(target: &Target) -> &Probe {
    target.auth.probe.as_ref().unwrap_or(&target.system.probe)
}

fn own_probe(target: &Target) -> Option<&super::ProbeOverride> {
    target.probe.as_ref().filter(|_| target.system.generic)
}

/// 404, or 403 before any sign-in was offered: the next alternative may be the right path.
fn is_another_path(reply: &Reply) -> bool {
    reply.status == 404 || (reply.status == 403 && reply.header("www-authenticate").is_none())
}

pub(super) fn wants_csrf(target: &Target, reply: &Reply, https: bool) -> bool {
    let view =
        AnswerView { place: RulePlace::Api, status: reply.status, headers: &reply.headers, body: &reply.body, https };
    first_match(&target.system.rules, &view).is_some_and(|rule| rule.meaning == Meaning::Csrf)
}
