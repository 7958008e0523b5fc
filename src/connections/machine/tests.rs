//! The status machine as a table, and as properties.

use proptest::prelude::*;

use super::*;

fn state(status: Status) -> State {
    State { status, reason: None, scope: None, failures: 0, successes: 0, slow: 0 }
}

fn verdict(finding: Finding) -> Verdict {
    Verdict { finding, rule: 0, rule_name: String::new(), confirm: false, wait: None }
}

fn after(start: Status, findings: &[Finding]) -> State {
    findings
        .iter()
        .fold(state(start), |state, finding| advance(state, &verdict(*finding), Thresholds::default(), Hold::None))
}

const DOWN: Finding = Finding::Unreachable(Reason::ConnectTimeout);
const REFUSED: Finding = Finding::Reauthorization(Reason::CredentialsRejected);
const LIMITED: Finding = Finding::Degraded(Reason::RateLimited);

#[test]
fn statuses_move_as_the_table_says() {
    use Finding::{Good, Slow};
    use Status::{Active, Degraded, Pending, ReauthorizationRequired as Reauthorization, Unreachable};
    let rows: &[(Status, &[Finding], Status, Option<Reason>)] = &[
        (Active, &[Good], Active, None),
        (Active, &[DOWN, DOWN], Active, None),
        (Active, &[DOWN, DOWN, DOWN], Unreachable, Some(Reason::ConnectTimeout)),
        (Active, &[DOWN, DOWN, Good, DOWN, DOWN], Active, None),
        (Active, &[DOWN, DOWN, DOWN, Good], Unreachable, Some(Reason::ConnectTimeout)),
        (Active, &[DOWN, DOWN, DOWN, Good, Good], Active, None),
        (Active, &[DOWN, DOWN, DOWN, Good, DOWN, Good], Unreachable, Some(Reason::ConnectTimeout)),
        (Active, &[DOWN, DOWN, DOWN, LIMITED, LIMITED], Degraded, Some(Reason::RateLimited)),
        (Active, &[REFUSED], Reauthorization, Some(Reason::CredentialsRejected)),
        (Active, &[REFUSED, DOWN, DOWN, DOWN, DOWN], Reauthorization, Some(Reason::CredentialsRejected)),
        (Active, &[REFUSED, LIMITED], Reauthorization, Some(Reason::CredentialsRejected)),
        (Active, &[REFUSED, Good], Active, None),
        (Active, &[DOWN, DOWN, DOWN, REFUSED], Reauthorization, Some(Reason::CredentialsRejected)),
        (Active, &[LIMITED, Good], Active, None),
        (Active, &[LIMITED, REFUSED], Reauthorization, Some(Reason::CredentialsRejected)),
        (Active, &[Slow, Slow], Active, None),
        (Active, &[Slow, Slow, Slow], Degraded, Some(Reason::Slow)),
        (Active, &[Slow, Slow, Good, Slow], Active, None),
        (Active, &[Slow, Slow, Slow, Good], Active, None),
        (Active, &[Finding::Application], Unreachable, Some(Reason::ApplicationCredentialsInvalid)),
        (Active, &[Finding::Instance(Reason::ClockSkew)], Active, Some(Reason::ClockSkew)),
        (Active, &[Finding::Instance(Reason::ClockSkew), Good], Active, None),
        (Pending, &[DOWN, DOWN, DOWN, DOWN], Pending, None),
        (Pending, &[Good], Active, None),
        (Pending, &[REFUSED], Reauthorization, Some(Reason::CredentialsRejected)),
        (Status::Inactive, &[Good, REFUSED], Status::Inactive, None),
        (Status::Disconnected, &[Good], Status::Disconnected, None),
    ];
    for (start, findings, status, reason) in rows {
        let found = after(*start, findings);
        assert_eq!((found.status, found.reason), (*status, *reason), "{start:?} after {findings:?}");
    }
}

#[test]
fn while_the_appliance_doubts_itself_nothing_becomes_unreachable() {
    let held = (0..50)
        .fold(state(Status::Active), |state, _| advance(state, &verdict(DOWN), Thresholds::default(), Hold::StartUp));
    assert_eq!(held.status, Status::Active);
}

proptest! {
    /// However long an outage lasts and whatever its reasons are, it never counts towards reauthorization.
    #[test]
    fn an_outage_never_becomes_a_reauthorization(reasons in prop::collection::vec(0usize..10, 1..200)) {
        let outages = [
            Reason::DnsFailure, Reason::ConnectionRefused, Reason::ConnectTimeout, Reason::ResponseTimeout,
            Reason::ConnectionReset, Reason::TlsUntrusted, Reason::TlsFailure, Reason::ServerError, Reason::EgressDenied,
            Reason::ConnectTimeout,
        ];
        let findings: Vec<_> = reasons.iter().map(|index| Finding::Unreachable(outages[*index])).collect();
        prop_assert_ne!(after(Status::Active, &findings).status, Status::ReauthorizationRequired);
    }
}
