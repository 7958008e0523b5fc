//! Summing up: checks into minutes, minutes into hours, hours into days. Percentiles of a minute are exact; those of hours
//! and days are means of the finer ones, weighted by their checks, which is near enough for a plot and said so here.

use std::collections::BTreeMap;
use std::time::Duration;

use super::store::{self, Point, Sample};
use crate::base::Timestamp;
use crate::store::{Store, StoreError};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// So much time is summed up in one transaction.
const BITE: i64 = 6 * HOUR * 1000;

/// How long each grain is kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    pub checks: Duration,
    pub minutes: Duration,
    pub hours: Duration,
    pub days: Duration,
}

pub(super) async fn roll_up(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    for (resolution, finer) in [(MINUTE, None), (HOUR, Some(MINUTE)), (DAY, Some(HOUR))] {
        while step(store, resolution, finer, now).await? {}
    }
    Ok(())
}

/// One bite; true when there is more.
async fn step(store: &Store, resolution: i64, finer: Option<i64>, now: Timestamp) -> Result<bool, StoreError> {
    let width = resolution * 1000;
    // What is still under way is left for the next time; a late record of the last seconds too.
    let end = (now.millis() - 5_000).div_euclid(width) * width;
    store
        .history()
        .write(move |tx| {
            let begun = match store::mark(tx, resolution)? {
                Some(upto) => upto,
                None => match store::earliest_check(tx)? {
                    Some(first) => first.div_euclid(width) * width,
                    None => return Ok(false),
                },
            };
            if begun >= end {
                return Ok(false);
            }
            let upto = end.min((begun + BITE.max(width)).div_euclid(width) * width);
            let sums = match finer {
                None => points(&store::samples(tx, begun, upto)?, width),
                Some(finer) => merge(&store::finer(tx, finer, begun, upto)?, width),
            };
            for (connection, point) in &sums {
                store::insert_rollup_of(tx, connection, resolution, point)?;
            }
            store::set_mark(tx, resolution, upto)?;
            Ok(upto < end)
        })
        .await
}

/// Checks summed up per connection and slot, in order of time.
pub(super) fn points(samples: &[Sample], width: i64) -> Vec<(String, Point)> {
    let mut slots: BTreeMap<(i64, &str), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        slots.entry((sample.at.div_euclid(width) * width, sample.connection.as_str())).or_default().push(sample);
    }
    let sum = |((at, connection), found): ((i64, &str), Vec<&Sample>)| {
        let mut times: Vec<u32> =
            found.iter().filter(|sample| sample.ok).filter_map(|sample| sample.total_ms).collect();
        times.sort_unstable();
        let point = Point {
            at: Timestamp::from_millis(at),
            checks: count(found.len()),
            good: count(found.iter().filter(|sample| sample.ok).count()),
            worst: found.iter().map(|sample| sample.worst).min().unwrap_or(99),
            p50_ms: percentile(&times, 50),
            p95_ms: percentile(&times, 95),
            p99_ms: percentile(&times, 99),
            max_ms: times.last().copied(),
        };
        (connection.to_owned(), point)
    };
    slots.into_iter().map(sum).collect()
}

/// Finer points merged per connection and slot, in order of time.
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

/// Nearest rank, in a sorted list.
fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) async fn prune(store: &Store, now: Timestamp, keep: Keep) -> Result<u64, StoreError> {
    let mut gone = 0u64;
    loop {
        let taken = store
            .history()
            .write::<_, StoreError, _>(move |tx| {
                let checks = store::prune_checks(tx, now.minus(keep.checks).millis())?;
                let minutes = store::prune_rollups(tx, MINUTE, now.minus(keep.minutes).millis())?;
                let hours = store::prune_rollups(tx, HOUR, now.minus(keep.hours).millis())?;
                let days = store::prune_rollups(tx, DAY, now.minus(keep.days).millis())?;
                let proxied = store::prune_proxy_log(tx, now.minus(keep.hours).millis())?;
                Ok(checks + minutes + hours + days + proxied)
            })
            .await?;
        gone = gone.saturating_add(u64::try_from(taken).unwrap_or(0));
        if taken == 0 {
            return Ok(gone);
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: i64, ok: bool, total_ms: u32) -> Sample {
        Sample { connection: "c".into(), at, ok, worst: if ok { 5 } else { 1 }, total_ms: Some(total_ms) }
    }

    #[test]
    fn a_slot_counts_what_is_in_it() {
        let samples: Vec<Sample> =
            (0..100).map(|index| sample(index * 100, index != 7, u32::try_from(index).unwrap())).collect();
        let found = points(&samples, 10_000);
        let (_, point) = &found[0];
        assert_eq!((point.checks, point.good, point.worst), (100, 99, 1));
        assert_eq!((point.p50_ms, point.p99_ms, point.max_ms), (Some(50), Some(99), Some(99)));
    }

    #[test]
    fn coarser_slots_keep_the_counts() {
        let samples: Vec<Sample> = (0..600).map(|second| sample(second * 1000, true, 10)).collect();
        let merged = merge(&points(&samples, 60_000), 3_600_000);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].1.checks, merged[0].1.p50_ms), (600, Some(10)));
    }
}
