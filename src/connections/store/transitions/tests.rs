//! Statuses of many connections come by one query, the same as one by one, and through indexes.

use super::*;
use crate::base::{OsRandom, TransitionId};
use crate::store::{DirectoryLock, InstanceKey, Reader, Store};

fn change(connection_id: ConnectionId, at: i64, status: Status) -> Transition {
    let at = Timestamp::from_millis(at);
    Transition {
        id: TransitionId::new(at, &OsRandom),
        connection_id,
        at,
        before_status: None,
        before_reason: None,
        status,
        reason: None,
        fault_scope: None,
        message: String::new(),
        rule: None,
        rule_name: String::new(),
        source: "scheduler".into(),
        actor_name: String::new(),
        episode_id: None,
        event_id: None,
        generation: 1,
        record: serde_json::Value::Null,
    }
}

async fn bench(ids: &[ConnectionId], changes: Vec<Transition>) -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let key = InstanceKey::from_bytes([7; 32]);
    let store = Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let fill = move |tx: &Tx<'_>| -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO customers (id, name, search, locale, region, metadata, created_at, updated_at) \
             VALUES ('cus_1', 'n', 'n', 'en', 'eu', '{}', 0, 0)",
            [],
        )?;
        for id in ids {
            tx.execute(
                "INSERT INTO connections (id, customer_id, system, name, search, hosting, tier, base_url, host, parameters, \
                 scheme, auth_public, budget_user, secret_fingerprint, secret_generation, secret_set_at, status, urgency, \
                 message, since, credits, credits_held, check_interval_seconds, metadata, created_at, updated_at) \
                 VALUES (?1, 'cus_1', 's', 'n', 'n', 'cloud', 1, 'https://x', 'https://x:443', '{}', 'none', '{}', '', x'', \
                 1, 0, 'active', 0, '', 0, 1, 1, 60, '{}', 0, 0)",
                [id],
            )?;
        }
        changes.iter().try_for_each(|change| insert_transition(tx, change))
    };
    store.write::<_, StoreError, _>(fill).await.unwrap();
    (store, dir)
}

#[tokio::test]
async fn many_are_read_as_one_by_one() {
    let ids: Vec<ConnectionId> = (1..=4).map(|at| ConnectionId::new(Timestamp::from_millis(at), &OsRandom)).collect();
    let [settled, restless, new, never] = [ids[0], ids[1], ids[2], ids[3]];
    let changes = vec![
        change(settled, 10, Status::Pending),
        change(settled, 20, Status::Active),
        change(restless, 50, Status::Active),
        change(restless, 100, Status::Unreachable),
        change(restless, 130, Status::Active),
        change(new, 150, Status::Active),
    ];
    let (store, _dir) = bench(&ids, changes).await;
    let asked = ids.clone();
    let compare = move |reader: &Reader<'_>| {
        for from in [0, 15, 100, 120, 500].map(Timestamp::from_millis) {
            let found = transitions_of(reader, &asked, from)?;
            for id in &asked {
                assert_eq!(found[id], transitions_between(reader, *id, from)?, "{id} from {from}");
            }
            assert!(found[&never].is_empty());
        }
        let latest = changes_since(reader, Timestamp::from_millis(0), 2)?;
        assert_eq!(latest.iter().map(|change| change.1.millis()).collect::<Vec<_>>(), [130, 150]);
        Ok(())
    };
    store.read::<_, StoreError, _>(compare).await.unwrap();
}

#[tokio::test]
async fn statuses_are_found_by_index() {
    let (store, _dir) = bench(&[], Vec::new()).await;
    for query in [STATUSES_OF, CHANGES, PRUNE] {
        let explain = move |reader: &Reader<'_>| {
            let sql = format!("EXPLAIN QUERY PLAN {query}");
            let values =
                rusqlite::params_from_iter(["[]", "0"].iter().rev().take(if query == PRUNE { 1 } else { 2 }).rev());
            reader.all(&sql, values, |row| row.get::<_, String>(3))
        };
        let plan = store.read::<_, StoreError, _>(explain).await.unwrap();
        let whole = |step: &&String| step.starts_with("SCAN") && !step.contains("wanted");
        assert_eq!(plan.iter().find(whole), None, "{query}: {plan:?}");
    }
}

#[tokio::test]
async fn what_is_old_goes_but_how_things_were_stays() {
    let ids: Vec<ConnectionId> = (1..=2).map(|at| ConnectionId::new(Timestamp::from_millis(at), &OsRandom)).collect();
    let changes = vec![
        change(ids[0], 10, Status::Pending),
        change(ids[0], 20, Status::Active),
        change(ids[0], 130, Status::Unreachable),
        change(ids[1], 15, Status::Active),
    ];
    let (store, _dir) = bench(&ids, changes).await;
    let before = Timestamp::from_millis(100);
    assert_eq!(store.write(move |tx| prune_transitions(tx, before)).await.unwrap(), 1);
    assert_eq!(store.write(move |tx| prune_transitions(tx, before)).await.unwrap(), 0);
    let left = move |reader: &Reader<'_>| {
        let all = latest_transitions(reader, 10)?;
        Ok(all.iter().map(|left| left.at.millis()).collect::<Vec<_>>())
    };
    assert_eq!(store.read::<_, StoreError, _>(left).await.unwrap(), [130, 20, 15]);
}
