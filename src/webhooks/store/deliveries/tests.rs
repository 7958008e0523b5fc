//! No query that runs each second, and none of a page, reads all deliveries.

use super::*;
use crate::base::OsRandom;
use crate::store::{DirectoryLock, InstanceKey, Store};

#[tokio::test]
async fn every_query_uses_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let key = InstanceKey::from_bytes([7; 32]);
    let store = Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap();
    for query in [DUE, ANYTHING_DUE, WAITING, COUNTS, PRUNE, BACKLOG, super::super::tries::SINCE] {
        let sql = format!("EXPLAIN QUERY PLAN {query}");
        let explain = move |reader: &crate::store::Reader<'_>| {
            let bound = (1..9).filter(|place| sql.contains(&format!("?{place}"))).count();
            reader.all(&sql, rusqlite::params_from_iter(vec![0i64; bound]), |row| row.get::<_, String>(3))
        };
        let plan = store.read::<_, StoreError, _>(explain).await.unwrap();
        // What waits is counted from an index that holds nothing else.
        let scans = |step: &String| step.starts_with("SCAN webhook") && !step.contains("webhook_deliveries_by_age");
        assert!(!plan.iter().any(scans), "{query}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{query}: {plan:?}");
    }
    let now = Timestamp::from_millis(1);
    let of = |status| DeliveryFilter {
        endpoint_id: Some(EndpointId::new(now, &OsRandom)),
        status,
        ..DeliveryFilter::default()
    };
    let of_event = DeliveryFilter { event_id: Some(EventId::new(now, &OsRandom)), ..DeliveryFilter::default() };
    for filter in [of(None), of(Some(DeliveryStatus::Failed)), of_event] {
        let found = store
            .read::<_, StoreError, _>(move |reader| {
                let (sql, values) = list_sql(&filter, "x".into(), 26);
                reader
                    .all(&format!("EXPLAIN QUERY PLAN {sql}"), params_from_iter(values), |row| row.get::<_, String>(3))
            })
            .await
            .unwrap();
        assert!(!found.iter().any(|step| step.starts_with("SCAN")), "{found:?}");
    }
}
