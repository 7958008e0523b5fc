//! The history over a real store: written in batches, summed up, thinned out.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::{mpsc, oneshot};

use super::rollup::{Grain, Keep, prune, roll_up};
use super::store::{self, Point};
use super::{CheckRow, HistoryWriter};
use crate::base::{CheckId, ConnectionId, OsRandom, PageRequest, Status, Timestamp};
use crate::connections::{CheckRecord, Source};
use crate::store::{DirectoryLock, InstanceKey, Store, StoreError};
use crate::upstream::Timing;

const HOUR: i64 = 3_600_000;
const START: i64 = 20_000 * 24 * HOUR;

fn open() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let key = InstanceKey::from_bytes([7; 32]);
    (Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap(), dir)
}

fn row(connection: ConnectionId, millis: i64, ok: bool, total_ms: u32) -> CheckRow {
    let at = Timestamp::from_millis(millis);
    CheckRow {
        id: CheckId::new(at, &OsRandom),
        connection_id: connection,
        at,
        source: "scheduler".into(),
        ok,
        status: if ok { Status::Active } else { Status::Unreachable },
        reason: None,
        rule: Some(7),
        rule_name: "good".into(),
        http_status: Some(200),
        timing: Timing { total_ms, ..Timing::default() },
    }
}

fn connection(number: i64) -> ConnectionId {
    ConnectionId::new(Timestamp::from_millis(number), &OsRandom)
}

async fn insert(store: &Store, rows: Vec<CheckRow>) {
    let write = move |tx: &crate::store::Tx<'_>| rows.iter().try_for_each(|row| store::insert_check(tx, row));
    store.history().write::<_, StoreError, _>(write).await.unwrap();
}

async fn sums(store: &Store, grain: Grain) -> BTreeMap<(i64, String), Point> {
    let read = move |reader: &crate::store::Reader<'_>| store::rollups(reader, grain.seconds(), 0, i64::MAX);
    let found = store.history().read::<_, StoreError, _>(read).await.unwrap();
    found.into_iter().map(|(id, point)| ((point.at.millis(), id), point)).collect()
}

async fn listed(store: &Store, id: ConnectionId, page: PageRequest) -> crate::base::Page<CheckRow> {
    let read = move |reader: &crate::store::Reader<'_>| store::checks(reader, id, None, &page);
    store.history().read::<_, StoreError, _>(read).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_was_sent_before_the_end_is_written() {
    let (store, _dir) = open();
    let (send, receive) = mpsc::unbounded_channel();
    let writing = HistoryWriter::new(store.clone(), receive).start();
    let id = connection(1);
    let mut asked = None;
    for number in 0..1_201i64 {
        let row = row(id, START + number, true, 10);
        let (written, wait) = oneshot::channel();
        let by_hand = number == 700;
        let record = CheckRecord {
            id: row.id,
            connection_id: id,
            at: row.at,
            source: Source::Scheduler,
            ok: true,
            status: row.status,
            reason: None,
            rule: 7,
            rule_name: row.rule_name,
            http_status: row.http_status,
            timing: row.timing,
            written: by_hand.then_some(written),
        };
        send.send(record).unwrap_or_else(|_| panic!("the writer has gone"));
        if by_hand {
            asked = Some(wait);
        }
    }
    asked.unwrap().await.unwrap();
    writing.finish().await;
    let mut found = 0;
    let mut page = PageRequest { limit: 200, cursor: None };
    loop {
        let list = listed(&store, id, page.clone()).await;
        assert!(list.items.is_sorted_by(|one, next| one.at > next.at));
        found += list.items.len();
        let Some(cursor) = list.next_cursor else { break };
        page.cursor = Some(cursor);
    }
    assert_eq!(found, 1_201);
}

#[tokio::test]
async fn a_stop_is_caught_up_and_a_second_time_changes_nothing() {
    let (store, _dir) = open();
    let id = connection(1);
    insert(&store, vec![row(id, START, true, 10), row(id, START + 60_000, false, 99)]).await;
    // Away for twenty days, then one more check.
    insert(&store, vec![row(id, START + 20 * 24 * HOUR, true, 30)]).await;
    let now = Timestamp::from_millis(START + 22 * 24 * HOUR);
    roll_up(&store, now).await.unwrap();
    let (minutes, hours, days) =
        (sums(&store, Grain::Minute).await, sums(&store, Grain::Hour).await, sums(&store, Grain::Day).await);
    assert_eq!((minutes.len(), hours.len(), days.len()), (3, 2, 2));
    let first = hours[&(START, id.to_string())];
    assert_eq!((first.checks, first.good, first.p50_ms, first.worst), (2, 1, Some(10), 1));
    roll_up(&store, now).await.unwrap();
    assert_eq!(sums(&store, Grain::Hour).await, hours);
    assert_eq!(sums(&store, Grain::Day).await, days);
}

#[tokio::test]
async fn a_check_that_took_long_is_still_counted() {
    let (store, _dir) = open();
    let id = connection(1);
    insert(&store, vec![row(id, START + 1_000, true, 10)]).await;
    roll_up(&store, Timestamp::from_millis(START + HOUR + 6_000)).await.unwrap();
    // Began in the last second of the hour, and arrives a minute later.
    insert(&store, vec![row(id, START + HOUR - 1_000, false, 61_000)]).await;
    roll_up(&store, Timestamp::from_millis(START + 2 * HOUR)).await.unwrap();
    assert_eq!(sums(&store, Grain::Hour).await[&(START, id.to_string())].checks, 2);
}

#[tokio::test]
async fn plots_of_a_week_reach_until_now() {
    let (store, _dir) = open();
    let id = connection(1);
    let rows = (0..180).map(|minute| row(id, START + minute * 60_000, true, u32::try_from(minute).unwrap()));
    insert(&store, rows.collect()).await;
    roll_up(&store, Timestamp::from_millis(START + 2 * HOUR + 21 * 60_000)).await.unwrap();
    let read = move |reader: &crate::store::Reader<'_>| store::points_of_hours(reader, id, START, HOUR);
    let points = store.history().read::<_, StoreError, _>(read).await.unwrap();
    let found: Vec<_> = points.iter().map(|point| (point.checks, point.p50_ms, point.p99_ms)).collect();
    assert_eq!(found, [(60, Some(29), Some(59)), (60, Some(89), Some(119)), (60, Some(149), Some(179))]);
}

#[tokio::test]
async fn what_is_old_goes_and_what_is_not_summed_up_waits() {
    let (store, _dir) = open();
    let id = connection(1);
    let rows = (0..6_000).map(|second| row(id, START + second * 1_000, true, 5));
    insert(&store, rows.collect()).await;
    let day = Duration::from_secs(86_400);
    let hour = Duration::from_secs(3_600);
    let keep = Keep { checks: hour, minutes: hour, hours: 2 * day, days: 9 * day, requests: 2 * day };
    let soon = Timestamp::from_millis(START + 3 * HOUR);
    assert_eq!(prune(&store, soon, keep).await.unwrap(), 0);
    roll_up(&store, soon).await.unwrap();
    // The marks let go of everything; 100 minutes are older than an hour as well.
    assert_eq!(prune(&store, soon, keep).await.unwrap(), 6_000 + 100);
    assert_eq!(sums(&store, Grain::Hour).await.len(), 2);
    roll_up(&store, soon.plus(2 * day)).await.unwrap();
    assert_eq!(prune(&store, soon.plus(2 * day), keep).await.unwrap(), 2);
    assert_eq!(sums(&store, Grain::Day).await.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn sums_equal_a_recount(checks in proptest::collection::vec((0..3i64, 0..10 * HOUR, any::<bool>(), 1..9_999u32), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, _dir) = open();
            let ids: Vec<ConnectionId> = (0..3).map(connection).collect();
            let mut recount: BTreeMap<(i64, String), Vec<(bool, u32)>> = BTreeMap::new();
            let mut rows = Vec::new();
            for (who, at, ok, total) in checks {
                let id = ids[usize::try_from(who).unwrap()];
                recount.entry((START + at / HOUR * HOUR, id.to_string())).or_default().push((ok, total));
                rows.push(row(id, START + at, ok, total));
            }
            insert(&store, rows).await;
            // In pieces, as the clock would.
            for hours in [2, 3, 7, 30] {
                roll_up(&store, Timestamp::from_millis(START + hours * HOUR)).await.unwrap();
            }
            let found = sums(&store, Grain::Hour).await;
            assert_eq!(found.len(), recount.len());
            for (key, checks) in recount {
                let mut times: Vec<u32> = checks.iter().filter(|check| check.0).map(|check| check.1).collect();
                times.sort_unstable();
                let point = found[&key];
                assert_eq!(usize::try_from(point.checks).unwrap(), checks.len());
                assert_eq!(usize::try_from(point.good).unwrap(), times.len());
                assert_eq!(point.max_ms, times.last().copied());
                assert_eq!(point.p50_ms, times.get(times.len().div_ceil(2).saturating_sub(1)).copied());
            }
        });
    }
}
