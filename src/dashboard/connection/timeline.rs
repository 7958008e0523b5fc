//! From changes of status to what the page draws: the worst status of each quarter of an hour, and the times in which
//! nothing was asked because someone has to reconnect. Pure.

use super::present::SLOTS;
use crate::base::{Status, Timestamp};
use crate::dashboard::charts::Slot;

const QUARTER: i64 = 900_000;

/// The time of one status: from, until, which.
type Stretch = (Timestamp, Timestamp, Status);

fn stretches(changes: &[(Timestamp, Status)], now: Timestamp) -> Vec<Stretch> {
    changes
        .iter()
        .enumerate()
        .map(|(place, (from, status))| {
            let until = changes.get(place.saturating_add(1)).map_or(now, |(next, _)| *next);
            (*from, until, *status)
        })
        .collect()
}

/// `changes` oldest first; the first one holds at the beginning. Before it there is nothing.
pub fn slots(changes: &[(Timestamp, Status)], now: Timestamp) -> Vec<Slot> {
    let stretches = stretches(changes, now);
    let last = i64::try_from(SLOTS).unwrap_or(96);
    (0..last)
        .map(|slot| {
            let until = now.millis().saturating_sub((last - 1 - slot).saturating_mul(QUARTER));
            let from = until.saturating_sub(QUARTER);
            stretches
                .iter()
                .filter(|(began, ended, _)| began.millis() < until && ended.millis() > from)
                .map(|(_, _, status)| *status)
                // Statuses are ordered by urgency: the least is the worst.
                .min()
        })
        .collect()
}

/// When it waited for a reconnect.
pub fn signed_out(changes: &[(Timestamp, Status)], now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    stretches(changes, now)
        .into_iter()
        .filter(|(_, _, status)| *status == Status::ReauthorizationRequired)
        .map(|(from, until, _)| (from, until))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_quarter_counts() {
        let now = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        let at = |minutes: i64| now.plus_seconds(-60 * minutes);
        let changes = [
            (at(600), Status::Active),
            (at(130), Status::Unreachable),
            (at(128), Status::Active),
            (at(31), Status::ReauthorizationRequired),
        ];
        let slots = slots(&changes, now);
        assert_eq!(slots.len(), 96);
        assert_eq!(
            (slots[0], slots[95], slots[94]),
            (None, Some(Status::ReauthorizationRequired), Some(Status::ReauthorizationRequired))
        );
        assert_eq!(slots.iter().filter(|slot| **slot == Some(Status::Unreachable)).count(), 1);
        assert_eq!(signed_out(&changes, now), [(at(31), now)]);
    }
}
