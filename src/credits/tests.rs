//! The ledger over a real store: random histories under every policy, races for the last credit, price lists, usage.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::access::Principal;
use crate::audit::AuditLog;
use crate::base::{Actor, Clock, ConnectionId, CustomerId, ManualClock, OsRandom, PageRequest, SecretBytes, Timestamp};
use crate::connections::{CreditBook, Taken, Taking};
use crate::events::{self, EventFilter};
use crate::store::{DirectoryLock, InstanceKey, Store, StoreError};
use crate::systems::{Catalogue, Hosting};

const PRICES: Prices = Prices { tiers: [1, 2, 4], on_premises_factor: 2 };

struct Bench {
    store: Store,
    clock: ManualClock,
    credits: Credits,
    customers: Vec<CustomerId>,
    _dir: tempfile::TempDir,
}

/// A connection as the bench remembers it.
#[derive(Debug, Clone, Copy)]
struct Made {
    id: ConnectionId,
    customer: CustomerId,
    tier: u8,
}

async fn open(store: &Store, clock: &ManualClock, policy: CreditPolicy, prices: Prices) -> Credits {
    let parts = CreditsParts {
        store: store.clone(),
        audit: AuditLog::new(SecretBytes::new([3; 32])),
        clock: Arc::new(clock.clone()),
        random: Arc::new(OsRandom),
        policy,
        prices,
    };
    Credits::open(parts).await.unwrap()
}

impl Bench {
    /// Two customers; the second has a limit of 10.
    async fn new(policy: CreditPolicy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(dir.path()).unwrap();
        let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
        let clock = ManualClock::at(Timestamp::parse("2026-01-05T10:00:00Z").unwrap());
        let customers: Vec<CustomerId> = (0..2).map(|_| CustomerId::new(clock.now(), &OsRandom)).collect();
        let made = customers.clone();
        store
            .write::<_, StoreError, _>(move |tx| {
                for (id, limit) in made.iter().zip([None, Some(10)]) {
                    tx.execute(
                        "INSERT INTO customers (id, name, search, locale, region, credit_limit, metadata, created_at, \
                         updated_at) VALUES (?1, 'n', 'n', 'en', 'local', ?2, '{}', 0, 0)",
                        (id.to_string(), limit),
                    )?;
                }
                Ok(())
            })
            .await
            .unwrap();
        let credits = open(&store, &clock, policy, PRICES).await;
        Self { store, clock, credits, customers, _dir: dir }
    }

    async fn grant(&self, amount: i64) {
        self.clock.advance(Duration::from_millis(1));
        let new = NewGrant { amount, note: "order 1".into() };
        self.credits.grant(&Principal::cli(), new).await.unwrap();
    }

    /// Makes a connection as the connections' domain does: the row, and its credits where the policy lets them go.
    async fn connect(&self, customer: usize, tier: u8) -> (Made, Taken) {
        self.clock.advance(Duration::from_millis(1));
        let made =
            Made { id: ConnectionId::new(self.clock.now(), &OsRandom), customer: self.customers[customer], tier };
        let credits = self.credits.clone();
        let at = self.clock.now();
        let taken = self
            .store
            .write::<_, StoreError, _>(move |tx| {
                let taken = take(&credits, tx, made, at)?;
                if !matches!(taken, Taken::Refused { .. }) {
                    tx.execute(
                        "INSERT INTO connections (id, customer_id, system, name, search, hosting, tier, base_url, host, \
                         parameters, scheme, auth_public, budget_user, secret_fingerprint, secret_generation, \
                         secret_set_at, status, urgency, message, since, credits, credits_held, check_interval_seconds, \
                         metadata, created_at, updated_at) VALUES (?1, ?2, 'sap-ecc', 'n', 'n', 'on_premises', ?3, 'u', 'h', \
                         '{}', 'none', '{}', '', x'', 1, 0, 'active', 0, '', 0, ?4, 0, 60, '{}', 0, 0)",
                        (made.id.to_string(), made.customer.to_string(), made.tier, price(made)),
                    )?;
                }
                hold(tx, made, taken)?;
                Ok(taken)
            })
            .await
            .unwrap();
        (made, taken)
    }

    async fn activate(&self, made: Made) -> Taken {
        let (credits, at) = (self.credits.clone(), self.clock.now());
        self.store
            .write::<_, StoreError, _>(move |tx| {
                let taken = take(&credits, tx, made, at)?;
                hold(tx, made, taken)?;
                Ok(taken)
            })
            .await
            .unwrap()
    }

    /// Pausing and disconnecting are the same to the ledger.
    async fn pause(&self, made: Made) -> i64 {
        let (credits, at) = (self.credits.clone(), self.clock.now());
        self.store
            .write::<_, StoreError, _>(move |tx| {
                let amount = credits.give_back(tx, made.id, at, &Actor::system(), "paused")?;
                tx.execute(
                    "UPDATE connections SET credits_held = 0, status = 'inactive' WHERE id = ?1",
                    [made.id.to_string()],
                )?;
                Ok(amount)
            })
            .await
            .unwrap()
    }

    async fn sound(&self) -> Summary {
        let proof = self.credits.verify(&Principal::cli()).await.unwrap();
        assert_eq!(proof.faults, Vec::<String>::new());
        let summary = self.credits.summary(&Principal::cli()).await.unwrap();
        assert_eq!(summary.by_tier.values().sum::<i64>(), summary.in_use);
        summary
    }

    async fn events(&self) -> Vec<&'static str> {
        let page = PageRequest::first(200);
        let read = self
            .store
            .read::<_, events::EventError, _>(move |reader| events::list(reader, &EventFilter::default(), &page));
        read.await.unwrap().items.into_iter().rev().map(|event| event.kind.as_str()).collect()
    }
}

fn price(made: Made) -> i64 {
    PRICES.price(made.tier, Hosting::OnPremises)
}

fn take(credits: &Credits, tx: &crate::store::Tx<'_>, made: Made, at: Timestamp) -> Result<Taken, StoreError> {
    let taking = Taking {
        connection: made.id,
        customer: made.customer,
        system: "sap-ecc".into(),
        tier: made.tier,
        hosting: Hosting::OnPremises,
        credits: credits.price(made.tier, Hosting::OnPremises),
        at,
        actor: Actor::system(),
        note: "connected".into(),
    };
    credits.take(tx, &taking)
}

fn hold(tx: &crate::store::Tx<'_>, made: Made, taken: Taken) -> Result<(), StoreError> {
    if matches!(taken, Taken::Held { .. }) {
        tx.execute(
            "UPDATE connections SET credits_held = credits, status = 'active' WHERE id = ?1",
            [made.id.to_string()],
        )?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Grant(i64),
    Connect { customer: usize, tier: u8 },
    Pause(prop::sample::Index),
    Activate(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..20i64).prop_map(Step::Grant),
        (0..2usize, 1..4u8).prop_map(|(customer, tier)| Step::Connect { customer, tier }),
        any::<prop::sample::Index>().prop_map(Step::Pause),
        any::<prop::sample::Index>().prop_map(Step::Activate),
    ]
}

fn policy() -> impl Strategy<Value = CreditPolicy> {
    prop_oneof![
        Just(CreditPolicy::Inactive),
        Just(CreditPolicy::Refuse),
        Just(CreditPolicy::Overage { limit: None }),
        Just(CreditPolicy::Overage { limit: Some(12) }),
    ]
}

async fn play(policy: CreditPolicy, steps: Vec<Step>) {
    let bench = Bench::new(policy).await;
    // (connection, what it holds)
    let mut made: Vec<(Made, i64)> = Vec::new();
    let mut granted = 0;
    for step in steps {
        bench.clock.advance(Duration::from_secs(60));
        match step {
            Step::Grant(amount) => {
                bench.grant(amount).await;
                granted += amount;
            }
            Step::Connect { customer, tier } => {
                let (one, taken) = bench.connect(customer, tier).await;
                if !matches!(taken, Taken::Refused { .. }) {
                    made.push((one, if matches!(taken, Taken::Held { .. }) { price(one) } else { 0 }));
                }
            }
            Step::Pause(index) if !made.is_empty() => {
                let place = index.index(made.len());
                let (one, held) = &mut made[place];
                assert_eq!(bench.pause(*one).await, *held);
                *held = 0;
            }
            Step::Activate(index) if !made.is_empty() => {
                let place = index.index(made.len());
                let (one, held) = &mut made[place];
                if *held == 0 && matches!(bench.activate(*one).await, Taken::Held { .. }) {
                    *held = price(*one);
                }
            }
            Step::Pause(_) | Step::Activate(_) => {}
        }
        let summary = bench.sound().await;
        let in_use: i64 = made.iter().map(|(_, held)| held).sum();
        assert_eq!((summary.granted, summary.in_use), (granted, in_use));
        assert_eq!(summary.available, (granted - in_use).max(0));
        assert_eq!(summary.overage, (in_use - granted).max(0));
        if let CreditPolicy::Overage { limit: Some(limit) } = policy {
            assert!(summary.overage <= limit);
        }
        let limited: i64 =
            made.iter().filter(|(one, _)| one.customer == bench.customers[1]).map(|(_, held)| held).sum();
        assert!(limited <= 10);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn sums_hold_whatever_happens(policy in policy(), steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(policy, steps));
    }
}

#[tokio::test]
async fn one_of_two_racing_connects_gets_the_last_credits() {
    for policy in [CreditPolicy::Inactive, CreditPolicy::Refuse] {
        let bench = Arc::new(Bench::new(policy).await);
        bench.grant(8).await;
        let races = (0..16).map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move { bench.connect(0, 3).await.1 })
        });
        let ends = futures_util::future::join_all(races).await;
        let won = ends.into_iter().filter(|end| matches!(end, Ok(Taken::Held { .. }))).count();
        assert_eq!(won, 1);
        let summary = bench.sound().await;
        assert_eq!((summary.in_use, summary.available, summary.overage), (8, 0, 0));
    }
}

#[tokio::test]
async fn overage_is_settled_by_what_comes_free_and_crossings_are_told_once() {
    let bench = Bench::new(CreditPolicy::Overage { limit: Some(20) }).await;
    bench.grant(20).await;
    let (first, taken) = bench.connect(0, 3).await;
    assert_eq!(taken, Taken::Held { overage: false });
    assert_eq!(bench.connect(0, 3).await.1, Taken::Held { overage: false });
    assert_eq!(bench.connect(0, 3).await.1, Taken::Held { overage: true });
    let summary = bench.sound().await;
    assert_eq!((summary.available, summary.overage, summary.in_use), (0, 4, 24));
    assert_eq!(bench.connect(1, 2).await.1, Taken::Held { overage: true });
    assert_eq!(bench.connect(1, 3).await.1, Taken::Refused { needed: 8, available: 0 });
    bench.pause(first).await;
    let summary = bench.sound().await;
    assert_eq!((summary.available, summary.overage), (0, 0));
    bench.grant(30).await;
    let summary = bench.sound().await;
    assert_eq!((summary.available, summary.overage, summary.granted), (30, 0, 50));
    let told = bench.events().await;
    assert_eq!(told, ["credits.granted", "credits.low", "credits.exhausted", "credits.granted"]);
}

#[tokio::test]
async fn a_pool_that_has_too_little_says_so_once_until_there_is_more() {
    let bench = Bench::new(CreditPolicy::Inactive).await;
    bench.grant(12).await;
    assert_eq!(bench.connect(0, 3).await.1, Taken::Held { overage: false });
    for _ in 0..2 {
        assert_eq!(bench.connect(0, 3).await.1, Taken::Inactive { needed: 8, available: 4 });
    }
    let told = async || bench.events().await.into_iter().filter(|kind| *kind == "credits.exhausted").count();
    assert_eq!(told().await, 1);
    bench.grant(1).await;
    assert_eq!(bench.connect(0, 3).await.1, Taken::Inactive { needed: 8, available: 5 });
    assert_eq!(told().await, 2);
}

#[tokio::test]
async fn the_contracts_sum_the_ledger_and_the_usage() {
    let bench = Bench::new(CreditPolicy::Inactive).await;
    let who = Principal::cli();
    bench.grant(100).await;
    bench.clock.advance(Duration::from_secs(24 * 3600));
    let (ecc, _) = bench.connect(0, 3).await;
    bench.connect(1, 2).await;
    bench.clock.advance(Duration::from_secs(24 * 3600));
    bench.pause(ecc).await;
    let page = bench.credits.ledger(&who, LedgerFilter::of_the_pool(), PageRequest::first(3)).await.unwrap();
    let lines: Vec<(i64, i64)> = page.items.iter().map(|line| (line.amount, line.balance)).collect();
    assert_eq!(lines, [(8, 96), (-4, 88), (-8, 92)]);
    let next = PageRequest { limit: 3, cursor: page.next_cursor.clone() };
    let rest = bench.credits.ledger(&who, LedgerFilter::of_the_pool(), next).await.unwrap();
    assert_eq!((rest.items.len(), rest.items[0].amount, rest.next_cursor), (1, 100, None));
    let query = UsageQuery { group_by: Some(GroupBy::Tier), ..UsageQuery::default() };
    let usage = bench.credits.usage(&who, query).await.unwrap();
    let last: Vec<(i64, i64)> = usage.points.iter().rev().take(4).map(|point| (point.in_use, point.granted)).collect();
    assert_eq!(last, [(4, 100), (12, 100), (0, 100), (0, 0)]);
    assert_eq!(usage.points.last().unwrap().by.get("2"), Some(&4));
    let mut csv = Vec::new();
    write_csv(&mut csv, &page.items, true).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 4);
    let found = bench.credits.breakdown(&who).await.unwrap();
    assert_eq!((found.by_customer[0].credits, found.by_system[0].credits, found.by_tier.len()), (4, 4, 1));
    for amount in [0, -5] {
        let refused = bench.credits.grant(&who, NewGrant { amount, note: "x".into() }).await;
        assert!(matches!(refused, Err(CreditError::Invalid(_))));
    }
}

#[tokio::test]
async fn other_prices_are_a_new_version_and_old_postings_stay() {
    let bench = Bench::new(CreditPolicy::Inactive).await;
    bench.grant(100).await;
    let (ecc, _) = bench.connect(0, 3).await;
    let same = open(&bench.store, &bench.clock, CreditPolicy::Inactive, PRICES).await;
    assert_eq!(same.price_list().version, 1);
    let dearer = open(&bench.store, &bench.clock, CreditPolicy::Inactive, Prices { tiers: [1, 2, 5], ..PRICES }).await;
    assert_eq!((dearer.price_list().version, dearer.price(3, Hosting::OnPremises)), (2, 10));
    let at = bench.clock.now();
    let book = dearer.clone();
    let back =
        bench.store.write::<_, StoreError, _>(move |tx| book.give_back(tx, ecc.id, at, &Actor::system(), "x")).await;
    assert_eq!(back.unwrap(), 8);
    let asked = [("sap-s4hana", Some(Hosting::Cloud)), ("sap-ecc", None), ("sandbox", Some(Hosting::Cloud))];
    let items: Vec<QuoteItem> =
        asked.map(|(system, hosting)| QuoteItem { system: system.into(), hosting, tier: None }).to_vec();
    let catalogue = Catalogue::load(None).unwrap();
    let quote = same.quote(&Principal::cli(), &catalogue, &items).await.unwrap();
    assert_eq!((quote.total, quote.available, quote.fits), (12, 100, true));
    let wrong = [QuoteItem { system: "no-such".into(), hosting: None, tier: None }];
    assert!(matches!(same.quote(&Principal::cli(), &catalogue, &wrong).await, Err(CreditError::Invalid(_))));
}
