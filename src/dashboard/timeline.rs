//! From changes of status to what pages draw: the worst status of each slot of time, the share of time in which it got
//! through. Pure.

use super::charts::Slot;
use crate::base::{Status, Timestamp};

/// When, and which status from then on; oldest first. The first one holds at the beginning; before it there is nothing.
pub type Changes = [(Timestamp, Status)];

/// One status and how long it held, in milliseconds since 1970.
fn stretches(changes: &Changes, now: Timestamp) -> impl Iterator<Item = (i64, i64, Status)> + '_ {
    changes.iter().enumerate().map(move |(place, (from, status))| {
        let until = changes.get(place.saturating_add(1)).map_or(now, |(next, _)| *next);
        (from.millis(), until.millis(), *status)
    })
}

/// The worst status of each slot; the last slot ends now.
pub fn slots(changes: &Changes, now: Timestamp, count: i64, step_seconds: i64) -> Vec<Slot> {
    let step = step_seconds.saturating_mul(1000);
    (0..count)
        .map(|slot| {
            let until = now.millis().saturating_sub((count - 1 - slot).saturating_mul(step));
            let from = until.saturating_sub(step);
            // Statuses are ordered by urgency: the least is the worst.
            stretches(changes, now)
                .filter(|(began, ended, _)| *began < until && *ended > from)
                .map(|found| found.2)
                .min()
        })
        .collect()
}

/// The share of the time since `from` in which it got through, of the time in which it was watched at all.
pub fn uptime(changes: &Changes, from: Timestamp, now: Timestamp) -> Option<f64> {
    let (mut through, mut watched) = (0i64, 0i64);
    for (began, ended, status) in stretches(changes, now) {
        let length = ended.saturating_sub(began.max(from.millis())).max(0);
        let good = matches!(status, Status::Active | Status::Degraded);
        if good || matches!(status, Status::Unreachable | Status::ReauthorizationRequired) {
            watched = watched.saturating_add(length);
            through = through.saturating_add(if good { length } else { 0 });
        }
    }
    // Whole seconds are exact enough, and fit.
    let seconds = |millis: i64| f64::from(u32::try_from(millis / 1000).unwrap_or(u32::MAX));
    (watched >= 1000).then(|| seconds(through) / seconds(watched))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(now: Timestamp) -> Vec<(Timestamp, Status)> {
        let at = |minutes: i64| now.plus_seconds(-60 * minutes);
        vec![
            (at(600), Status::Active),
            (at(130), Status::Unreachable),
            (at(128), Status::Active),
            (at(30), Status::ReauthorizationRequired),
        ]
    }

    #[test]
    fn the_worst_of_a_slot_counts() {
        let now = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        let slots = slots(&changes(now), now, 24, 3600);
        assert_eq!(slots.len(), 24);
        assert_eq!(slots[0], None);
        assert_eq!(slots[20], Some(Status::Active));
        assert_eq!(slots[21], Some(Status::Unreachable));
        assert_eq!(slots[23], Some(Status::ReauthorizationRequired));
    }

    #[test]
    fn only_watched_time_counts() {
        let now = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        let share = uptime(&changes(now), now.plus_seconds(-86_400), now).unwrap();
        assert!((share - 568.0 / 600.0).abs() < 0.0001, "{share}");
        assert_eq!(uptime(&[(now.plus_seconds(-60), Status::Inactive)], now.plus_seconds(-86_400), now), None);
        assert_eq!(uptime(&[], now.plus_seconds(-86_400), now), None);
    }
}
