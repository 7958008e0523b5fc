//! A change of status, in one transaction: the connection, its decision record, the audit entry, the events. Nothing in
//! memory changes before it is on disk.

use std::sync::Arc;

use serde_json::{Value, json};

use super::check::{Looked, has_secret, note};
use super::error::ConnectionError;
use super::machine::{Hold, State, advance};
use super::model::{Connection, Source, Transition};
use super::service::Inner;
use super::shared::{Finder, SharedSecret};
use super::{Finding, describe, events, record, store};
use crate::alarms;
use crate::audit::Entry;
use crate::base::{Actor, EpisodeId, Reason, Status, Timestamp, TransitionId};
use crate::events::EventKind;
use crate::links::End;
use crate::store::Tx;

/// Why and by whom a status changes.
pub(super) struct Cause<'a> {
    pub source: Source,
    pub actor: &'a Actor,
    pub rule: Option<u8>,
    pub rule_name: String,
    pub message: String,
    pub record: Value,
    pub at: Timestamp,
}

impl Inner {
    /// Applies a verdict to the connection as it stands in the store now, and to others that share its refused secret.
    pub(super) async fn apply_verdict(
        self: &Arc<Self>,
        before: &Connection,
        looked: &Looked,
        source: Source,
        actor: &Actor,
        hold: Hold,
        accepted: bool,
    ) -> Result<(), ConnectionError> {
        let (inner, looked, actor) = (self.clone(), looked.clone(), actor.clone());
        let (id, generation, now) = (before.id, before.generation, self.clock.now());
        self.store
            .write::<_, ConnectionError, _>(move |tx| {
                let Some(mut current) = store::find(tx, id)? else { return Ok(()) };
                // What was seen belongs to other credentials, or the connection has ended meanwhile.
                if current.generation != generation || !is_open(current.status) {
                    return Ok(());
                }
                if let Some(live) = inner.registry.find(id) {
                    current.marks = live.marks;
                }
                let next = advance(current.state(), &looked.verdict, inner.settings.thresholds, hold);
                let changes = next.differs_from(&current.state());
                note(&mut current.marks, &looked, &next, now);
                if accepted {
                    inner.attempts.accept(tx, &current.host, &current.budget_user, &current.fingerprint)?;
                }
                if current.identity.is_none() && looked.verdict.finding.is_good() {
                    current.identity.clone_from(&looked.observation.identity);
                }
                if !changes {
                    store::save(tx, &current)?;
                    return inner.follow(tx, current);
                }
                let cause = Cause {
                    source,
                    actor: &actor,
                    rule: Some(looked.verdict.rule),
                    rule_name: looked.verdict.rule_name.clone(),
                    message: looked.message.clone(),
                    record: record::observation_json(&looked.observation),
                    at: now,
                };
                let refused = next.status == Status::ReauthorizationRequired && has_secret(&current);
                if refused {
                    inner.attempts.spend(tx, &current.host, &current.budget_user, &current.fingerprint)?;
                    let secret = SharedSecret {
                        host: &current.host,
                        user: &current.budget_user,
                        fingerprint: &current.fingerprint,
                    };
                    inner.refuse_sharing(tx, &secret, &Finder::Connection(&current), &looked, now)?;
                }
                if looked.verdict.finding == Finding::Application {
                    events::raise_application(tx, &inner, &current, &cause)?;
                }
                if next.reason == Some(Reason::ClockSkew) {
                    events::raise_instance(tx, &inner, Reason::ClockSkew, &cause.message, now)?;
                }
                inner.move_to(tx, current, next, &cause)
            })
            .await
    }

    /// An alarm that this connection stood for is lifted with the last one that does. Asked in the transaction: what
    /// recovers together is committed together, and the registry does not show it yet.
    fn lift_alarms(
        &self,
        tx: &Tx<'_>,
        before: &Connection,
        after: Option<Reason>,
        at: Timestamp,
    ) -> Result<(), ConnectionError> {
        let Some(reason) = before.reason.filter(|reason| Some(*reason) != after) else { return Ok(()) };
        match reason {
            Reason::ClockSkew if store::others_with_reason(tx, before.id, reason)?.is_empty() => {
                events::lift_instance(tx, self, reason, at)
            }
            Reason::ApplicationCredentialsInvalid => {
                let subject = events::application_of(before);
                let others = store::others_with_reason(tx, before.id, reason)?;
                if !others.iter().any(|other| events::application_of(other) == subject) {
                    alarms::forget(tx, reason.as_str(), subject)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes a change of status (or of its reason) with everything that belongs to it.
    pub(super) fn move_to(
        &self,
        tx: &Tx<'_>,
        before: Connection,
        next: State,
        cause: &Cause<'_>,
    ) -> Result<(), ConnectionError> {
        let mut after = before.clone();
        let entered = next.status != before.status;
        after.status = next.status;
        after.reason = next.reason;
        after.fault_scope = next.scope;
        after.message.clone_from(&cause.message);
        after.marks.failures = next.failures;
        after.marks.successes = next.successes;
        after.marks.slow = next.slow;
        if entered {
            after.since = cause.at;
        }
        if !next.status.is_checked() {
            after.marks.next_check_at = None;
        } else if entered || after.marks.next_check_at.is_none() {
            after.marks.next_check_at = Some(cause.at.plus_seconds(i64::from(after.check_interval_seconds)));
        }
        let episode = self.episode(&before, &after, cause.at);
        after.episode_id = episode;
        // There is no event for going back to a connection that was never proven.
        let event_id = if entered && next.status != Status::Pending {
            events::entered(tx, self, &before, &after, cause)?
        } else {
            None
        };
        if after.status == Status::Active {
            after.episode_id = None;
        }
        match after.status {
            Status::Active => self.links.end_all(tx, after.id, End::Mended, cause.at)?,
            Status::Disconnected => self.links.end_all(tx, after.id, End::Disconnected, cause.at)?,
            _ => {}
        }
        self.lift_alarms(tx, &before, after.reason, cause.at)?;
        after.updated_at = cause.at;
        after.version = after.version.saturating_add(1);
        let transition = Transition {
            id: TransitionId::new(cause.at, self.random.as_ref()),
            connection_id: after.id,
            at: cause.at,
            before_status: Some(before.status),
            before_reason: before.reason,
            status: after.status,
            reason: after.reason,
            fault_scope: after.fault_scope,
            message: cause.message.clone(),
            rule: cause.rule,
            rule_name: cause.rule_name.clone(),
            source: cause.source.as_str().into(),
            actor_name: cause.actor.name.clone(),
            episode_id: episode,
            event_id,
            generation: after.generation,
            record: cause.record.clone(),
        };
        store::insert_transition(tx, &transition)?;
        self.audit_change(tx, &before, &after, cause)?;
        store::save(tx, &after)?;
        self.follow(tx, after)
    }

    fn audit_change(
        &self,
        tx: &Tx<'_>,
        before: &Connection,
        after: &Connection,
        cause: &Cause<'_>,
    ) -> Result<(), ConnectionError> {
        let detail = json!({
            "before": before.status,
            "after": after.status,
            "reason": after.reason,
            "rule": cause.rule,
            "source": cause.source.as_str(),
        });
        let entry = Entry::new(cause.at, cause.actor, "connection.status_changed")
            .target("connection", after.id, after.name.clone())
            .detail(detail);
        self.audit.append(tx, &entry)?;
        Ok(())
    }

    /// An episode begins when a connection leaves `active` (or never got there and is refused), and ends with it.
    fn episode(&self, before: &Connection, after: &Connection, at: Timestamp) -> Option<EpisodeId> {
        match (before.episode_id, after.status) {
            (Some(episode), _) => Some(episode),
            (None, Status::Active | Status::Pending | Status::Disconnected) => None,
            (None, _) => Some(EpisodeId::new(at, self.random.as_ref())),
        }
    }

    /// The registry follows when the change is on disk.
    pub(super) fn follow(&self, tx: &Tx<'_>, connection: Connection) -> Result<(), ConnectionError> {
        let registry = self.registry.clone();
        tx.on_commit(move || registry.put(connection));
        Ok(())
    }

    /// The message for a status that nobody looked at.
    pub(super) fn plain_message(&self, connection: &Connection, status: Status, reason: Option<Reason>) -> String {
        self.system_of(connection)
            .map_or_else(|| status.label().to_owned(), |system| describe::of_status(&system, status, reason))
    }
}

fn is_open(status: Status) -> bool {
    !matches!(status, Status::Inactive | Status::Disconnected)
}

/// Which event a status entered sends.
pub(super) fn kind_of(before: &Connection, status: Status) -> EventKind {
    match status {
        Status::Active if before.episode_id.is_some() && before.was_ever_active() => EventKind::ConnectionRecovered,
        Status::Active => EventKind::ConnectionActivated,
        Status::Degraded => EventKind::ConnectionDegraded,
        Status::Unreachable => EventKind::ConnectionUnreachable,
        Status::ReauthorizationRequired => EventKind::ConnectionReauthorizationRequired,
        Status::Inactive => EventKind::ConnectionInactive,
        Status::Disconnected => EventKind::ConnectionDisconnected,
        Status::Pending => EventKind::ConnectionCreated,
    }
}
