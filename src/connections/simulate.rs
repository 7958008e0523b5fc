//! Puts a connection of the system `sandbox` into any status, so that a program can be tried: with the decision record, the
//! events and the audit entry that the real thing has. Refuses other systems, ended connections, and reasons of another status.
//! A simulated status holds until the next simulation or a check by hand: the scheduler leaves such a connection alone.

use std::sync::Arc;

use serde_json::Value;

use super::apply::Cause;
use super::check::wrong_status;
use super::error::ConnectionError;
use super::model::{Connection, Source};
use super::ports::Taken;
use super::service::{Connections, Inner};
use super::{Finding, State};
use crate::access::Principal;
use crate::base::{Actor, ConnectionId, FaultScope, FieldError, Reason, Status, Timestamp};
use crate::store::Tx;
use crate::systems::System;

const SANDBOX: &str = "sandbox";

/// The reasons that a status can have; the first is taken where none is given.
pub fn reasons_of(status: Status) -> &'static [Reason] {
    use Reason as R;
    match status {
        Status::Active => &[],
        Status::Pending => &[R::NeverVerified],
        Status::Degraded => {
            &[R::PermissionReduced, R::RateLimited, R::Slow, R::NoFreeSeat, R::ServiceInactive, R::UnexpectedResponse]
        }
        Status::Unreachable => &[
            R::ConnectTimeout,
            R::DnsFailure,
            R::ConnectionRefused,
            R::ResponseTimeout,
            R::ConnectionReset,
            R::TlsUntrusted,
            R::TlsFailure,
            R::ServerError,
            R::EgressDenied,
            R::ApplicationCredentialsInvalid,
        ],
        Status::ReauthorizationRequired => &[
            R::CredentialsRejected,
            R::TokenRevoked,
            R::TokenExpired,
            R::AccountLocked,
            R::CertificateExpired,
            R::CertificateRejected,
            R::LoginPage,
            R::IdentityChanged,
        ],
        Status::Inactive => &[R::Paused, R::CreditsExhausted],
        Status::Disconnected => &[R::Disconnected],
    }
}

/// Whose fault it is, as the rules would say.
fn scope_of(status: Status, reason: Reason) -> Option<FaultScope> {
    match (status, reason) {
        (_, Reason::ApplicationCredentialsInvalid) => Finding::Application.scope(),
        (Status::Degraded, Reason::Slow) => Finding::Slow.scope(),
        (Status::Degraded, reason) => Finding::Degraded(reason).scope(),
        (Status::Unreachable, reason) => Finding::Unreachable(reason).scope(),
        (Status::ReauthorizationRequired, reason) => Finding::Reauthorization(reason).scope(),
        (Status::Active | Status::Pending | Status::Inactive | Status::Disconnected, _) => None,
    }
}

fn wished(status: Status, reason: Option<Reason>) -> Result<State, ConnectionError> {
    let possible = reasons_of(status);
    let reason = match reason {
        Some(reason) if possible.contains(&reason) => Some(reason),
        Some(reason) => {
            let message = match possible {
                [] => format!("A connection that is {status} has no reason. Leave it out."),
                all => {
                    let all: Vec<&str> = all.iter().map(|reason| reason.as_str()).collect();
                    format!("“{reason}” is no reason for {status}. The reasons are: {}.", all.join(", "))
                }
            };
            return Err(ConnectionError::Invalid(vec![FieldError::invalid("reason", message)]));
        }
        None => possible.first().copied(),
    };
    let scope = reason.and_then(|reason| scope_of(status, reason));
    Ok(State { status, reason, scope, failures: 0, successes: 0, slow: 0 })
}

/// Whether this connection can be put into a status by hand.
pub fn is_simulated(system: &System) -> bool {
    system.free && system.slug == SANDBOX
}

/// What the scheduler leaves as it is: somebody wished it.
pub(super) fn holds(system: &System, connection: &Connection, source: Source) -> bool {
    is_simulated(system)
        && source != Source::Manual
        && (connection.status != Status::Active || connection.reason.is_some())
}

impl Connections {
    pub async fn simulate(
        &self,
        who: &Principal,
        id: ConnectionId,
        status: Status,
        reason: Option<Reason>,
    ) -> Result<Arc<Connection>, ConnectionError> {
        who.require(crate::access::Permission::ConnectionsWrite)?;
        let found = self.find(who, id)?;
        if !self.inner.system_of(&found).is_some_and(|system| is_simulated(&system)) {
            let message = "Only a connection of the system “sandbox” can be put into a status by hand. Others have the status \
                           that their system gives them.";
            return Err(ConnectionError::Invalid(vec![FieldError::new("system", "not_sandbox", message)]));
        }
        let next = wished(status, reason)?;
        self.operate(who, id, move |inner, tx, current, actor, now| inner.pretend(tx, current, next, actor, now)).await
    }
}

impl Inner {
    fn pretend(
        &self,
        tx: &Tx<'_>,
        mut current: Connection,
        next: State,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), ConnectionError> {
        match (current.status, next.status) {
            (Status::Disconnected, _) => return Err(wrong_status(&current)),
            (_, Status::Disconnected) => return self.end(tx, current, actor, now),
            (_, Status::Inactive) => {
                self.give_back(tx, &mut current, actor, now, "simulated")?;
                current.paused_by = (next.reason == Some(Reason::Paused)).then(|| actor.name.clone());
            }
            (Status::Inactive, _) => {
                match self.take_credits(tx, &current, actor, now, "simulated")? {
                    Taken::Held { overage } => {
                        current.credits_held = current.credits;
                        current.overage = overage;
                    }
                    Taken::Inactive { needed, available } | Taken::Refused { needed, available } => {
                        return Err(ConnectionError::CreditsExhausted { needed, available });
                    }
                }
                current.paused_by = None;
            }
            _ => {}
        }
        current.marks.last_checked_at = Some(now);
        if next.status == Status::Active {
            current.marks.last_ok_at = Some(now);
        }
        let cause = Cause {
            source: Source::Simulation,
            actor,
            rule: None,
            rule_name: "simulated".into(),
            message: self.plain_message(&current, next.status, next.reason),
            record: Value::Null,
            at: now,
        };
        self.move_to(tx, current, next, &cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_status_and_every_status_its_own() {
        // These stand at whichever status the connection has: the fault is the appliance's.
        let instance = [Reason::ClockSkew, Reason::NetworkSuspect, Reason::VaultSealed];
        for reason in Reason::ALL.iter().filter(|reason| !instance.contains(reason)) {
            let places: Vec<_> = Status::ALL.iter().filter(|status| reasons_of(**status).contains(reason)).collect();
            assert_eq!(places.len(), 1, "{reason}: {places:?}");
        }
        for status in Status::ALL {
            let state = wished(*status, None).ok().unwrap();
            assert_eq!((state.status, state.reason), (*status, reasons_of(*status).first().copied()));
            let has_scope = [Status::Degraded, Status::Unreachable, Status::ReauthorizationRequired].contains(status);
            assert_eq!(state.scope.is_some(), has_scope, "{status}");
        }
        assert!(wished(Status::Active, Some(Reason::Slow)).is_err());
        assert!(wished(Status::Degraded, Some(Reason::TokenRevoked)).is_err());
        let ours = wished(Status::Unreachable, Some(Reason::ApplicationCredentialsInvalid)).ok().unwrap();
        assert_eq!(ours.scope, Some(FaultScope::Application));
    }
}
