//! No query of the history reads a whole table.

use super::*;
use crate::store::{DirectoryLock, InstanceKey, Store};

#[tokio::test]
async fn every_query_uses_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let key = InstanceKey::from_bytes([7; 32]);
    let store = Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap();
    let list = list_sql();
    let queries = [
        SAMPLES,
        SAMPLES_OF,
        FIRST_CHECK,
        FIRST_ROLLUP,
        ROLLUPS,
        ROLLUPS_OF,
        PRUNE_CHECKS,
        PRUNE_ROLLUPS,
        PRUNE_PROXY_LOG,
        &list,
    ]
    .map(str::to_owned);
    for query in queries {
        let sql = format!("EXPLAIN QUERY PLAN {query}");
        let explain = move |reader: &crate::store::Reader<'_>| {
            let bound = sql.matches('?').count();
            reader.all(&sql, rusqlite::params_from_iter(vec![0i64; bound]), |row| row.get::<_, String>(3))
        };
        let plan = store.history().read::<_, StoreError, _>(explain).await.unwrap();
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{query}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{query}: {plan:?}");
    }
}
