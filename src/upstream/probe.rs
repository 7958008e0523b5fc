//! One look at a system: sign in where needed, ask the probe, and once more where the system asks for it. Reports what
//! was seen; the judgement is health's.

use super::ask::Ask;
use super::http::{Reply, Seen};
use super::look::Look;
use super::schemes;
use super::values::Values;
use super::{Core, Observation, Target};
use crate::systems::{RequestTemplate, RulePlace};

impl Core {
    pub(super) async fn probe(&self, target: &Target) -> Observation {
        let mut look = Look::begin(self.clock.now(), target);
        if target.system.free && target.system.slug == "sandbox" {
            return look.of_the_sandbox();
        }
        let values = Values::of(target);
        let (ask, seen) = self.ask_probe(target, &values, &mut look).await;
        let identity = match seen.reply() {
            Some(reply) => self.identity(target, &values, &mut look, reply).await,
            None => None,
        };
        let mut observation = look.observe(target, ask.as_ref(), &seen, RulePlace::Api);
        observation.identity = identity;
        observation
    }

    /// The probe, and its alternatives in order while the path is not there.
    async fn ask_probe(&self, target: &Target, values: &Values<'_>, look: &mut Look) -> (Option<Ask>, Seen) {
        if let Some(given) = target.probe.as_ref().filter(|_| target.system.generic) {
            return match Ask::from_override(target, given, values) {
                Ok(ask) => self.ask(target, values, look, ask).await,
                Err(failure) => (None, Seen::not_sent(failure)),
            };
        }
        let probe = &target.system.probe;
        let first = self.ask_template(target, values, look, &probe.request).await;
        if !first.1.reply().is_some_and(is_another_path) {
            return first;
        }
        for (index, alternative) in probe.alternatives.iter().enumerate() {
            let next = self.ask_template(target, values, look, &alternative.request).await;
            if !next.1.reply().is_some_and(is_another_path) {
                look.alternative = Some(index);
                return next;
            }
        }
        first
    }

    async fn ask_template(
        &self,
        target: &Target,
        values: &Values<'_>,
        look: &mut Look,
        template: &RequestTemplate,
    ) -> (Option<Ask>, Seen) {
        match Ask::from_template(target, template, values) {
            Ok(ask) => self.ask(target, values, look, ask).await,
            Err(failure) => (None, Seen::not_sent(failure)),
        }
    }

    /// Dresses the request with the proof and sends it.
    async fn ask(&self, target: &Target, values: &Values<'_>, look: &mut Look, mut ask: Ask) -> (Option<Ask>, Seen) {
        if let Err(failure) = schemes::dress(target, values, &mut ask, &mut look.redactor) {
            return (Some(ask), Seen::not_sent(failure));
        }
        let seen = self.exchange(&target.credentials.tls, target.limits, &ask).await;
        look.secret_sent |= seen.sent && schemes::carries_secret(target.auth.scheme);
        (Some(ask), seen)
    }

    /// Which installation answered, from the probe's own answer or by a second request.
    async fn identity(&self, target: &Target, values: &Values<'_>, look: &mut Look, reply: &Reply) -> Option<String> {
        let identity = target.system.identity.as_ref()?;
        let Some(template) = &identity.request else {
            return identity.read.read(&reply.headers, &reply.body).map(|value| value.to_string());
        };
        if !(200..300).contains(&reply.status) {
            return None;
        }
        let (_, seen) = self.ask_template(target, values, look, template).await;
        let reply = seen.reply().filter(|reply| (200..300).contains(&reply.status))?;
        identity.read.read(&reply.headers, &reply.body).map(|value| value.to_string())
    }
}

/// 404, or 403 before any sign-in was offered: the next alternative may be the right path.
fn is_another_path(reply: &Reply) -> bool {
    reply.status == 404 || (reply.status == 403 && reply.header("www-authenticate").is_none())
}
