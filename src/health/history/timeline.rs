//! What a list of status changes says about the share of time in which a connection got through. Pure.

use crate::base::{Status, Timestamp};

/// Share of time in which a connection got through (active or degraded). Pending, paused and not yet existing times do not
/// count; `None` where no time counts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Uptime {
    pub h24: Option<f64>,
    pub d7: Option<f64>,
    pub d30: Option<f64>,
    pub day: Window,
    pub week: Window,
    pub month: Window,
}

/// What a window was made of, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    pub through: i64,
    pub unreachable: i64,
    pub signed_out: i64,
    /// How often it left the state of getting through.
    pub troubles: u32,
}

impl Window {
    fn share(self) -> Option<f64> {
        let all = self.through + self.unreachable + self.signed_out;
        if all == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of 30 days are exact in an f64")]
        let share = self.through as f64 / all as f64;
        let rounded = (share * 10_000.0).round() / 10_000.0;
        // A whole one is said only of a time in which nothing was lost.
        Some(if self.through < all { rounded.min(0.9999) } else { rounded })
    }
}

/// `statuses`: changes, oldest first; the first may lie before the window.
pub(super) fn uptime(statuses: &[(Timestamp, Status)], now: Timestamp) -> Uptime {
    let window = |days: i64| measure(statuses, now.plus_seconds(-days * 86_400), now);
    let (day, week, month) = (window(1), window(7), window(30));
    Uptime { h24: day.share(), d7: week.share(), d30: month.share(), day, week, month }
}

fn gets_through(status: Status) -> bool {
    matches!(status, Status::Active | Status::Degraded)
}

fn measure(statuses: &[(Timestamp, Status)], from: Timestamp, now: Timestamp) -> Window {
    let mut found = Window::default();
    let mut before: Option<Status> = None;
    for (index, (begin, status)) in statuses.iter().enumerate() {
        let end = statuses.get(index + 1).map_or(now, |(next, _)| *next).min(now);
        let begun = (*begin).max(from);
        let length = (end.millis() - begun.millis()).max(0);
        match status {
            Status::Active | Status::Degraded => found.through += length,
            Status::Unreachable => found.unreachable += length,
            Status::ReauthorizationRequired => found.signed_out += length,
            Status::Inactive | Status::Pending | Status::Disconnected => {}
        }
        let left =
            before.is_some_and(gets_through) && matches!(status, Status::Unreachable | Status::ReauthorizationRequired);
        if left && *begin >= from {
            found.troubles += 1;
        }
        before = Some(*status);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_000 * 24 * HOUR + hours * HOUR)
    }

    #[test]
    fn uptime_counts_only_time_that_was_watched() {
        use Status::{Active, Degraded, Disconnected, Inactive, Pending, ReauthorizationRequired as Out, Unreachable};
        type Row = (&'static [(i64, Status)], Option<f64>);
        let rows: &[Row] = &[
            (&[(-48, Active)], Some(1.0)),
            (&[(-48, Active), (-12, Unreachable)], Some(0.5)),
            (&[(-48, Active), (-6, Out)], Some(0.75)),
            (&[(-12, Active), (-6, Degraded)], Some(1.0)),
            (&[(-48, Pending)], None),
            (&[(-48, Inactive), (-12, Active), (-6, Unreachable)], Some(0.5)),
            (&[(-48, Inactive), (-1, Disconnected)], None),
            (&[(-24 * 40, Unreachable), (-24, Active)], Some(1.0)),
            (&[], None),
        ];
        for (changes, wanted) in rows {
            let statuses: Vec<_> = changes.iter().map(|(hours, status)| (at(*hours), *status)).collect();
            assert_eq!(uptime(&statuses, at(0)).h24, *wanted, "{changes:?}");
        }
    }

    #[test]
    fn windows_say_what_they_were_made_of() {
        use Status::{Active, ReauthorizationRequired as Out, Unreachable};
        let statuses: Vec<_> =
            [(-200, Active), (-100, Unreachable), (-98, Active), (-10, Out), (-4, Active), (-2, Unreachable)]
                .map(|(hours, status)| (at(hours), status))
                .to_vec();
        let found = uptime(&statuses, at(0));
        assert_eq!(found.day, Window { through: 16 * HOUR, unreachable: 2 * HOUR, signed_out: 6 * HOUR, troubles: 2 });
        assert_eq!((found.week.troubles, found.week.unreachable, found.week.signed_out), (3, 4 * HOUR, 6 * HOUR));
        assert_eq!(found.month.through, 190 * HOUR);
    }

    #[test]
    fn a_short_loss_is_never_rounded_away() {
        let lost = Timestamp::from_millis(at(0).millis() - 1);
        let statuses = [(at(-48), Status::Active), (lost, Status::Unreachable)];
        assert_eq!(uptime(&statuses, at(0)).h24, Some(0.9999));
    }
}
