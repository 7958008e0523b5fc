//! What traffic says about a connection. Only rules 1 to 4, 7 and 9 are read from it: what keeps the appliance from
//! reaching the system counts at once, a 429 too; a 401, an error of the server, a broken answer or a page asks for the
//! probe, which decides (and is the confirming attempt). The rest is the caller's business.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::gate::Gate;
use crate::base::{Clock, ConnectionId, Timestamp};
use crate::connections::{Connection, ConnectionError, Connections, Source};
use crate::systems::RulePlace;
use crate::upstream::{Answer, Failure, Observation, Outcome};

/// A probe that decides about a doubt takes at most so long.
const LONGEST_DOUBT: Duration = Duration::from_secs(60);
/// Many requests that fail together are one failure.
const JUDGED_EVERY: Duration = Duration::from_secs(1);
/// A caller's own errors do not turn into a storm of probes.
const PROBED_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lesson {
    /// It is the caller's business.
    Nothing,
    /// The rules say by themselves what it means.
    Judged,
    /// The probe finds out.
    Doubtful,
    /// The stored secret, or what was got by it, was refused: nothing more is sent until the probe has decided.
    Refused,
}

fn lesson(observation: &Observation) -> Lesson {
    match &observation.outcome {
        Outcome::Failure(
            Failure::EgressDenied { .. }
            | Failure::Dns { .. }
            | Failure::Refused { .. }
            | Failure::ConnectTimeout { .. }
            | Failure::TlsUntrusted { .. }
            | Failure::TlsFailure { .. },
        ) => Lesson::Judged,
        // One slow or broken answer to one request says little about the system.
        Outcome::Failure(
            Failure::ResponseTimeout { .. }
            | Failure::Reset { .. }
            | Failure::ClientCertificateRefused { .. }
            | Failure::ClientCertificateExpired { .. }
            | Failure::Protocol { .. },
        ) => Lesson::Doubtful,
        Outcome::Failure(Failure::VaultSealed | Failure::NotStored { .. }) => Lesson::Nothing,
        // The sign-in ahead of the request gave nothing.
        Outcome::Answer(_) if observation.place != RulePlace::Api => Lesson::Refused,
        Outcome::Answer(answer) if answer.status == 401 => Lesson::Refused,
        Outcome::Answer(answer) if answer.status == 429 => Lesson::Judged,
        Outcome::Answer(answer) if answer.status >= 500 || looks_like_a_page(answer) => Lesson::Doubtful,
        Outcome::Answer(_) => Lesson::Nothing,
    }
}

/// A page where a caller may have wanted data: the probe finds out whether it is a page to sign in on.
fn looks_like_a_page(answer: &Answer) -> bool {
    let redirected = matches!(answer.status, 301..=303 | 307 | 308);
    redirected || (answer.status < 300 && answer.media_type() == "text/html")
}

#[derive(Clone)]
pub(super) struct Learning {
    connections: Connections,
    clock: Arc<dyn Clock>,
    gate: Gate,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    probing: HashSet<ConnectionId>,
    judged: HashMap<ConnectionId, Timestamp>,
    probed: HashMap<ConnectionId, Timestamp>,
}

impl Learning {
    pub(super) fn new(connections: Connections, clock: Arc<dyn Clock>, gate: Gate) -> Self {
        Self { connections, clock, gate, memory: Arc::default() }
    }

    /// `trial`: the request was let through to find out whether the system is back.
    pub(super) async fn learn(&self, connection: &Connection, observation: &Observation, trial: bool) {
        let learnt = match lesson(observation) {
            Lesson::Nothing if trial => {
                self.probe(connection.id, false);
                Ok(())
            }
            Lesson::Nothing => Ok(()),
            Lesson::Judged => self.judge(connection, observation).await,
            Lesson::Doubtful => {
                self.probe(connection.id, true);
                Ok(())
            }
            Lesson::Refused => self.doubt(connection, observation).await,
        };
        if let Err(error) = learnt {
            tracing::error!(connection = %connection.id, %error, "what traffic showed could not be noted");
        }
    }

    async fn judge(&self, connection: &Connection, observation: &Observation) -> Result<(), ConnectionError> {
        let now = self.clock.now();
        {
            let mut memory = self.memory.lock();
            let last = memory.judged.insert(connection.id, now);
            if let Some(last) = last.filter(|last| now.since(*last) < JUDGED_EVERY) {
                memory.judged.insert(connection.id, last);
                return Ok(());
            }
        }
        self.connections.note_traffic(connection, observation.clone()).await
    }

    async fn doubt(&self, connection: &Connection, observation: &Observation) -> Result<(), ConnectionError> {
        if !self.gate.doubt(connection.id, self.clock.now(), LONGEST_DOUBT) {
            return Ok(());
        }
        let noted = self.connections.note_refusal(connection, observation).await;
        self.probe(connection.id, false);
        noted
    }

    /// One probe at a time for each connection. `sparing`: not right after another one.
    fn probe(&self, id: ConnectionId, sparing: bool) {
        let now = self.clock.now();
        {
            let mut memory = self.memory.lock();
            let lately = memory.probed.get(&id).is_some_and(|last| now.since(*last) < PROBED_EVERY);
            if (sparing && lately) || !memory.probing.insert(id) {
                return;
            }
            memory.probed.insert(id, now);
        }
        let (connections, gate, memory) = (self.connections.clone(), self.gate.clone(), self.memory.clone());
        tokio::spawn(async move {
            if let Err(error) = connections.check_unasked(id, Source::Proxy).await {
                tracing::error!(connection = %id, %error, "the check that traffic asked for could not be done");
            }
            memory.lock().probing.remove(&id);
            gate.settle(id);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::{Exchange, Renewal, Timing};

    fn answer(status: u16, kind: &str) -> Outcome {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Outcome::Answer(Answer { status, headers, body: bytes::Bytes::new(), truncated: false })
    }

    fn seen(outcome: Outcome, place: RulePlace) -> Observation {
        Observation {
            at: Timestamp::from_millis(0),
            outcome,
            place,
            exchange: Exchange::default(),
            timing: Timing::default(),
            renewal: Renewal::NotNeeded,
            secret_sent: true,
            identity: None,
            https: true,
            alternative: None,
        }
    }

    #[test]
    fn what_is_read_from_traffic() {
        let message = || String::from("said");
        for (outcome, place, wanted) in [
            (answer(200, "application/json"), RulePlace::Api, Lesson::Nothing),
            (answer(204, ""), RulePlace::Api, Lesson::Nothing),
            (answer(400, "text/html"), RulePlace::Api, Lesson::Nothing),
            (answer(403, ""), RulePlace::Api, Lesson::Nothing),
            (answer(404, ""), RulePlace::Api, Lesson::Nothing),
            (answer(409, ""), RulePlace::Api, Lesson::Nothing),
            (answer(401, ""), RulePlace::Api, Lesson::Refused),
            (answer(429, ""), RulePlace::Api, Lesson::Judged),
            (answer(500, ""), RulePlace::Api, Lesson::Doubtful),
            (answer(503, ""), RulePlace::Api, Lesson::Doubtful),
            (answer(200, "text/html; charset=utf-8"), RulePlace::Api, Lesson::Doubtful),
            (answer(302, ""), RulePlace::Api, Lesson::Doubtful),
            (answer(304, ""), RulePlace::Api, Lesson::Nothing),
            (answer(400, ""), RulePlace::Token, Lesson::Refused),
            (answer(200, ""), RulePlace::Login, Lesson::Refused),
            (Outcome::Failure(Failure::Dns { message: message() }), RulePlace::Api, Lesson::Judged),
            (Outcome::Failure(Failure::Refused { message: message() }), RulePlace::Token, Lesson::Judged),
            (Outcome::Failure(Failure::Reset { message: message() }), RulePlace::Api, Lesson::Doubtful),
            (Outcome::Failure(Failure::ResponseTimeout { message: message() }), RulePlace::Api, Lesson::Doubtful),
            (Outcome::Failure(Failure::VaultSealed), RulePlace::Api, Lesson::Nothing),
        ] {
            let observation = seen(outcome, place);
            assert_eq!(lesson(&observation), wanted, "{observation:?}");
        }
    }
}
