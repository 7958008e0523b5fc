//! Rules 7 to 13: what plain HTTP says.

use std::time::Duration;

use super::system_rule::retry_after;
use super::{Context, Finding, Verdict, is_fixed_secret, page};
use crate::base::Reason;
use crate::systems::RulePlace;
use crate::upstream::{Answer, Observation, Renewal};

pub(super) fn judge(observation: &Observation, answer: &Answer, context: &Context<'_>) -> Verdict {
    let wait = answer.header("retry-after").and_then(|value| retry_after(value, context.now));
    match answer.status {
        401 => unauthorized(observation, context),
        403 => forbidden(),
        429 => Verdict::new(9, "429: the system asks for fewer requests", Finding::Degraded(Reason::RateLimited))
            .wait(wait),
        500..=599 => {
            Verdict::new(10, format!("the system answers {}", answer.status), Finding::Unreachable(Reason::ServerError))
                .wait(wait)
        }
        _ if page::leads_to_sign_in(answer) => Verdict::new(
            11,
            "a redirect to a sign-in page where data was expected",
            Finding::Reauthorization(Reason::LoginPage),
        )
        .confirm(true),
        200..=299 if page::is_sign_in(answer) => {
            Verdict::new(11, "a sign-in page where data was expected", Finding::Reauthorization(Reason::LoginPage))
                .confirm(true)
        }
        _ => judge_good(observation, answer, context),
    }
}

/// Rule 7.
fn unauthorized(observation: &Observation, context: &Context<'_>) -> Verdict {
    let fixed = is_fixed_secret(observation, context.auth);
    let name = match observation.renewal {
        Renewal::Renewed => "401 again after the session or token was renewed",
        Renewal::Failed | Renewal::FailedAfterLostAnswer(_) => "401 to the renewal",
        Renewal::NotNeeded if fixed => "401 to a fixed secret",
        Renewal::NotNeeded => "401",
    };
    let confirm = fixed && observation.renewal != Renewal::Renewed;
    let kept = context.auth.keeps_tokens();
    let reason = if kept { Reason::TokenRevoked } else { Reason::CredentialsRejected };
    Verdict::new(7, name, Finding::Reauthorization(reason)).confirm(confirm)
}

/// Rule 8.
pub(super) fn forbidden() -> Verdict {
    Verdict::new(8, "403: signed in, but not allowed", Finding::Degraded(Reason::PermissionReduced))
}

/// Rules 12 and 13: is it what this system usually sends?
pub(super) fn judge_good(observation: &Observation, answer: &Answer, context: &Context<'_>) -> Verdict {
    // However good it looks: what should have been given is not in it, so nothing was asked with it.
    let empty_handed = observation.place == RulePlace::Login && observation.renewal == Renewal::Failed;
    let what = unexpected(answer, context)
        .or_else(|| empty_handed.then(|| "the sign-in was answered, and gave no session".to_owned()));
    match what {
        Some(what) => Verdict::new(12, what, Finding::Degraded(Reason::UnexpectedResponse)),
        None if Duration::from_millis(u64::from(observation.timing.total_ms)) > context.slow_after => {
            Verdict::new(12, "a good answer, but a slow one", Finding::Slow)
        }
        None => Verdict::new(13, "a good answer", Finding::Good),
    }
}

fn unexpected(answer: &Answer, context: &Context<'_>) -> Option<String> {
    let expect = context.expect;
    let as_expected = if expect.status.is_empty() {
        (200..=299).contains(&answer.status)
    } else {
        expect.status.contains(&answer.status)
    };
    if !as_expected {
        return Some(format!("an unexpected status ({})", answer.status));
    }
    if answer.truncated {
        return Some("the answer is larger than a probe's answer may be".into());
    }
    if let Some(wish) = &expect.content_type {
        let found = answer.media_type();
        if !found.is_empty() && !answer.body.is_empty() && !found.starts_with(&wish.to_ascii_lowercase()) {
            return Some(format!("an unexpected type ({found})"));
        }
    }
    // Of a long answer only the beginning was kept; that is no reason to doubt it.
    if let Some(pointer) = expect.json_present.as_ref().filter(|_| answer.body.len() < crate::systems::BODY_LIMIT) {
        let body: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
        if body.as_ref().and_then(|body| body.pointer(pointer)).is_none() {
            return Some(format!("the answer holds no {pointer}"));
        }
    }
    None
}
