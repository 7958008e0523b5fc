//! The status machine: what a verdict makes of a connection's status. Pure. Owns the thresholds and the rule that an outage,
//! however long, never becomes a reauthorization; knows nothing of time, stores or networks.

#[cfg(test)]
mod tests;

use super::classify::{Finding, Verdict};
use crate::base::{FaultScope, Reason, Status};

/// How many looks it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    pub failures_before_unreachable: u32,
    pub successes_after_unreachable: u32,
    pub successes_after_reauthorization: u32,
    pub slow_before_degraded: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            failures_before_unreachable: 3,
            successes_after_unreachable: 2,
            successes_after_reauthorization: 1,
            slow_before_degraded: 3,
        }
    }
}

/// Whether the appliance doubts itself. Then nothing becomes unreachable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hold {
    #[default]
    None,
    /// It has just started.
    StartUp,
    /// Its own network is in doubt.
    Network,
}

/// The part of a connection that the machine moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub status: Status,
    pub reason: Option<Reason>,
    pub scope: Option<FaultScope>,
    /// Looks in a row that found it unreachable, found it good, found it good but slow.
    pub failures: u32,
    pub successes: u32,
    pub slow: u32,
}

impl State {
    /// Whether status or reason differ: then there is something to record.
    pub fn differs_from(&self, before: &Self) -> bool {
        (self.status, self.reason, self.scope) != (before.status, before.reason, before.scope)
    }
    fn into_status(self, status: Status, finding: Finding) -> Self {
        Self { status, reason: finding.reason(), scope: finding.scope(), ..self }
    }
    fn well(self) -> Self {
        Self { status: Status::Active, reason: None, scope: None, failures: 0, successes: 0, slow: self.slow }
    }
}

/// The state after one (confirmed) verdict.
pub fn advance(before: State, verdict: &Verdict, thresholds: Thresholds, hold: Hold) -> State {
    if matches!(before.status, Status::Inactive | Status::Disconnected) {
        return before;
    }
    match verdict.finding {
        Finding::Good => good(State { slow: 0, ..before }, verdict.finding, thresholds),
        Finding::Slow => {
            let slow = before.slow.saturating_add(1);
            good(State { slow, ..before }, verdict.finding, thresholds)
        }
        Finding::Degraded(_) => degraded(before, verdict.finding, thresholds),
        Finding::Unreachable(_) | Finding::Application => unreachable(before, verdict.finding, thresholds, hold),
        Finding::Reauthorization(_) => State { failures: 0, successes: 0, slow: 0, ..before }
            .into_status(Status::ReauthorizationRequired, verdict.finding),
        // Our own fault says nothing about the connection: the status stays, the reason tells.
        Finding::Instance(reason) => State { reason: Some(reason), scope: Some(FaultScope::Instance), ..before },
    }
}

fn good(before: State, finding: Finding, thresholds: Thresholds) -> State {
    let successes = before.successes.saturating_add(1);
    let needed = match before.status {
        Status::Unreachable => thresholds.successes_after_unreachable,
        Status::ReauthorizationRequired => thresholds.successes_after_reauthorization,
        _ => 1,
    };
    if successes < needed {
        return State { successes, failures: 0, ..before };
    }
    if finding == Finding::Slow && before.slow >= thresholds.slow_before_degraded {
        return State { failures: 0, successes: 0, ..before }.into_status(Status::Degraded, finding);
    }
    if finding == Finding::Slow && before.status == Status::Degraded && before.reason == Some(Reason::Slow) {
        return State { failures: 0, successes: 0, ..before };
    }
    before.well()
}

/// It gets through, but something is wrong. That is no proof of credentials that were never proven or were refused.
fn degraded(before: State, finding: Finding, thresholds: Thresholds) -> State {
    match before.status {
        Status::Pending | Status::ReauthorizationRequired => State { failures: 0, ..before },
        Status::Unreachable => {
            let successes = before.successes.saturating_add(1);
            if successes < thresholds.successes_after_unreachable {
                return State { successes, failures: 0, ..before };
            }
            State { failures: 0, successes: 0, ..before }.into_status(Status::Degraded, finding)
        }
        _ => State { failures: 0, successes: 0, ..before }.into_status(Status::Degraded, finding),
    }
}

fn unreachable(before: State, finding: Finding, thresholds: Thresholds, hold: Hold) -> State {
    let failures = before.failures.saturating_add(1);
    let counted = State { failures, successes: 0, ..before };
    match before.status {
        Status::Unreachable => counted.into_status(Status::Unreachable, finding),
        Status::Pending | Status::ReauthorizationRequired => counted,
        _ if hold == Hold::Network => {
            State { reason: Some(Reason::NetworkSuspect), scope: Some(FaultScope::Instance), ..before }
        }
        _ if hold == Hold::StartUp => before,
        // Our refused application is a definite answer, not an outage that may pass.
        _ if finding == Finding::Application => counted.into_status(Status::Unreachable, finding),
        _ if failures >= thresholds.failures_before_unreachable => counted.into_status(Status::Unreachable, finding),
        _ => counted,
    }
}
