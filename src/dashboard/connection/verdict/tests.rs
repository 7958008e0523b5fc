//! What the verdict says and offers, by status and reason.

use super::*;

pub fn sample(status: Status, reason: Option<Reason>) -> VerdictFacts {
    VerdictFacts {
        id: "con_01jd8w4k3fsv9e2m7tq0zr6hxa".into(),
        status,
        reason,
        message: reason.map(|_| "SAP refused the user name or password.".into()),
        since: "For 2 h 14 min, since 12:18:07 UTC.".into(),
        vendor: "SAP".into(),
        host: "sap.werk2.hohenfels.example:44300".into(),
        credits: 8,
        credits_free: 5,
        next_check: Some("14:32:40".into()),
        last_check: Some("14:31:40".into()),
        response: Some("318 ms".into()),
        ended_by: None,
        may_change: true,
        waits_for_customer: false,
        without_system: false,
        may_retry: true,
    }
}

#[test]
fn every_status_and_reason_has_a_sentence_and_a_step() {
    for status in Status::ALL {
        for reason in std::iter::once(None).chain(Reason::ALL.iter().copied().map(Some)) {
            let verdict = verdict(&sample(*status, reason));
            assert!(verdict.said.ends_with('.'), "{status} {reason:?}: {}", verdict.said);
            assert!(!verdict.step_title.is_empty());
            assert!(verdict.actions.iter().filter(|action| action.primary).count() <= 1);
        }
    }
}

#[test]
fn what_waits_for_its_customer_is_not_offered_a_check() {
    for without_system in [true, false] {
        let facts = VerdictFacts { waits_for_customer: true, without_system, ..sample(Status::Pending, None) };
        let verdict = verdict(&facts);
        assert!(verdict.said.starts_with("Nobody has used the connect link yet"), "{}", verdict.said);
        let labels: Vec<&str> = verdict.actions.iter().map(|action| action.label.as_str()).collect();
        assert_eq!(labels.first(), Some(&"Send the connect link"));
        assert!(!labels.contains(&"Check now"), "{labels:?}");
        assert_eq!(labels.contains(&"Enter credentials here"), !without_system);
    }
}

#[test]
fn an_active_connection_needs_one_line() {
    let verdict = verdict(&sample(Status::Active, None));
    assert!(verdict.is_brief() && verdict.actions.is_empty() && verdict.facts.is_empty());
    assert_eq!(verdict.said, "Signed in; last check 14:31:40, 318 ms.");
}

#[test]
fn the_scarce_pool_is_named_before_activation() {
    let verdict = verdict(&sample(Status::Inactive, Some(Reason::CreditsExhausted)));
    assert!(verdict.said.contains("needs 8 credits and 5 are free"));
    assert_eq!(verdict.actions.first().map(|action| action.label.as_str()), Some("Grant credits"));
}
