//! A look at a system and what it decides: ask, judge, confirm once where the rules say so, move the status in one
//! transaction with its proof. Owns the order of these steps; asks the attempt budget before any secret is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, oneshot};

use super::attempts::{Allowance, Asker};
use super::classify::{Context, Finding, Verdict, classify};
use super::error::ConnectionError;
use super::history::CheckRecord;
use super::machine::{Hold, advance};
use super::model::{Connection, Source};
use super::service::{Connections, Inner};
use super::{describe, simulate};
use crate::access::{Permission, Principal};
use crate::base::{Actor, CheckId, ConnectionId, Reason, Status, Timestamp};
use crate::store::StoreError;
use crate::systems::{Auth, Expect, RulePlace, System};
use crate::upstream::{Observation, Outcome, Target};

/// What was seen, and what it means.
#[derive(Debug, Clone)]
pub struct Looked {
    pub observation: Observation,
    pub verdict: Verdict,
    /// One sentence for people.
    pub message: String,
    /// After a refusal: how long a person's next secret has to wait.
    pub next_try_in: Option<Duration>,
}

/// A check's end: the connection as it is now, and what was seen, where anything was asked.
#[derive(Debug, Clone)]
pub struct CheckOutcome {
    pub connection: Arc<Connection>,
    /// `None`: nothing was sent, because the secret was refused before.
    pub looked: Option<Looked>,
}

impl Connections {
    /// A check now, for somebody who waits for it.
    pub async fn check(&self, who: &Principal, id: ConnectionId) -> Result<CheckOutcome, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        match connection.status {
            Status::Disconnected | Status::Inactive => Err(wrong_status(&connection)),
            Status::Pending if !connection.has_credentials() => Err(ConnectionError::NoCredentials),
            _ => self.run_check(id, Source::Manual, &who.actor).await,
        }
    }

    /// A check by the scheduler, or asked for by traffic.
    pub async fn check_unasked(&self, id: ConnectionId, source: Source) -> Result<CheckOutcome, ConnectionError> {
        self.run_check(id, source, &Actor::system()).await
    }

    /// One more attempt with a refused secret, after the administrator unlocked the user. Audited.
    pub async fn retry_credentials(&self, who: &Principal, id: ConnectionId) -> Result<CheckOutcome, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let connection = self.find(who, id)?;
        if connection.status != Status::ReauthorizationRequired {
            return Err(wrong_status(&connection));
        }
        let (inner, actor, now) = (self.inner.clone(), who.actor.clone(), self.inner.clock.now());
        let name = connection.name.clone();
        let (host, user, fingerprint) =
            (connection.host.clone(), connection.budget_user.clone(), connection.fingerprint.clone());
        self.inner
            .store
            .write::<_, StoreError, _>(move |tx| {
                inner.attempts.give_extra(tx, &host, &user, &fingerprint)?;
                let entry =
                    crate::audit::Entry::new(now, &actor, "connection.retry_allowed").target("connection", id, name);
                inner.audit.append(tx, &entry).map(|_| ())
            })
            .await?;
        // A token that was refused for good is held as such; this is the one try more.
        self.inner.upstream.forget(id);
        self.run_check(id, Source::Manual, &who.actor).await
    }

    /// Traffic saw the stored secret refused: that counts as an attempt, and the probe that follows is the confirming one.
    /// A session or token that ended is no refused secret, nor is a sign-in that the system could not answer.
    pub async fn note_refusal(
        &self,
        connection: &Connection,
        observation: &Observation,
    ) -> Result<(), ConnectionError> {
        let counts = match connection.scheme.is_renewable() {
            false => true,
            true => {
                observation.secret_sent
                    && observation.place != RulePlace::Api
                    && matches!(
                        self.judge(connection, observation.clone())?.verdict.finding,
                        Finding::Reauthorization(_)
                    )
            }
        };
        if counts {
            self.inner.count_refusal(connection, Asker::Machine).await?;
        }
        Ok(())
    }

    /// Traffic saw something that the rules judge without the probe: the system cannot be reached, or it throttles. It
    /// counts as a check, and the next check comes sooner.
    pub async fn note_traffic(&self, connection: &Connection, observation: Observation) -> Result<(), ConnectionError> {
        let looked = self.judge(connection, observation)?;
        let finding = looked.verdict.finding;
        if !matches!(finding, Finding::Unreachable(_) | Finding::Degraded(Reason::RateLimited)) {
            return Ok(());
        }
        let inner = &self.inner;
        let before = inner.registry.find(connection.id).ok_or(ConnectionError::NotFound)?;
        if before.generation != connection.generation || !before.status.is_checked() {
            return Ok(());
        }
        let after = inner.settle(&before, &looked, Source::Proxy, &Actor::system()).await?;
        inner.remember(&after, &looked, Source::Proxy).await;
        let interval = Duration::from_secs(u64::from(after.check_interval_seconds));
        let now = inner.clock.now();
        let wait = match looked.verdict.wait {
            Some(wait) => wait.clamp(interval, interval.max(Duration::from_secs(3600))),
            None => (interval / 6).max(inner.settings.minimum_interval).min(interval),
        };
        let due = after.marks.next_check_at;
        if looked.verdict.wait.is_some() || due.is_none_or(|due| due > now.plus(wait)) {
            self.schedule(after.id, Some(now.plus(wait)));
        }
        Ok(())
    }

    async fn run_check(
        &self,
        id: ConnectionId,
        source: Source,
        actor: &Actor,
    ) -> Result<CheckOutcome, ConnectionError> {
        let inner = &self.inner;
        inner.refuse_standing_by()?;
        let (_gate, before) = inner.enter_gate(id).await?;
        if matches!(before.status, Status::Disconnected | Status::Inactive) {
            return Ok(CheckOutcome { connection: before, looked: None });
        }
        let system = inner.system_of(&before).ok_or(ConnectionError::NotFound)?;
        if simulate::holds(&system, &before, source) {
            return Ok(CheckOutcome { connection: before, looked: None });
        }
        match inner.admit(&before).await? {
            Admission::Refused => {
                inner.refuse_unasked(&before, source, actor).await?;
                let connection = inner.registry.find(id).ok_or(ConnectionError::NotFound)?;
                Ok(CheckOutcome { connection, looked: None })
            }
            Admission::Go { refused_before } => {
                let looked = inner.look_and_confirm(&before, &system, refused_before).await?;
                let connection = inner.settle(&before, &looked, source, actor).await?;
                inner.remember(&connection, &looked, source).await;
                Ok(CheckOutcome { connection, looked: Some(looked) })
            }
        }
    }
}

enum Admission {
    Go { refused_before: bool },
    Refused,
}

impl Inner {
    /// Waits for the turn of the connection's user. Read again afterwards: another look may have decided meanwhile, and other
    /// credentials wait at another gate.
    async fn enter_gate(
        self: &Arc<Self>,
        id: ConnectionId,
    ) -> Result<(OwnedMutexGuard<()>, Arc<Connection>), ConnectionError> {
        let mut before = self.registry.find(id).ok_or(ConnectionError::NotFound)?;
        loop {
            let (host, user) = (before.host.clone(), gate_of(&before));
            let gate = self.attempts.enter(&host, &user).await;
            before = self.registry.find(id).ok_or(ConnectionError::NotFound)?;
            if before.host == host && gate_of(&before) == user {
                return Ok((gate, before));
            }
        }
    }

    /// Asks the budget, and takes what an operator allowed.
    async fn admit(self: &Arc<Self>, connection: &Connection) -> Result<Admission, ConnectionError> {
        let now = self.clock.now();
        let key = (connection.host.clone(), connection.budget_user.clone(), connection.fingerprint.clone());
        if !has_secret(connection) {
            return Ok(Admission::Go { refused_before: false });
        }
        let proven = connection.status == Status::Active && connection.marks.failures == 0;
        match self.attempts.allowance(&key.0, &key.1, &key.2, Asker::Machine, now) {
            Allowance::Send { refused_before } => {
                if !proven {
                    tokio::time::sleep(self.attempts.slow_down(&key.0, now)).await;
                }
                Ok(Admission::Go { refused_before })
            }
            Allowance::Spent { .. } | Allowance::Wait { .. } => Ok(Admission::Refused),
            Allowance::SendExtra => {
                let inner = self.clone();
                let used = self
                    .store
                    .write::<_, StoreError, _>(move |tx| inner.attempts.use_extra(tx, &key.0, &key.1, &key.2))
                    .await?;
                Ok(if used { Admission::Go { refused_before: true } } else { Admission::Refused })
            }
        }
    }

    /// Looks; a refusal that the rules want confirmed is looked at once more after a delay, never more often.
    async fn look_and_confirm(
        self: &Arc<Self>,
        connection: &Connection,
        system: &Arc<System>,
        refused_before: bool,
    ) -> Result<Looked, ConnectionError> {
        let target = match self.target(connection, system).await {
            Ok(target) => target,
            Err(ConnectionError::Sealed) => return Ok(self.sealed(system)),
            Err(error) => return Err(error),
        };
        let first = past_its_end(connection, self.look(&target).await, self.clock.now());
        if !matches!(first.verdict.finding, Finding::Reauthorization(_)) {
            return Ok(first);
        }
        self.count_refusal(connection, Asker::Machine).await?;
        if !first.verdict.confirm || refused_before {
            return Ok(first);
        }
        tokio::time::sleep(self.settings.confirm_delay).await;
        let mut second = self.look(&target).await;
        if matches!(second.verdict.finding, Finding::Reauthorization(_)) {
            self.count_refusal(connection, Asker::Machine).await?;
            let delay = self.settings.confirm_delay.as_secs();
            second.verdict.rule_name =
                format!("{}; asked once more after {delay} s, refused again", first.verdict.rule_name);
        }
        Ok(second)
    }

    /// One look, judged.
    pub(super) async fn look(&self, target: &Target) -> Looked {
        let observation = self.upstream.probe(target).await;
        self.judged_at(target, observation)
    }

    /// What an observation of this target means, in words too.
    pub(super) fn judged_at(&self, target: &Target, observation: Observation) -> Looked {
        let expect = expectation(target, &observation);
        self.judged(&target.system, &target.auth, &expect, observation)
    }

    pub(super) fn judged(&self, system: &System, auth: &Auth, expect: &Expect, observation: Observation) -> Looked {
        let context = Context { system, auth, expect, slow_after: self.settings.slow_after, now: self.clock.now() };
        let verdict = classify(&observation, &context);
        let message = describe::sentence(system, verdict.finding, Some(&observation));
        Looked { observation, verdict, message, next_try_in: None }
    }

    fn sealed(&self, system: &System) -> Looked {
        let observation = Observation::not_sent(self.clock.now(), crate::upstream::Failure::VaultSealed);
        let finding = Finding::Instance(crate::base::Reason::VaultSealed);
        let verdict = Verdict { finding, rule: 4, rule_name: "the vault is sealed".into(), confirm: false, wait: None };
        let message = describe::sentence(system, finding, None);
        Looked { observation, verdict, message, next_try_in: None }
    }

    pub(super) async fn count_refusal(
        self: &Arc<Self>,
        connection: &Connection,
        asker: Asker,
    ) -> Result<(), StoreError> {
        if !has_secret(connection) {
            return Ok(());
        }
        let (inner, now) = (self.clone(), self.clock.now());
        let key = (connection.host.clone(), connection.budget_user.clone(), connection.fingerprint.clone());
        self.store.write(move |tx| inner.attempts.record_refusal(tx, (&key.0, &key.1), &key.2, asker, now)).await
    }

    /// Notes the check in memory, and hands it to the history.
    pub(super) async fn remember(&self, connection: &Connection, looked: &Looked, source: Source) {
        let at = looked.observation.at;
        let good = looked.verdict.finding.is_good();
        let (written, wait) = oneshot::channel();
        let record = CheckRecord {
            id: CheckId::new(at, self.random.as_ref()),
            connection_id: connection.id,
            at,
            source,
            ok: good,
            status: connection.status,
            reason: connection.reason,
            rule: looked.verdict.rule,
            rule_name: looked.verdict.rule_name.clone(),
            http_status: match &looked.observation.outcome {
                Outcome::Answer(answer) => Some(answer.status),
                Outcome::Failure(_) => None,
            },
            timing: looked.observation.timing,
            written: (source == Source::Manual).then_some(written),
        };
        if self.checks.send(record).is_ok() && source == Source::Manual {
            // The history may be slow or ending; the check itself is done.
            let _ = tokio::time::timeout(Duration::from_secs(2), wait).await;
        }
    }

    /// Moves the status where the machine says so; else only notes the marks.
    async fn settle(
        self: &Arc<Self>,
        before: &Connection,
        looked: &Looked,
        source: Source,
        actor: &Actor,
    ) -> Result<Arc<Connection>, ConnectionError> {
        // Checks by hand are exempt from the start-up grace.
        let hold = if source == Source::Manual { Hold::None } else { *self.held.read() };
        let now = self.clock.now();
        let next = advance(before.state(), &looked.verdict, self.settings.thresholds, hold);
        let accepted = looked.verdict.finding.is_good()
            && self.attempts.knows(&before.host, &before.budget_user, &before.fingerprint);
        let old = before.state();
        if !next.differs_from(&old) && !accepted {
            self.registry.mark(before.id, |marks| note(marks, looked, &next, now));
        } else {
            self.apply_verdict(before, looked, source, actor, hold, accepted).await?;
        }
        self.registry.find(before.id).ok_or(ConnectionError::NotFound)
    }
}

/// A refused token whose end was known and is past was not revoked: it ran out.
fn past_its_end(connection: &Connection, mut looked: Looked, now: Timestamp) -> Looked {
    let over = connection.expires_at.is_some_and(|end| end <= now);
    if over && looked.verdict.finding == Finding::Reauthorization(Reason::TokenRevoked) {
        looked.verdict.finding = Finding::Reauthorization(Reason::TokenExpired);
    }
    looked
}

/// Takes a look over into the marks.
pub(super) fn note(marks: &mut super::Marks, looked: &Looked, next: &super::State, now: Timestamp) {
    marks.last_checked_at = Some(now);
    if looked.verdict.finding.is_good() {
        marks.last_ok_at = Some(now);
    }
    marks.failures = next.failures;
    marks.successes = next.successes;
    marks.slow = next.slow;
    marks.total_ms = Some(looked.observation.timing.total_ms);
}

/// A connection whose sign-in sends something that can be refused.
pub(super) fn has_secret(connection: &Connection) -> bool {
    !connection.fingerprint.is_empty()
}

/// Without a secret there is nobody to protect: then each connection has a gate of its own.
fn gate_of(connection: &Connection) -> String {
    if has_secret(connection) { connection.budget_user.clone() } else { connection.id.to_string() }
}

/// What a good answer to this probe looks like.
fn expectation(target: &Target, observation: &Observation) -> Expect {
    if let Some(probe) = target.probe.as_ref().filter(|_| target.system.generic) {
        return Expect { status: probe.expect_status.clone(), content_type: None, json_present: None };
    }
    let probe = target.system.probe_for(&target.auth);
    match observation.alternative.and_then(|index| probe.alternatives.get(index)) {
        Some(alternative) => alternative.expect.clone(),
        None if probe.sign_in_only => Expect::default(),
        None => probe.expect.clone(),
    }
}

pub(super) fn wrong_status(connection: &Connection) -> ConnectionError {
    ConnectionError::WrongStatus { status: connection.status, reason: connection.reason, since: connection.since }
}
