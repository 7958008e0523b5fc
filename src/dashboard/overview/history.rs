//! How many connections were not active in each half hour of a day, from what they are now and what changed. Pure.

use std::collections::BTreeMap;

use crate::base::{ConnectionId, Status, Timestamp};
use crate::connections::StatusChange;
use crate::dashboard::charts::StackSlot;
use crate::dashboard::timeline;

pub const SLOTS: i64 = 48;
pub const STEP_SECONDS: i64 = 1800;

/// A connection as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    pub id: ConnectionId,
    pub status: Status,
    pub since: Timestamp,
}

/// The statuses that the plot shows.
pub fn counts(status: Status) -> bool {
    matches!(status, Status::ReauthorizationRequired | Status::Unreachable | Status::Degraded)
}

/// `present`: those that count now; `changes` of the day, oldest first. The last slot ends now.
pub fn stack(present: &[Present], changes: &[StatusChange], now: Timestamp) -> Vec<StackSlot> {
    let begin = now.plus_seconds(-SLOTS * STEP_SECONDS);
    let mut lines: BTreeMap<ConnectionId, Vec<(Timestamp, Status)>> = BTreeMap::new();
    for change in changes {
        let line = lines.entry(change.connection).or_default();
        if let (true, Some(before)) = (line.is_empty(), change.before) {
            line.push((begin, before));
        }
        line.push((change.at, change.after));
    }
    for one in present {
        // No change today: it has been so all day.
        lines.entry(one.id).or_insert_with(|| vec![(one.since, one.status)]);
    }
    let mut stack = vec![StackSlot::default(); usize::try_from(SLOTS).unwrap_or(0)];
    for line in lines.values() {
        for (slot, worst) in stack.iter_mut().zip(timeline::slots(line, now, SLOTS, STEP_SECONDS)) {
            let place = match worst {
                Some(Status::ReauthorizationRequired) => &mut slot.reauthorization_required,
                Some(Status::Unreachable) => &mut slot.unreachable,
                Some(Status::Degraded) => &mut slot.degraded,
                _ => continue,
            };
            *place = place.saturating_add(1);
        }
    }
    stack
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[test]
    fn a_day_is_told_from_the_present_and_the_changes() {
        let now = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        let [old, brief] = [1, 2].map(|at| ConnectionId::new(Timestamp::from_millis(at), &OsRandom));
        let present = [Present { id: old, status: Status::ReauthorizationRequired, since: now.plus_seconds(-90_000) }];
        let change = |minutes: i64, before, after| StatusChange {
            connection: brief,
            at: now.plus_seconds(-60 * minutes),
            before: Some(before),
            after,
        };
        let changes =
            [change(70, Status::Active, Status::Unreachable), change(50, Status::Unreachable, Status::Active)];
        let stack = stack(&present, &changes, now);
        assert_eq!(stack.len(), 48);
        assert!(stack.iter().all(|slot| slot.reauthorization_required == 1));
        let unreachable: Vec<u32> = stack.iter().map(|slot| slot.unreachable).collect();
        assert_eq!(unreachable[44..], [0, 1, 1, 0]);
    }
}
