//! When: reminders after 1, 3 and 7 days, tries of a mail that was not taken, pauses of a mail server that does not
//! answer, windows that repeat. Pure.

use std::time::Duration;

use super::model::Window;
use crate::base::Timestamp;

const DAY: i64 = 86_400;

/// How patiently mail is written.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// What happens together within this time stands in one mail.
    pub hold: Duration,
    /// Between two mails about new trouble to the same contact, or the same operator.
    pub gap_contact: Duration,
    pub gap_operator: Duration,
    /// Mail that waits longer than this is an alarm.
    pub alarm_after: Duration,
    /// Mail that could not be delivered for so long is given up.
    pub give_up_after: Duration,
    /// What became of a mail is shown for so long.
    pub keep: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(5),
            gap_contact: Duration::from_mins(15),
            gap_operator: Duration::from_mins(5),
            alarm_after: Duration::from_mins(15),
            give_up_after: Duration::from_hours(3 * 24),
            // Longer than the 23 days between the warnings of an end, each of which is given once.
            keep: Duration::from_hours(35 * 24),
        }
    }
}

/// When the next reminder is due after `told` mails; `None` after the last one.
pub fn next_reminder(first_told_at: Timestamp, told: u32) -> Option<Timestamp> {
    let days = match told {
        0 => 0,
        1 => 1,
        2 => 3,
        3 => 7,
        _ => return None,
    };
    Some(first_told_at.plus_seconds(days * DAY))
}

/// How long a mail waits that the server did not take for the moment.
pub fn retry_after(attempts: u32) -> Duration {
    Duration::from_mins(match attempts {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        4 => 30,
        _ => 60,
    })
}

/// How long a mail server that cannot be used is left alone.
pub fn server_pause(failures: u32) -> Duration {
    Duration::from_secs(match failures {
        0 | 1 => 15,
        2 => 30,
        3 => 60,
        4 => 120,
        _ => 300,
    })
}

/// The end of the window's occurrence that holds at this moment.
pub fn holds_until(window: &Window, now: Timestamp) -> Option<Timestamp> {
    const WEEK: i64 = 7 * DAY * 1000;
    if window.ended_at.is_some() || now < window.starts_at {
        return None;
    }
    let (start, end, now) = (window.starts_at.millis(), window.ends_at.millis(), now.millis());
    if !window.weekly {
        return (now < end).then_some(window.ends_at);
    }
    let weeks = now.saturating_sub(start).checked_div(WEEK).unwrap_or(0);
    let this_end = end.saturating_add(weeks.saturating_mul(WEEK));
    (now < this_end).then(|| Timestamp::from_millis(this_end))
}

/// When it begins next: this or a later moment; `None` when it is over.
pub fn begins_next(window: &Window, now: Timestamp) -> Option<Timestamp> {
    const WEEK: i64 = 7 * DAY * 1000;
    if window.ended_at.is_some() {
        return None;
    }
    if now < window.starts_at {
        return Some(window.starts_at);
    }
    if !window.weekly {
        return None;
    }
    let passed = now.millis().saturating_sub(window.starts_at.millis()).checked_div(WEEK).unwrap_or(0);
    let next = window.starts_at.millis().saturating_add(passed.saturating_add(1).saturating_mul(WEEK));
    Some(Timestamp::from_millis(next))
}

/// The latest moment at or before now at which this hour of the day (UTC) began.
pub fn latest_hour(now: Timestamp, hour: u8) -> Timestamp {
    let day = now.millis().div_euclid(DAY * 1000).saturating_mul(DAY * 1000);
    let today = day.saturating_add(i64::from(hour).saturating_mul(3_600_000));
    Timestamp::from_millis(if today <= now.millis() { today } else { today.saturating_sub(DAY * 1000) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::WindowScope;
    use super::*;
    use crate::base::{MaintenanceId, OsRandom};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn window(weekly: bool) -> Window {
        Window {
            id: MaintenanceId::new(at("2026-11-24T00:00:00Z"), &OsRandom),
            scope: WindowScope::Instance,
            starts_at: at("2026-11-24T22:00:00Z"),
            ends_at: at("2026-11-25T02:00:00Z"),
            weekly,
            note: String::new(),
            created_by: "Mara".into(),
            created_at: at("2026-11-24T00:00:00Z"),
            ended_at: None,
        }
    }

    #[test]
    fn reminders_come_after_one_three_and_seven_days_and_no_more() {
        let first = at("2026-11-24T12:00:00Z");
        let days: Vec<Option<i64>> = (1..=5)
            .map(|told| next_reminder(first, told).map(|due| (due.millis() - first.millis()) / 86_400_000))
            .collect();
        assert_eq!(days, [Some(1), Some(3), Some(7), None, None]);
    }

    #[test]
    fn a_window_holds_and_repeats() {
        let once = window(false);
        let weekly = window(true);
        let rows = [
            ("2026-11-24T21:59:59Z", None, None),
            ("2026-11-24T22:00:00Z", Some("2026-11-25T02:00:00Z"), Some("2026-11-25T02:00:00Z")),
            ("2026-11-25T01:59:59Z", Some("2026-11-25T02:00:00Z"), Some("2026-11-25T02:00:00Z")),
            ("2026-11-25T02:00:00Z", None, None),
            ("2026-12-01T23:00:00Z", None, Some("2026-12-02T02:00:00Z")),
            ("2026-12-02T02:00:00Z", None, None),
        ];
        for (now, plain, repeated) in rows {
            assert_eq!(holds_until(&once, at(now)), plain.map(at), "{now}");
            assert_eq!(holds_until(&weekly, at(now)), repeated.map(at), "{now}, weekly");
        }
        let ended = Window { ended_at: Some(at("2026-11-24T23:00:00Z")), ..weekly.clone() };
        assert_eq!(holds_until(&ended, at("2026-11-24T23:30:00Z")), None);
        assert_eq!(begins_next(&weekly, at("2026-11-26T00:00:00Z")), Some(at("2026-12-01T22:00:00Z")));
        assert_eq!(begins_next(&once, at("2026-11-26T00:00:00Z")), None);
    }

    #[test]
    fn a_day_has_its_hour_once() {
        assert_eq!(latest_hour(at("2026-11-24T05:59:00Z"), 6), at("2026-11-23T06:00:00Z"));
        assert_eq!(latest_hour(at("2026-11-24T06:00:00Z"), 6), at("2026-11-24T06:00:00Z"));
        assert_eq!(latest_hour(at("2026-11-24T23:00:00Z"), 0), at("2026-11-24T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn waiting_grows_and_never_beyond_an_hour(attempts in 0u32..1000) {
            prop_assert!(retry_after(attempts) <= retry_after(attempts + 1));
            prop_assert!(retry_after(attempts) <= Duration::from_hours(1));
            prop_assert!(server_pause(attempts) <= server_pause(attempts + 1));
            prop_assert!(server_pause(attempts) <= Duration::from_mins(5));
        }

        #[test]
        fn a_weekly_window_holds_its_share_of_the_week(minutes in 0i64..200_000) {
            let weekly = window(true);
            let now = weekly.starts_at.plus_seconds(minutes * 60);
            prop_assert_eq!(holds_until(&weekly, now).is_some(), minutes % (7 * 24 * 60) < 4 * 60);
            prop_assert!(begins_next(&weekly, now).is_some_and(|next| next > now));
        }
    }
}
