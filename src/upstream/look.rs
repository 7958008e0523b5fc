//! What one look gathers on its way: when it began, the secrets to keep out of the record, whether one was sent.

use bytes::Bytes;

use super::ask::Ask;
use super::http::{Reply, Seen};
use super::redact::Redactor;
use super::sessions::Session;
use super::{Answer, Exchange, Observation, Outcome, Renewal, Target, Timing};
use crate::base::Timestamp;
use crate::systems::RulePlace;

#[derive(Clone)]
pub(super) struct Look {
    at: Timestamp,
    pub redactor: Redactor,
    pub renewal: Renewal,
    pub secret_sent: bool,
    pub alternative: Option<usize>,
    /// Nobody waits for the answer any more.
    pub caller_gone: bool,
}

impl Look {
    pub(super) fn begin(at: Timestamp, target: &Target) -> Self {
        Self {
            at,
            redactor: Redactor::of(target),
            renewal: Renewal::NotNeeded,
            secret_sent: false,
            alternative: None,
            caller_gone: false,
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Nothing of this session gets into the record.
    pub(super) fn knows(&mut self, session: &Session) {
        // Numbers and names are part of a session too (a user's id, the kind of token): they are no secrets.
        const NO_SECRETS: [&str; 6] = ["token_type", "scope", "user_id", "expires_in", "realm", "issued_token_type"];
        let values = session
            .values
            .iter()
            .filter(|(name, value)| !NO_SECRETS.contains(&name.as_str()) && !value.expose().starts_with("http"));
        for secret in values.map(|(_, value)| value).chain(session.cookies.iter().map(|(_, value)| value)) {
            if secret.expose().len() >= 8 {
                self.redactor.learn(secret.expose());
            }
        }
    }

    /// Takes an exchange down, without its secrets.
    pub(super) fn observe(&self, target: &Target, ask: Option<&Ask>, seen: &Seen, place: RulePlace) -> Observation {
        let outcome = match &seen.result {
            Ok(reply) => Outcome::Answer(self.answer(reply)),
            Err(failure) => Outcome::Failure(failure.clone()),
        };
        Observation {
            at: self.at,
            outcome,
            place,
            exchange: ask.map(|ask| ask.recorded(&self.redactor, seen.peer)).unwrap_or_default(),
            timing: seen.timing,
            renewal: self.renewal,
            secret_sent: self.secret_sent,
            identity: None,
            https: ask.map_or(target.base_url.scheme() == "https", |ask| ask.address.https),
            alternative: self.alternative,
        }
    }

    fn answer(&self, reply: &Reply) -> Answer {
        Answer {
            status: reply.status,
            headers: reply
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), self.redactor.header(name, value)))
                .collect(),
            body: Bytes::from(self.redactor.body(&reply.body)),
            truncated: reply.truncated,
        }
    }

    /// The built-in system is always well; its state is set by hand elsewhere.
    pub(super) fn of_the_sandbox(&self) -> Observation {
        Observation {
            at: self.at,
            outcome: Outcome::Answer(Answer {
                status: 200,
                headers: vec![("content-type".into(), "application/json".into())],
                body: Bytes::from_static(b"{}"),
                truncated: false,
            }),
            place: RulePlace::Api,
            exchange: Exchange {
                method: "GET".into(),
                url: "https://sandbox.invalid/".into(),
                headers: Vec::new(),
                peer: None,
            },
            timing: Timing::default(),
            renewal: Renewal::NotNeeded,
            secret_sent: false,
            identity: None,
            https: true,
            alternative: None,
        }
    }
}
