//! Single checks, or finer points, counted into slots of time. Pure.

use std::collections::{BTreeMap, HashMap};

use super::store::Point;
use crate::base::Timestamp;

/// One check, as a sum needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub connection: &'a str,
    pub at: i64,
    pub ok: bool,
    /// Place of its status in the order of urgency.
    pub worst: u32,
    pub total_ms: Option<u32>,
}

#[derive(Default)]
struct Slot {
    checks: u32,
    good: u32,
    worst: Option<u32>,
    times: Vec<u32>,
}

/// Counts per connection and slot; `width` in milliseconds.
pub(super) struct Tally {
    width: i64,
    slots: HashMap<String, BTreeMap<i64, Slot>>,
}

impl Tally {
    pub(super) fn new(width: i64) -> Self {
        Self { width, slots: HashMap::new() }
    }

    pub(super) fn add(&mut self, sample: &Sample<'_>) {
        // A name is copied once for a connection, not once for a check.
        if !self.slots.contains_key(sample.connection) {
            self.slots.insert(sample.connection.to_owned(), BTreeMap::new());
        }
        let Some(line) = self.slots.get_mut(sample.connection) else { return };
        let slot = line.entry(sample.at.div_euclid(self.width) * self.width).or_default();
        slot.checks = slot.checks.saturating_add(1);
        slot.worst = Some(slot.worst.map_or(sample.worst, |worst| worst.min(sample.worst)));
        if sample.ok {
            slot.good = slot.good.saturating_add(1);
            slot.times.extend(sample.total_ms);
        }
    }

    /// Per connection in order of time.
    pub(super) fn points(self) -> Vec<(String, Point)> {
        let mut found = Vec::new();
        for (connection, line) in self.slots {
            found.extend(line.into_iter().map(|(at, slot)| (connection.clone(), slot.point(at))));
        }
        found
    }
}

impl Slot {
    fn point(mut self, at: i64) -> Point {
        self.times.sort_unstable();
        Point {
            at: Timestamp::from_millis(at),
            checks: self.checks,
            good: self.good,
            worst: self.worst.unwrap_or(99),
            p50_ms: percentile(&self.times, 50),
            p95_ms: percentile(&self.times, 95),
            p99_ms: percentile(&self.times, 99),
            max_ms: self.times.last().copied(),
        }
    }
}

/// Nearest rank, in a sorted list.
fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Finer points merged per connection and slot, in order of time. Counts stay exact, percentiles become weighted means.
pub(super) fn merge(finer: &[(String, Point)], width: i64) -> Vec<(String, Point)> {
    let mut slots: BTreeMap<(i64, &str), Vec<&Point>> = BTreeMap::new();
    for (connection, point) in finer {
        slots.entry((point.at.millis().div_euclid(width) * width, connection.as_str())).or_default().push(point);
    }
    let sum = |((at, connection), found): ((i64, &str), Vec<&Point>)| {
        let point = Point {
            at: Timestamp::from_millis(at),
            checks: found.iter().map(|point| point.checks).sum(),
            good: found.iter().map(|point| point.good).sum(),
            worst: found.iter().map(|point| point.worst).min().unwrap_or(99),
            p50_ms: weighted(&found, |point| point.p50_ms),
            p95_ms: weighted(&found, |point| point.p95_ms),
            p99_ms: weighted(&found, |point| point.p99_ms),
            max_ms: found.iter().filter_map(|point| point.max_ms).max(),
        };
        (connection.to_owned(), point)
    };
    slots.into_iter().map(sum).collect()
}

fn weighted(points: &[&Point], of: impl Fn(&Point) -> Option<u32>) -> Option<u32> {
    let (mut sum, mut weight) = (0u64, 0u64);
    for point in points {
        if let Some(value) = of(point) {
            sum = sum.saturating_add(u64::from(value).saturating_mul(u64::from(point.good)));
            weight = weight.saturating_add(u64::from(point.good));
        }
    }
    sum.checked_div(weight).and_then(|mean| u32::try_from(mean).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(width: i64, samples: impl Iterator<Item = (i64, bool, u32)>) -> Vec<(String, Point)> {
        let mut tally = Tally::new(width);
        samples.for_each(|(at, ok, total)| {
            tally.add(&Sample { connection: "c", at, ok, worst: if ok { 5 } else { 1 }, total_ms: Some(total) })
        });
        tally.points()
    }

    #[test]
    fn a_slot_counts_what_is_in_it() {
        let found = tally(10_000, (0..100u32).map(|index| (i64::from(index) * 100, index != 7, index)));
        let (_, point) = &found[0];
        assert_eq!((point.checks, point.good, point.worst), (100, 99, 1));
        assert_eq!((point.p50_ms, point.p99_ms, point.max_ms), (Some(50), Some(99), Some(99)));
    }

    #[test]
    fn coarser_slots_keep_the_counts() {
        let merged = merge(&tally(60_000, (0..600).map(|second| (second * 1000, true, 10))), 3_600_000);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].1.checks, merged[0].1.p50_ms), (600, Some(10)));
    }
}
