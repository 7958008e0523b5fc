//! Every way to falsify the log must show.

use serde_json::json;

use super::*;
use crate::base::{Actor, PageRequest, SecretBytes, Timestamp};
use crate::store::{DirectoryLock, InstanceKey, Query as _, Rows as _, Store, StoreError};

struct Bench {
    log: AuditLog,
    store: Store,
    _dir: tempfile::TempDir,
}

async fn bench(entries: i64) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirectoryLock::take(dir.path()).unwrap();
    let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
    let log = AuditLog::new(SecretBytes::new([7; 32]));
    let writer = log.clone();
    store
        .write::<_, StoreError, _>(move |tx| {
            for number in 1..=entries {
                let action = if number % 2 == 0 { "connection.connected" } else { "user.signed_in" };
                let entry = Entry::new(Timestamp::from_millis(number * 1000), &Actor::cli(), action)
                    .target("connection", format!("con_{number}"), format!("Plant {number}"))
                    .detail(json!({"number": number}));
                assert_eq!(writer.append(tx, &entry)?, number);
            }
            Ok(())
        })
        .await
        .unwrap();
    Bench { log, store, _dir: dir }
}

impl Bench {
    async fn tamper(&self, sql: &'static str) {
        self.store
            .write::<_, StoreError, _>(move |tx| {
                tx.connection().execute_batch(
                    "DROP TRIGGER IF EXISTS audit_entries_are_append_only_update;
                     DROP TRIGGER IF EXISTS audit_entries_are_append_only_delete;",
                )?;
                tx.connection().execute_batch(sql)?;
                Ok(())
            })
            .await
            .unwrap();
    }
    async fn verify(&self, head: Option<AuditHead>) -> Verification {
        self.log.verify(&self.store, head, Timestamp::from_millis(5)).await.unwrap()
    }
    async fn head(&self) -> AuditHead {
        self.store.read::<_, StoreError, _>(|reader| head(reader)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_whole_chain_is_proven_over_several_batches_and_remembered() {
    let bench = bench(2500).await;
    let head = bench.head().await;
    let found = bench.verify(Some(head.clone())).await;
    assert_eq!((found.entries, found.first_broken), (2500, None));
    assert_eq!((found.head_sequence, found.head_mac), (head.sequence, head.mac));
    assert_eq!(bench.log.verify_state().unwrap().at, Timestamp::from_millis(5));
    let other = AuditLog::new(SecretBytes::new([8; 32]));
    let found = other.verify(&bench.store, None, Timestamp::from_millis(5)).await.unwrap();
    assert_eq!(found.first_broken, Some(Broken { sequence: 1, how: BrokenHow::Changed }));
}

#[tokio::test]
async fn each_falsification_shows_where_it_was_made() {
    let cases: &[(&str, i64, BrokenHow)] = &[
        ("UPDATE audit_entries SET actor_name = 'someone else' WHERE sequence = 4", 4, BrokenHow::Changed),
        ("UPDATE audit_entries SET outcome = 'refused' WHERE sequence = 1", 1, BrokenHow::Changed),
        ("UPDATE audit_entries SET at = at + 1 WHERE sequence = 9", 9, BrokenHow::Changed),
        ("UPDATE audit_entries SET address = '' WHERE sequence = 2", 2, BrokenHow::Changed),
        (
            "UPDATE audit_entries SET target_id = target_id || 'P', target_name = 'lant' WHERE sequence = 3",
            3,
            BrokenHow::Changed,
        ),
        ("DELETE FROM audit_entries WHERE sequence = 5", 5, BrokenHow::Removed),
        ("DELETE FROM audit_entries WHERE sequence < 3", 1, BrokenHow::Removed),
        (
            "DELETE FROM audit_entries WHERE sequence = 5;
             UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 5",
            5,
            BrokenHow::Changed,
        ),
        (
            "UPDATE audit_entries SET sequence = 100 WHERE sequence = 6;
             UPDATE audit_entries SET sequence = 6 WHERE sequence = 7;
             UPDATE audit_entries SET sequence = 7 WHERE sequence = 100",
            6,
            BrokenHow::Changed,
        ),
        ("DELETE FROM audit_entries WHERE sequence > 8", 9, BrokenHow::TailCut),
        ("DELETE FROM audit_entries", 1, BrokenHow::TailCut),
    ];
    for (sql, sequence, how) in cases {
        let bench = bench(10).await;
        let head = bench.head().await;
        bench.tamper(sql).await;
        let found = bench.verify(Some(head)).await;
        assert_eq!(found.first_broken, Some(Broken { sequence: *sequence, how: *how }), "{sql}");
    }
}

#[tokio::test]
async fn a_tail_cut_and_grown_again_is_not_the_head_that_was_kept() {
    let bench = bench(10).await;
    let head = bench.head().await;
    bench.tamper("DELETE FROM audit_entries WHERE sequence > 8").await;
    let log = bench.log.clone();
    bench
        .store
        .write::<_, StoreError, _>(move |tx| {
            for _ in 0..4 {
                log.append(tx, &Entry::new(Timestamp::from_millis(1), &Actor::system(), "instance.started"))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    assert!(bench.verify(None).await.is_whole());
    let found = bench.verify(Some(head)).await;
    assert_eq!(found.first_broken, Some(Broken { sequence: 10, how: BrokenHow::OtherHead }));
}

#[tokio::test]
async fn entries_cannot_be_changed_by_our_own_statements() {
    let bench = bench(2).await;
    for sql in ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"] {
        let answer = bench.store.write::<_, StoreError, _>(move |tx| tx.execute(sql, [])).await;
        assert!(answer.is_err(), "{sql}");
    }
    assert!(bench.verify(None).await.is_whole());
}

#[tokio::test]
async fn lists_are_filtered_newest_first_and_continue_where_they_stopped() {
    let bench = bench(10).await;
    let list = |filter: AuditFilter, page: PageRequest| {
        let store = bench.store.clone();
        async move {
            let found = store.read::<_, AuditError, _>(move |reader| list(reader, &filter, &page)).await?;
            let numbers: Vec<i64> = found.items.iter().map(|row| row.sequence).collect();
            Ok::<_, AuditError>((numbers, found.next_cursor))
        }
    };
    let (numbers, next) = list(AuditFilter::default(), PageRequest::first(4)).await.unwrap();
    assert_eq!(numbers, [10, 9, 8, 7]);
    let (numbers, next) = list(AuditFilter::default(), PageRequest { limit: 6, cursor: next }).await.unwrap();
    assert_eq!((numbers, next), (vec![6, 5, 4, 3, 2, 1], None));
    let connections = AuditFilter { action: Some("connection.".into()), ..AuditFilter::default() };
    assert_eq!(list(connections, PageRequest::first(50)).await.unwrap().0, [10, 8, 6, 4, 2]);
    let word = AuditFilter { q: Some("plant 1".into()), ..AuditFilter::default() };
    assert_eq!(list(word, PageRequest::first(50)).await.unwrap().0, [10, 1]);
    let span = AuditFilter {
        from: Some(Timestamp::from_millis(3000)),
        to: Some(Timestamp::from_millis(5000)),
        actor: Some("command line".into()),
        outcome: Some(AuditOutcome::Done),
        ..AuditFilter::default()
    };
    assert_eq!(list(span, PageRequest::first(50)).await.unwrap().0, [4, 3]);
    let target = AuditFilter { target: Some("con_7".into()), ..AuditFilter::default() };
    assert_eq!(list(target, PageRequest::first(50)).await.unwrap().0, [7]);
    let foreign = PageRequest { limit: 5, cursor: Some("nonsense".into()) };
    assert!(matches!(list(AuditFilter::default(), foreign).await, Err(AuditError::Cursor(_))));
}

#[tokio::test]
async fn the_export_holds_every_entry_once_and_no_formula() {
    let bench = bench(1100).await;
    let log = bench.log.clone();
    bench
        .store
        .write::<_, StoreError, _>(move |tx| {
            let entry = Entry::new(Timestamp::from_millis(1), &Actor::cli(), "customer.created")
                .target("customer", "cus_1", "=1+1");
            log.append(tx, &entry)
        })
        .await
        .unwrap();
    let (mut export, mut out, mut header) = (Export::new(&bench.store, AuditFilter::default()), Vec::new(), true);
    loop {
        let rows = export.next().await.unwrap();
        if rows.is_empty() {
            break;
        }
        write_csv(&mut out, &rows, header).unwrap();
        header = false;
    }
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 1102);
    assert!(text.starts_with("sequence,at,") && text.contains(",'=1+1,"));
    let plan: String = bench
        .store
        .read::<_, StoreError, _>(|reader| {
            reader.one(
                "EXPLAIN QUERY PLAN SELECT sequence FROM audit_entries WHERE target_id = 'x' ORDER BY sequence DESC",
                [],
                |row| row.get(3),
            )
        })
        .await
        .unwrap();
    assert!(plan.contains("audit_by_target"), "{plan}");
}
