//! When to try again, and what an answer means. Pure: time and chance are arguments.

use std::time::Duration;

use crate::base::{Random, Timestamp};
use crate::upstream::{Failure, PostAnswer};

/// A receiver may put the next try off by at most this.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered,
    Failed {
        fault: String,
        retry_after: Option<Duration>,
    },
    /// The receiver wants no more of it.
    Gone {
        fault: String,
    },
}

/// What went wrong, in words for whoever looks after the receiver.
fn fault(failure: &Failure) -> String {
    let message = failure.message();
    match (failure, message.split_once(" Give the customer's CA ")) {
        // The remedies of a connection are not those of a receiver, which takes no pin.
        (Failure::TlsUntrusted { .. }, Some((what, _))) => {
            format!("{what} Give the certificate of that authority with the endpoint (ca_certificate).")
        }
        _ => message.to_owned(),
    }
}

/// 2xx is success; a redirect is a failure; 410 is the end.
pub(super) fn judge(result: &Result<PostAnswer, Failure>, now: Timestamp) -> Verdict {
    let answer = match result {
        Ok(answer) => answer,
        Err(failure) => return Verdict::Failed { fault: fault(failure), retry_after: None },
    };
    let status = answer.status;
    match status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone { fault: "It answered 410: this receiver is gone and wants no more events.".into() },
        300..=399 => Verdict::Failed {
            fault: format!("It answered {status}, a redirect; none is followed. Give the endpoint its final address."),
            retry_after: None,
        },
        _ => Verdict::Failed {
            fault: format!("It answered {status} instead of 2xx."),
            retry_after: answer.header("retry-after").and_then(|text| retry_after(text, now)),
        },
    }
}

/// Seconds or a date; what lies in the past or cannot be read is none.
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
            Timestamp::from_millis(i64::try_from(at.as_millis()).ok()?).since(now)
        }
    };
    (!wait.is_zero()).then(|| wait.min(LONGEST_RETRY_AFTER))
}

/// When the try after `done` tries is due; `None` when the schedule is at its end. What the receiver asked for puts it
/// off, and never brings it forward.
pub(super) fn next_try(
    schedule: &[Duration],
    done: u32,
    retry_after: Option<Duration>,
    now: Timestamp,
    random: &dyn Random,
) -> Option<Timestamp> {
    let pause = schedule.get(usize::try_from(done).ok()?)?;
    let pause = jittered(*pause, random);
    Some(now.plus(retry_after.map_or(pause, |wait| wait.max(pause))))
}

/// 80 to 120 % of it.
fn jittered(pause: Duration, random: &dyn Random) -> Duration {
    let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    let fifth = millis / 5;
    let spread = random.below(fifth.saturating_mul(2).saturating_add(1));
    Duration::from_millis(millis.saturating_sub(fifth).saturating_add(spread))
}

/// After so many failed tries in a row people are warned: half of the schedule, and not the first slip unless it is all.
pub(super) fn tries_before_warning(schedule: &[Duration]) -> u32 {
    u32::try_from(schedule.len().div_ceil(2)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u64);
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, from) in bytes.iter_mut().zip(self.0.to_le_bytes().iter().cycle()) {
                *byte = *from;
            }
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Result<PostAnswer, Failure> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(PostAnswer { status, headers, body: bytes::Bytes::new(), truncated: false })
    }

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

    #[test]
    fn only_2xx_is_success_410_is_the_end_and_redirects_fail() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&answer(status, &[]), NOW), Verdict::Delivered, "{status}");
        }
        assert!(matches!(judge(&answer(410, &[]), NOW), Verdict::Gone { .. }));
        for status in [301, 302, 303, 307, 308, 304] {
            let Verdict::Failed { fault, .. } = judge(&answer(status, &[("retry-after", "9")]), NOW) else {
                panic!("{status}")
            };
            assert!(fault.contains("redirect"), "{fault}");
        }
        for status in [199, 400, 401, 404, 409, 429, 500, 503, 599] {
            assert!(matches!(judge(&answer(status, &[]), NOW), Verdict::Failed { .. }), "{status}");
        }
        let refused = Err(Failure::Refused { message: "nobody is there".into() });
        assert_eq!(judge(&refused, NOW), Verdict::Failed { fault: "nobody is there".into(), retry_after: None });
    }

    #[test]
    fn retry_after_is_read_within_bounds() {
        let wait = |text: &str| match judge(&answer(429, &[("retry-after", text)]), NOW) {
            Verdict::Failed { retry_after, .. } => retry_after.map(|wait| wait.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("9999999"), Some(86_400));
        assert_eq!(wait("0"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-5"), None);
        assert_eq!(wait("Thu, 09 Oct 2025 08:54:20 GMT"), Some(60));
        assert_eq!(wait("Thu, 09 Oct 2024 08:54:20 GMT"), None);
    }

    #[test]
    fn the_schedule_ends_and_a_receiver_can_put_a_try_off_but_not_hurry_it() {
        let schedule = [0, 5, 300].map(Duration::from_secs);
        // `below(n)` of zeros is the shortest pause.
        let at = |done, wait: Option<u64>| {
            next_try(&schedule, done, wait.map(Duration::from_secs), NOW, &Fixed(0))
                .map(|due| due.since(NOW).as_millis())
        };
        assert_eq!(at(0, None), Some(0));
        assert_eq!(at(1, None), Some(4000));
        assert_eq!(at(1, Some(60)), Some(60_000));
        assert_eq!(at(2, Some(60)), Some(240_000));
        assert_eq!(at(3, Some(60)), None);
        assert_eq!(tries_before_warning(&schedule), 2);
        assert_eq!(tries_before_warning(&[Duration::ZERO]), 1);
        assert_eq!(tries_before_warning(&[Duration::ZERO; 10]), 5);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth(seconds in 0u64..100_000, chance: u64) {
            let pause = Duration::from_secs(seconds);
            let found = jittered(pause, &Fixed(chance));
            prop_assert!(found >= pause * 4 / 5 && found <= pause * 6 / 5, "{found:?}");
        }
    }
}
