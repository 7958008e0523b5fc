//! Summing up: checks into minutes and hours, hours into days; and taking away what is old. Percentiles of minutes and hours
//! come from the single checks and are exact (nearest rank, good answers only). Those of days are means of the hours'
//! percentiles weighted by good answers: near enough for a plot, and no more than that.

use std::time::Duration;

use super::store;
use super::tally::{Tally, merge};
use crate::base::Timestamp;
use crate::store::{Store, StoreError, Tx};

/// A check bears the time at which it began and arrives when it ended; the longest that may be configured takes this long.
const LATE: Duration = Duration::from_secs(20 * 60);
/// Checks wait this much longer than they are to be kept for a summing up that fails, and no longer.
const GRACE: Duration = Duration::from_secs(86_400);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    Minute,
    Hour,
    Day,
}

impl Grain {
    pub(super) const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
    pub(super) const fn millis(self) -> i64 {
        self.seconds() * 1000
    }
    /// So much time is summed up in one transaction.
    const fn bite(self) -> i64 {
        match self {
            Self::Minute => 10 * Self::Minute.millis(),
            Self::Hour => Self::Hour.millis(),
            Self::Day => Self::Day.millis(),
        }
    }
}

/// How long each grain is kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    pub checks: Duration,
    pub minutes: Duration,
    pub hours: Duration,
    pub days: Duration,
    /// Lines of the proxy's log.
    pub requests: Duration,
}

pub(super) async fn roll_up(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let settled = now.minus(LATE).millis();
    for grain in [Grain::Minute, Grain::Hour, Grain::Day] {
        let end = floor(settled, grain);
        while store.history().write(move |tx| step(tx, grain, end)).await? {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

/// One bite; true when there may be more. A time without checks, a stop of days, is passed over at once.
fn step(tx: &Tx<'_>, grain: Grain, end: i64) -> Result<bool, StoreError> {
    let mark = store::mark(tx, grain.seconds())?.unwrap_or(i64::MIN);
    let first = match grain {
        Grain::Minute | Grain::Hour => store::first_check_from(tx, mark)?,
        Grain::Day => store::first_rollup_from(tx, Grain::Hour.seconds(), mark)?,
    };
    let begin = first.map_or(end, |first| floor(first, grain)).max(mark);
    if begin >= end {
        if mark < end {
            store::set_mark(tx, grain.seconds(), end)?;
        }
        return Ok(false);
    }
    let upto = end.min(begin.saturating_add(grain.bite()));
    let sums = match grain {
        Grain::Minute | Grain::Hour => {
            let mut tally = Tally::new(grain.millis());
            store::each_sample(tx, begin, upto, &mut |sample| tally.add(&sample))?;
            tally.points()
        }
        Grain::Day => merge(&store::rollups(tx, Grain::Hour.seconds(), begin, upto)?, grain.millis()),
    };
    for (connection, point) in &sums {
        store::insert_rollup(tx, connection, grain.seconds(), point)?;
    }
    store::set_mark(tx, grain.seconds(), upto)?;
    Ok(upto < end)
}

fn floor(millis: i64, grain: Grain) -> i64 {
    millis.div_euclid(grain.millis()) * grain.millis()
}

/// One kind of rows, and a bite of it.
type Bite = fn(&Tx<'_>, i64) -> Result<usize, StoreError>;

pub(super) async fn prune(store: &Store, now: Timestamp, keep: Keep) -> Result<u64, StoreError> {
    let cut = now.minus(keep.checks);
    let summed = store.history().read(|reader| store::mark(reader, Grain::Hour.seconds())).await?;
    let checks = summed.unwrap_or(i64::MIN).clamp(cut.minus(GRACE).millis(), cut.millis());
    let bites: [(Bite, i64); 5] = [
        (store::prune_checks, checks),
        (|tx, before| store::prune_rollups(tx, Grain::Minute.seconds(), before), now.minus(keep.minutes).millis()),
        (|tx, before| store::prune_rollups(tx, Grain::Hour.seconds(), before), now.minus(keep.hours).millis()),
        (|tx, before| store::prune_rollups(tx, Grain::Day.seconds(), before), now.minus(keep.days).millis()),
        (store::prune_proxy_log, now.minus(keep.requests).millis()),
    ];
    let mut gone = 0u64;
    for (bite, before) in bites {
        loop {
            let taken = store.history().write::<_, StoreError, _>(move |tx| bite(tx, before)).await?;
            gone = gone.saturating_add(u64::try_from(taken).unwrap_or(0));
            if taken == 0 {
                break;
            }
            // Checks that wait to be written go between two bites.
            tokio::task::yield_now().await;
        }
    }
    Ok(gone)
}
