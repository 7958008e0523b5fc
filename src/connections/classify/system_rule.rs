//! Rule 5: the system's own rules, before the plain codes.

use std::time::Duration;

use super::{Context, Finding, Verdict, is_fixed_secret};
use crate::base::{Reason, Timestamp};
use crate::systems::{AnswerView, Meaning, Rule, WaitFormat};
use crate::upstream::{Answer, Observation};

pub(super) fn view<'a>(observation: &Observation, answer: &'a Answer) -> AnswerView<'a> {
    AnswerView {
        place: observation.place,
        status: answer.status,
        headers: &answer.headers,
        body: &answer.body,
        https: observation.https,
    }
}

pub(super) fn apply(rule: &Rule, observation: &Observation, answer: &Answer, context: &Context<'_>) -> Verdict {
    let given = rule.reason.as_deref().and_then(Reason::parse);
    let or = |usual: Reason| given.unwrap_or(usual);
    let fixed = is_fixed_secret(observation, context.auth);
    let name = rule.name.clone().unwrap_or_else(|| format!("{}'s own rule: {}", context.system.name, describe(rule)));
    let decide = |finding| Verdict::new(5, name.clone(), finding);
    match rule.meaning {
        // A rule for a 401 still passes rule 7's renewal and its one confirming attempt: an idle session is no dead password.
        Meaning::Reauthorization => decide(Finding::Reauthorization(or(Reason::CredentialsRejected)))
            .confirm(rule.confirm_once || (answer.status == 401 && fixed)),
        // Renewing has been tried by the time a verdict is asked for; what still asks for it is refused for good.
        Meaning::Renew => decide(Finding::Reauthorization(or(Reason::CredentialsRejected))).confirm(fixed),
        Meaning::Permission => decide(Finding::Degraded(or(Reason::PermissionReduced))),
        Meaning::Throttled => {
            decide(Finding::Degraded(or(Reason::RateLimited))).wait(waiting(rule, answer, context.now))
        }
        Meaning::Outage => {
            decide(Finding::Unreachable(or(Reason::ServerError))).wait(waiting(rule, answer, context.now))
        }
        Meaning::ClockSkew => decide(Finding::Instance(Reason::ClockSkew)),
        Meaning::Application => decide(Finding::Application),
        Meaning::Csrf | Meaning::Configuration | Meaning::Unexpected => {
            decide(Finding::Degraded(or(Reason::UnexpectedResponse)))
        }
        Meaning::Ok => decide(Finding::Good),
    }
}

fn describe(rule: &Rule) -> String {
    let meaning = match rule.meaning {
        Meaning::Reauthorization => "the sign-in is refused",
        Meaning::Renew => "the session or token has ended",
        Meaning::Permission => "a permission is missing",
        Meaning::Throttled => "fewer requests are asked for",
        Meaning::Outage => "an outage",
        Meaning::ClockSkew => "the time is refused",
        Meaning::Application => "our application is refused",
        Meaning::Csrf => "a token for writes is asked for",
        Meaning::Configuration => "address or set-up do not fit",
        Meaning::Unexpected => "an answer worth a look",
        Meaning::Ok => "the sign-in is proven",
    };
    match rule.status.as_slice() {
        [] => meaning.to_owned(),
        [status] => format!("{meaning} ({status})"),
        [first, ..] => format!("{meaning} ({first} and others)"),
    }
}

/// How long the system asks to wait: by the rule's header, its fixed time, or `Retry-After`.
fn waiting(rule: &Rule, answer: &Answer, now: Timestamp) -> Option<Duration> {
    let named = rule.wait_header.as_deref().and_then(|name| answer.header(name)).and_then(|value| {
        let number = value.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        match (rule.wait_format, number) {
            (WaitFormat::Seconds, Some(seconds)) => Some(Duration::from_secs_f64(seconds.min(86_400.0))),
            (WaitFormat::Milliseconds, Some(millis)) => Some(Duration::from_secs_f64((millis / 1000.0).min(86_400.0))),
            (WaitFormat::Epoch, Some(seconds)) => until(seconds, now),
            (WaitFormat::EpochMilliseconds, Some(millis)) => until(millis / 1000.0, now),
            (_, None) => retry_after(value, now),
        }
    });
    named
        .or_else(|| rule.wait_seconds.map(|seconds| Duration::from_secs(u64::from(seconds))))
        .or_else(|| answer.header("retry-after").and_then(|value| retry_after(value, now)))
}

fn until(epoch_seconds: f64, now: Timestamp) -> Option<Duration> {
    let millis = u32::try_from(now.millis().rem_euclid(1000)).unwrap_or(0);
    let now_seconds = f64::from(u32::try_from(now.millis() / 1000).unwrap_or(u32::MAX)) + f64::from(millis) / 1000.0;
    Some(Duration::from_secs_f64((epoch_seconds - now_seconds).clamp(0.0, 86_400.0)))
}

/// `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3). At most a day.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let day = Duration::from_secs(86_400);
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(day));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let at = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let at = Timestamp::from_millis(i64::try_from(at.as_millis()).ok()?);
    Some(at.since(now).min(day))
}
