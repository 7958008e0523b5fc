//! Customers over a real store: who sees what, what is refused, what lists count.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::access::{Permission, Principal};
use crate::audit::AuditLog;
use crate::base::{
    Actor, Clock, ConnectionId, CustomerId, ManualClock, OsRandom, PageRequest, Patch, Status, Timestamp,
};
use crate::instance::{Birth, Given, Instances};
use crate::store::{DirectoryLock, InstanceKey, Kind, Rows as _, Store, StoreError};
use crate::vault::{SealKind, Vault, VaultSettings};

struct Bench {
    customers: Customers,
    store: Store,
    clock: ManualClock,
    _dir: tempfile::TempDir,
}

async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let key = InstanceKey::from_bytes([7; 32]);
    let store = Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap();
    let clock = ManualClock::at(Timestamp::parse("2026-01-05T10:00:00Z").unwrap());
    let audit = AuditLog::new(key.derive("audit"));
    let settings = VaultSettings { seal: SealKind::KeyFile, key_path: dir.path().join("vault.key"), passphrase: None };
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let vault = Vault::open(store.clone(), audit.clone(), settings, shared.clone(), Arc::new(OsRandom)).await.unwrap();
    let birth = Birth { id: "ins_1".into(), kind: Kind::Standard, at: clock.now() };
    let instance = Instances::open(&store, dir.path(), birth, Given::default()).await.unwrap();
    let customers = Customers::new(store.clone(), audit, vault, shared, Arc::new(OsRandom), instance);
    Bench { customers, store, clock, _dir: dir }
}

fn new(value: serde_json::Value) -> NewCustomer {
    serde_json::from_value(value).unwrap()
}

fn change(value: serde_json::Value) -> ChangeCustomer {
    serde_json::from_value(value).unwrap()
}

async fn connect(bench: &Bench, customer: CustomerId, system: &str, status: Status, tier: i64, held: i64) {
    let id = ConnectionId::new(Timestamp::from_millis(1), &OsRandom).to_string();
    let system = system.to_owned();
    bench
        .store
        .write::<_, StoreError, _>(move |tx| {
            tx.execute(
                "INSERT INTO connections (id, customer_id, system, name, search, hosting, tier, base_url, host, parameters, \
                 scheme, auth_public, budget_user, secret_fingerprint, secret_generation, secret_set_at, status, urgency, \
                 message, since, credits, credits_held, check_interval_seconds, metadata, created_at, updated_at) \
                 VALUES (?1, ?2, ?3, 'n', 'n', 'cloud', ?4, 'https://x', 'https://x:443', '{}', 'none', '{}', '', x'', 1, \
                 0, ?5, 0, '', 0, ?6, ?6, 60, '{}', 0, 0)",
                (id, customer.to_string(), system, tier, status.as_str(), held),
            )
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_customer_is_made_found_changed_and_deleted() {
    let bench = bench().await;
    let who = Principal::cli();
    let made = bench.customers.create(&who, new(json!({"name": " Hohenfels ", "external_id": "DE-1"}))).await.unwrap();
    assert_eq!(
        (made.customer.name.as_str(), made.customer.locale.as_str(), made.customer.version),
        ("Hohenfels", "en", 1)
    );
    let id = made.customer.id;
    let again = bench.customers.create(&who, new(json!({"name": "B", "external_id": "DE-1"}))).await;
    assert!(matches!(again, Err(CustomerError::ExternalIdTaken { .. })));
    let region = bench.customers.create(&who, new(json!({"name": "B", "region": "eu-1"}))).await;
    assert!(matches!(region, Err(CustomerError::WrongRegion { .. })));
    bench.clock.advance(Duration::from_secs(5));
    let asked = change(json!({"contact_email": "a@b.example", "external_id": null, "credit_limit": 40}));
    let after = bench.customers.change(&who, id, asked, Some(1)).await.unwrap().customer;
    assert_eq!((after.version, after.external_id.clone(), after.credit_limit), (2, None, Some(40)));
    assert_eq!(after.name, "Hohenfels");
    let stale = bench
        .customers
        .change(&who, id, ChangeCustomer { name: Patch::Value("x".into()), ..Default::default() }, Some(1))
        .await;
    assert!(matches!(stale, Err(CustomerError::Stale { found: 2 })));
    let nothing = bench.customers.change(&who, id, change(json!({"name": "Hohenfels"})), None).await.unwrap();
    assert_eq!(nothing.customer.version, 2);
    connect(&bench, id, "sap-ecc", Status::Active, 3, 8).await;
    assert!(matches!(bench.customers.delete(&who, id).await, Err(CustomerError::ConnectionsLive { count: 1 })));
    bench
        .store
        .write::<_, StoreError, _>(|tx| tx.execute("UPDATE connections SET status = 'disconnected'", []))
        .await
        .unwrap();
    bench.customers.delete(&who, id).await.unwrap();
    assert!(bench.customers.find(&who, id).await.unwrap().is_none());
    assert!(matches!(bench.customers.delete(&who, id).await, Err(CustomerError::Unknown)));
    let left: String = bench
        .store
        .read::<_, StoreError, _>(|reader| {
            reader.one(
                "SELECT group_concat(name || search || coalesce(contact_email, '-')) FROM customers",
                [],
                |row| row.get(0),
            )
        })
        .await
        .unwrap();
    assert_eq!(left, "deleted customer-");
}

#[tokio::test]
async fn lists_are_searched_sorted_paged_and_bound() {
    let bench = bench().await;
    let who = Principal::cli();
    let mut ids = Vec::new();
    for name in ["Ärzte", "beta 50%", "Alpha", "beta_x", "Gamma"] {
        bench.clock.advance(Duration::from_secs(1));
        ids.push(
            bench.customers.create(&who, new(json!({ "name": name, "credit_limit": 10 }))).await.unwrap().customer.id,
        );
    }
    connect(&bench, ids[2], "odoo", Status::Active, 2, 2).await;
    connect(&bench, ids[2], "sap-ecc", Status::Unreachable, 3, 8).await;
    connect(&bench, ids[2], "sap-ecc", Status::Disconnected, 3, 0).await;
    let list = async |q: Option<&str>, view, sort, page: PageRequest| {
        let filter = CustomerFilter { q: q.map(str::to_owned), view, ..Default::default() };
        bench.customers.list(&who, filter, sort, page).await.unwrap()
    };
    let names = |page: &crate::base::Page<CustomerOverview>| {
        page.items.iter().map(|row| row.customer.name.clone()).collect::<Vec<_>>()
    };
    let first = list(None, None, CustomerSort::Name, PageRequest::first(2)).await;
    assert_eq!(names(&first), ["Alpha", "beta 50%"]);
    let alpha = &first.items[0];
    assert_eq!((alpha.connections.total, alpha.connections.live(), alpha.credits_in_use), (3, 2, 10));
    assert_eq!((alpha.by_tier, alpha.systems.clone()), ([0, 2, 8], vec!["odoo".to_owned(), "sap-ecc".to_owned()]));
    assert_eq!(alpha.need.as_ref().unwrap().status, Status::Unreachable);
    let shown = serde_json::to_value(alpha).unwrap();
    assert_eq!(shown["connections"]["by_status"]["active"], 1);
    assert_eq!(shown["connections"]["by_status"]["pending"], 0);
    let next = PageRequest { limit: 200, cursor: first.next_cursor.clone() };
    assert_eq!(names(&list(None, None, CustomerSort::Name, next.clone()).await), ["beta_x", "Gamma", "Ärzte"]);
    let wrong = bench.customers.list(&who, CustomerFilter::default(), CustomerSort::Newest, next).await;
    assert!(matches!(wrong, Err(CustomerError::InvalidCursor(_))));
    let all = PageRequest::first(200);
    assert_eq!(names(&list(Some("0%"), None, CustomerSort::Newest, all.clone()).await), ["beta 50%"]);
    assert_eq!(names(&list(Some("BETA"), None, CustomerSort::Newest, all.clone()).await), ["beta_x", "beta 50%"]);
    assert_eq!(names(&list(Some("äRZ"), None, CustomerSort::Newest, all.clone()).await), ["Ärzte"]);
    assert_eq!(names(&list(None, Some(CustomerView::NearLimit), CustomerSort::Newest, all.clone()).await), ["Alpha"]);
    assert_eq!(names(&list(None, Some(CustomerView::NeedsAHand), CustomerSort::Newest, all.clone()).await), ["Alpha"]);
    let totals = bench.customers.totals(&who).await.unwrap();
    assert_eq!((totals.customers, totals.needs_a_hand, totals.no_connection, totals.credits_in_use), (5, 1, 4, 10));
    let key = Principal::new(
        Actor::system(),
        None,
        [Permission::CustomersRead].into_iter().collect(),
        Some([ids[0]].into_iter().collect()),
    );
    let seen = bench.customers.list(&key, CustomerFilter::default(), CustomerSort::Newest, all).await.unwrap();
    assert_eq!(names(&seen), ["Ärzte"]);
    assert!(bench.customers.find(&key, ids[1]).await.unwrap().is_none());
    assert!(matches!(bench.customers.delete(&key, ids[0]).await, Err(CustomerError::Forbidden(_))));
}

/// No page or filter may read a big table from end to end, but for the search by part of a name.
#[tokio::test]
async fn lists_use_their_indexes() {
    let bench = bench().await;
    let plan = async |sql: &'static str| {
        bench
            .store
            .read::<Vec<String>, StoreError, _>(move |reader| {
                reader.all(&format!("EXPLAIN QUERY PLAN {sql}"), [], |row| row.get::<_, String>(3))
            })
            .await
            .unwrap()
            .join("; ")
    };
    let counts = plan(
        "SELECT c.customer_id, c.status, c.tier, c.system, count(*), sum(c.credits_held) FROM connections c \
         WHERE c.customer_id IN (SELECT value FROM json_each('[]')) GROUP BY c.customer_id, c.status, c.tier, c.system",
    )
    .await;
    assert!(counts.contains("USING COVERING INDEX connections_of_customers") && !counts.contains("SCAN c"), "{counts}");
    let by_name = plan(
        "SELECT * FROM customers WHERE deleted_at IS NULL AND (search, id) > ('a', 'b') ORDER BY search, id LIMIT 50",
    )
    .await;
    assert!(by_name.contains("customers_by_name") && !by_name.contains("TEMP B-TREE"), "{by_name}");
}
