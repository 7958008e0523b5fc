//! When the next look is due. Pure.

use std::time::Duration;

use crate::base::{Random, Reason, Status, Timestamp};
use crate::connections::{Connection, Verdict};

/// How often things are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The usual interval of the appliance: what counts as "one interval" for its own network.
    pub interval: Duration,
    pub minimum: Duration,
}

/// However long an outage or a throttling lasts, it is looked at again within this time.
const LONGEST: Duration = Duration::from_secs(3600);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(600);
/// So many failures are looked at in the usual interval before the back-off begins.
const PATIENT_FAILURES: u32 = 10;

/// `None` for what the scheduler does not look at.
pub fn next_due(
    connection: &Connection,
    verdict: Option<&Verdict>,
    pace: Pace,
    now: Timestamp,
    random: &dyn Random,
) -> Option<Timestamp> {
    if !connection.status.is_checked() {
        return None;
    }
    let interval = Duration::from_secs(u64::from(connection.check_interval_seconds));
    let span = match verdict.and_then(|verdict| verdict.wait) {
        Some(wait) => wait.max(interval).min(LONGEST.max(interval)),
        None => plain(connection, interval, pace),
    };
    Some(now.plus(jittered(span, random)))
}

fn plain(connection: &Connection, interval: Duration, pace: Pace) -> Duration {
    let marks = connection.marks;
    let undecided = match connection.status {
        Status::Unreachable => marks.successes > 0,
        _ => marks.failures > 0,
    };
    if undecided {
        return (interval / 6).max(pace.minimum).min(interval);
    }
    if connection.status == Status::Unreachable && marks.failures > PATIENT_FAILURES {
        let doublings = ((marks.failures - PATIENT_FAILURES) / 5).min(6);
        return (interval * (1u32 << doublings)).min(LONGEST_BACK_OFF.max(interval));
    }
    if connection.reason == Some(Reason::RateLimited) { interval * 2 } else { interval }
}

/// Up to a tenth earlier, so that what began together does not stay together.
fn jittered(span: Duration, random: &dyn Random) -> Duration {
    let tenth = u64::try_from(span.as_millis() / 10).unwrap_or(0);
    span.saturating_sub(Duration::from_millis(random.below(tenth.saturating_add(1))))
}
