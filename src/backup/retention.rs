//! Which backups stay: the newest of each of the last days that have one, and of each of the last weeks. Pure; the newest
//! of all and those from before an upgrade are never thinned out by the calendar alone.

use std::collections::BTreeSet;

use super::manifest::Reason;
use crate::base::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub daily: u32,
    pub weekly: u32,
}

/// As many from before an upgrade stay.
const UPGRADES: usize = 3;

/// Whether each of them stays, in the order given.
pub fn kept(backups: &[(Timestamp, Reason)], keep: Keep) -> Vec<bool> {
    let mut order: Vec<usize> = (0..backups.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(backups.get(*index).map(|(at, _)| *at)));
    let mut stays = vec![false; backups.len()];
    let (mut days, mut weeks) = (BTreeSet::new(), BTreeSet::new());
    let mut upgrades = 0usize;
    for (place, index) in order.into_iter().enumerate() {
        let (Some((at, reason)), Some(stay)) = (backups.get(index), stays.get_mut(index)) else { continue };
        let day = jiff::tz::TimeZone::UTC.to_datetime(at.to_jiff()).date();
        let week = day.iso_week_date();
        *stay |= place == 0;
        *stay |= first_of(&mut days, (day.year(), day.month(), day.day()), keep.daily);
        *stay |= first_of(&mut weeks, (week.year(), week.week()), keep.weekly);
        if *reason == Reason::Upgrade {
            *stay |= upgrades < UPGRADES;
            upgrades += 1;
        }
    }
    stays
}

fn first_of<T: Ord>(seen: &mut BTreeSet<T>, span: T, most: u32) -> bool {
    seen.len() < usize::try_from(most).unwrap_or(usize::MAX) && seen.insert(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64, hour: i64) -> Timestamp {
        // 2026-01-05 is a Monday.
        Timestamp::parse("2026-01-05T00:00:00Z").unwrap().plus_seconds(day * DAY + hour * 3600)
    }

    fn days(backups: &[(Timestamp, Reason)], keep: Keep) -> Vec<i64> {
        let start = at(0, 0);
        kept(backups, keep)
            .iter()
            .zip(backups)
            .filter(|(stays, _)| **stays)
            .map(|(_, (time, _))| (time.millis() - start.millis()) / 1000 / DAY)
            .collect()
    }

    #[test]
    fn seven_days_and_four_weeks_stay() {
        let all: Vec<_> = (0..60).flat_map(|day| [2, 14].map(|hour| (at(day, hour), Reason::Schedule))).collect();
        let keep = Keep { daily: 7, weekly: 4 };
        // Day 59 is a Thursday; the Sundays before it are 55, 48, 41.
        assert_eq!(days(&all, keep), [41, 48, 53, 54, 55, 56, 57, 58, 59]);
        let stays = kept(&all, keep);
        assert!(stays.iter().zip(&all).all(|(stays, (time, _))| !stays || (time.millis() / 3_600_000) % 24 == 14));
        assert_eq!(days(&all, Keep { daily: 0, weekly: 0 }), [59], "the newest always stays");
    }

    #[test]
    fn gaps_do_not_count_and_three_upgrades_stay() {
        let all = [(at(0, 1), Reason::Hand), (at(30, 1), Reason::Hand), (at(90, 1), Reason::Schedule)];
        assert_eq!(days(&all, Keep { daily: 2, weekly: 0 }), [30, 90]);
        let upgrades: Vec<_> = (0..5).map(|day| (at(day, 1), Reason::Upgrade)).collect();
        assert_eq!(days(&upgrades, Keep { daily: 1, weekly: 0 }), [2, 3, 4]);
        assert!(kept(&[], Keep { daily: 1, weekly: 1 }).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_more_than_asked_for_and_never_none(
            times in proptest::collection::vec(0i64..400 * 24, 1..80), daily in 0u32..9, weekly in 0u32..6,
        ) {
            let all: Vec<_> = times.iter().map(|hour| (at(0, *hour), Reason::Schedule)).collect();
            let count = kept(&all, Keep { daily, weekly }).into_iter().filter(|stays| *stays).count();
            let most = usize::try_from(daily + weekly).unwrap().max(1);
            proptest::prop_assert!((1..=most).contains(&count));
        }
    }
}
