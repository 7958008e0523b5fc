//! Once per episode, newest first, and nothing of another customer.

use serde_json::json;

use super::*;
use crate::base::{CustomerId, EpisodeId, EventId, OsRandom, PageRequest, Timestamp};
use crate::store::{DirectoryLock, InstanceKey, Rows as _, Store, StoreError};

fn event(kind: EventKind, millis: i64, customer_id: Option<CustomerId>) -> NewEvent {
    let at = Timestamp::from_millis(millis);
    let data = json!({"status": "active", "note": "Plant Ärger"});
    NewEvent { id: EventId::new(at, &OsRandom), kind, at, customer_id, connection_id: None, data }
}

#[test]
fn every_type_reads_back() {
    for kind in EventKind::ALL {
        assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
    }
    assert_eq!(EventKind::ALL.len(), 20);
}

#[tokio::test]
async fn an_episode_sends_each_type_once_and_lists_show_what_one_may_see() {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirectoryLock::take(dir.path()).unwrap();
    let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
    let customer = CustomerId::new(Timestamp::from_millis(1), &OsRandom);
    let other = CustomerId::new(Timestamp::from_millis(1), &OsRandom);
    let episode = EpisodeId::new(Timestamp::from_millis(1), &OsRandom);
    let next_episode = EpisodeId::new(Timestamp::from_millis(1), &OsRandom);
    let wrote = store
        .write::<_, StoreError, _>(move |tx| {
            let degraded = |millis| event(EventKind::ConnectionDegraded, millis, Some(customer));
            let wrote = [
                append_once_per_episode(tx, episode, &degraded(1000))?,
                append_once_per_episode(tx, episode, &degraded(2000))?,
                append_once_per_episode(tx, episode, &event(EventKind::ConnectionUnreachable, 3000, Some(customer)))?,
                append_once_per_episode(tx, next_episode, &degraded(4000))?,
            ];
            append(tx, &event(EventKind::Test, 5000, None))?;
            append(tx, &event(EventKind::CustomerDeleted, 6000, Some(other)))?;
            Ok(wrote)
        })
        .await
        .unwrap();
    assert_eq!(wrote, [true, false, true, true]);
    let ask = |filter: EventFilter, page: PageRequest| {
        let store = store.clone();
        async move {
            let page = store.read::<_, EventError, _>(move |reader| list(reader, &filter, &page)).await.unwrap();
            let times: Vec<i64> = page.items.iter().map(|row| row.at.millis()).collect();
            (times, page.next_cursor)
        }
    };
    let (times, next) = ask(EventFilter::default(), PageRequest::first(2)).await;
    assert_eq!(times, [6000, 5000]);
    let (times, next) = ask(EventFilter::default(), PageRequest { limit: 50, cursor: next }).await;
    assert_eq!((times, next), (vec![4000, 3000, 1000], None));
    let bound = EventFilter { customers: Some([customer].into()), ..EventFilter::default() };
    assert_eq!(ask(bound, PageRequest::first(9)).await.0, [4000, 3000, 1000]);
    let nobody = EventFilter { customers: Some([].into()), ..EventFilter::default() };
    assert!(ask(nobody, PageRequest::first(9)).await.0.is_empty());
    let kinds = EventFilter { kinds: vec![EventKind::ConnectionDegraded], ..EventFilter::default() };
    assert_eq!(ask(kinds, PageRequest::first(9)).await.0, [4000, 1000]);
    let word = EventFilter { q: Some("deleted".into()), ..EventFilter::default() };
    assert_eq!(ask(word, PageRequest::first(9)).await.0, [6000]);
}

#[tokio::test]
async fn old_events_go_unless_somebody_waits_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirectoryLock::take(dir.path()).unwrap();
    let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
    let episode = EpisodeId::new(Timestamp::from_millis(1000), &OsRandom);
    let (old, queued, unplanned, fresh) = (
        event(EventKind::CreditsLow, 1000, None),
        event(EventKind::CreditsLow, 1100, None),
        event(EventKind::CreditsLow, 1200, None),
        event(EventKind::CreditsLow, 9_000_000, None),
    );
    let kept: Vec<String> = [&queued, &unplanned, &fresh].map(|event| event.id.to_string()).into();
    store
        .write::<_, StoreError, _>(move |tx| {
            for event in [&old, &queued, &unplanned, &fresh] {
                append(tx, event)?;
            }
            append_once_per_episode(tx, episode, &event(EventKind::ConnectionDegraded, 1300, None))?;
            // Everything but these was fanned out and planned.
            tx.execute("DELETE FROM webhook_queue WHERE event_id <> ?1", [queued.id.to_string()])?;
            tx.execute("DELETE FROM event_inbox WHERE event_id <> ?1", [unplanned.id.to_string()])?;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(prune(&store, Timestamp::from_millis(8_000_000)).await.unwrap(), 2);
    let left = |sql: &'static str| {
        let store = store.clone();
        async move {
            let rows = move |reader: &crate::store::Reader<'_>| reader.all(sql, [], |row| row.get::<_, String>(0));
            store.read::<_, StoreError, _>(rows).await.unwrap()
        }
    };
    assert_eq!(left("SELECT id FROM events ORDER BY id").await, kept);
    assert!(left("SELECT episode_id FROM episode_events").await.is_empty(), "an episode that is over");
    // Once nobody waits, they go too.
    store
        .write::<_, StoreError, _>(|tx| {
            tx.execute("DELETE FROM webhook_queue", [])?;
            tx.execute("DELETE FROM event_inbox", [])?;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(prune(&store, Timestamp::from_millis(8_000_000)).await.unwrap(), 2);
    assert_eq!(left("SELECT id FROM events").await, kept[2..]);
}
