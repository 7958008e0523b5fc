//! A refused secret concerns every connection that holds it: they enter reauthorization together, unasked. Owns that step,
//! and the one for a connection that is found to hold a secret which was refused before.

use std::sync::Arc;

use serde_json::{Value, json};

use super::apply::Cause;
use super::check::Looked;
use super::error::ConnectionError;
use super::model::{Connection, Source};
use super::service::Inner;
use super::{State, store};
use crate::base::{Actor, ConnectionId, FaultScope, Reason, Status, Timestamp};
use crate::store::Tx;

/// Who signs in where, and the fingerprint of what with.
pub(super) struct SharedSecret<'a> {
    pub host: &'a str,
    pub user: &'a str,
    pub fingerprint: &'a [u8],
}

/// Who found out.
pub(super) enum Finder<'a> {
    Connection(&'a Connection),
    /// Somebody who connected or reconnected with it.
    Person,
}

impl Finder<'_> {
    /// Another customer's connection is not named: that they share a secret is for the operators to find out.
    fn words_for(&self, other: &Connection) -> (String, Value) {
        match self {
            Self::Connection(found) if found.customer_id == other.customer_id => (
                format!("the connection “{}” with the same secret", found.name),
                json!({ "shared_with": found.id.to_string() }),
            ),
            Self::Connection(_) => ("another connection with the same secret".to_owned(), Value::Null),
            Self::Person => ("a person’s try with the same secret".to_owned(), Value::Null),
        }
    }
}

impl Inner {
    /// Moves all connections with this host, user and secret; the finder itself is left to its own change.
    pub(super) fn refuse_sharing(
        &self,
        tx: &Tx<'_>,
        secret: &SharedSecret<'_>,
        finder: &Finder<'_>,
        looked: &Looked,
        at: Timestamp,
    ) -> Result<(), ConnectionError> {
        let except = match finder {
            Finder::Connection(found) => Some(found.id),
            Finder::Person => None,
        };
        for mut other in store::sharing_secret(tx, secret.host, secret.user, secret.fingerprint, except)? {
            if let Some(live) = self.registry.find(other.id) {
                other.marks = live.marks;
            }
            let (by, record) = finder.words_for(&other);
            let next = refused(looked.verdict.finding.reason(), looked.verdict.finding.scope());
            let cause = Cause {
                source: Source::SharedSecret,
                actor: &Actor::system(),
                rule: Some(looked.verdict.rule),
                rule_name: format!("{}; found by {by}", looked.verdict.rule_name),
                message: looked.message.clone(),
                record,
                at,
            };
            self.move_to(tx, other, next, &cause)?;
        }
        Ok(())
    }

    /// A connection whose secret was refused before is not asked; it cannot stay as it is either, or it would never be
    /// looked at again.
    pub(super) async fn refuse_unasked(
        self: &Arc<Self>,
        before: &Connection,
        source: Source,
        actor: &Actor,
    ) -> Result<(), ConnectionError> {
        if before.status == Status::ReauthorizationRequired {
            return Ok(());
        }
        let (inner, actor) = (self.clone(), actor.clone());
        let (id, generation): (ConnectionId, i64) = (before.id, before.generation);
        self.store
            .write::<_, ConnectionError, _>(move |tx| {
                let now = inner.clock.now();
                let Some(mut current) = store::find(tx, id)? else { return Ok(()) };
                let open = current.status.is_checked() || current.status == Status::Pending;
                if current.generation != generation || !open || current.status == Status::ReauthorizationRequired {
                    return Ok(());
                }
                if let Some(live) = inner.registry.find(id) {
                    current.marks = live.marks;
                }
                let next = refused(Some(Reason::CredentialsRejected), Some(FaultScope::Connection));
                let cause = Cause {
                    source,
                    actor: &actor,
                    rule: Some(7),
                    rule_name: "the secret was refused before and is not sent again".into(),
                    message: inner.plain_message(&current, next.status, next.reason),
                    record: Value::Null,
                    at: now,
                };
                inner.move_to(tx, current, next, &cause)
            })
            .await
    }
}

fn refused(reason: Option<Reason>, scope: Option<FaultScope>) -> State {
    State { status: Status::ReauthorizationRequired, reason, scope, failures: 0, successes: 0, slow: 0 }
}
