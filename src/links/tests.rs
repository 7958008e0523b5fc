//! A link lives, is asked for again, ends; what was not made here opens nothing.

use super::*;
use crate::base::{ActorKind, CustomerId, OsRandom};
use crate::store::{DirectoryLock, InstanceKey, Store};

struct Bench {
    store: Store,
    links: Links,
    connection: ConnectionId,
    customer: CustomerId,
    _dir: tempfile::TempDir,
}

const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirectoryLock::take(dir.path()).unwrap();
    let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
    let links =
        Links::new(SecretBytes::new([3; 32]), "https://portal.example/", AuditLog::new(SecretBytes::new([7; 32])));
    let (connection, customer) = (ConnectionId::new(NOW, &OsRandom), CustomerId::new(NOW, &OsRandom));
    let sql = format!(
        "INSERT INTO customers (id, name, search, locale, region, metadata, created_at, updated_at)
           VALUES ('{customer}', 'A', 'a', 'de', 'local', '{{}}', 0, 0);
         INSERT INTO connections (id, customer_id, system, name, search, hosting, tier, base_url, host, parameters, scheme,
           auth_public, budget_user, secret_fingerprint, secret_generation, secret_set_at, status, urgency, message, since,
           credits, credits_held, check_interval_seconds, metadata, created_at, updated_at)
           VALUES ('{connection}', '{customer}', 'sap-ecc', 'E', 'e', 'on_premises', 3, '', '', '{{}}', 'basic', '{{}}', '',
           x'', 1, 0, 'active', 0, '', 0, 8, 8, 60, '{{}}', 0, 0);"
    );
    store
        .write::<_, StoreError, _>(move |tx| {
            use crate::store::Query as _;
            tx.connection().execute_batch(&sql)?;
            Ok(())
        })
        .await
        .unwrap();
    Bench { store, links, connection, customer, _dir: dir }
}

impl Bench {
    fn wish(&self, purpose: Purpose) -> NewLink {
        NewLink {
            connection_id: self.connection,
            connection_name: "E".into(),
            customer_id: self.customer,
            purpose,
            episode_id: None,
            life: None,
            change_base_url: None,
        }
    }
    async fn issue(&self, new: NewLink, now: Timestamp) -> Link {
        let links = self.links.clone();
        let made = self.store.write::<_, StoreError, _>(move |tx| links.issue(tx, &new, &Actor::cli(), now, &OsRandom));
        made.await.unwrap()
    }
    async fn found(&self, token: &str) -> Option<Link> {
        let (links, token) = (self.links.clone(), token.to_owned());
        self.store.read::<_, StoreError, _>(move |reader| links.by_token(reader, &token)).await.unwrap()
    }
    async fn end(&self, end: End, at: Timestamp) {
        let (links, connection) = (self.links.clone(), self.connection);
        self.store.write::<_, StoreError, _>(move |tx| links.end_all(tx, connection, end, at)).await.unwrap();
    }
}

#[tokio::test]
async fn the_same_link_for_the_same_purpose_until_it_ends() {
    let bench = bench().await;
    let first = bench.issue(bench.wish(Purpose::Reconnect), NOW).await;
    let again = bench.issue(bench.wish(Purpose::Reconnect), NOW.plus_seconds(60)).await;
    assert_eq!(first, again);
    assert_eq!(bench.links.url(&first), bench.links.url(&again));
    assert_eq!(first.expires_at, NOW.plus(LIFE));
    let other = bench.issue(bench.wish(Purpose::Connect), NOW).await;
    assert_ne!(bench.links.url(&first), bench.links.url(&other));

    let shorter = NewLink { life: Some(SHORTEST), change_base_url: Some(true), ..bench.wish(Purpose::Reconnect) };
    let shorter = bench.issue(shorter, NOW).await;
    assert_eq!((shorter.id, shorter.expires_at, shorter.change_base_url), (first.id, NOW.plus(SHORTEST), true));
    assert_eq!(bench.links.live(bench.connection, Purpose::Reconnect, NOW), Some(shorter.clone()));
    assert_eq!(bench.links.live(bench.connection, Purpose::Reconnect, NOW.plus(SHORTEST)), None);

    // Past its end a new one is made, with another token.
    let next = bench.issue(bench.wish(Purpose::Reconnect), NOW.plus(SHORTEST)).await;
    assert_ne!(next.id, first.id);
    let old = bench.found(bench.links.token(&first).expose()).await.unwrap();
    assert_eq!(old.state(NOW.plus(SHORTEST)), LinkState::Ended(End::Expired));

    bench.end(End::Used, NOW.plus_seconds(100)).await;
    assert_eq!(bench.links.live(bench.connection, Purpose::Reconnect, NOW.plus_seconds(100)), None);
    let used = bench.found(bench.links.token(&next).expose()).await.unwrap();
    assert_eq!(used.state(NOW.plus_seconds(100)), LinkState::Ended(End::Used));
}

#[tokio::test]
async fn a_life_is_thirty_days_at_most() {
    let bench = bench().await;
    let long = NewLink { life: Some(LIFE * 3), ..bench.wish(Purpose::Reconnect) };
    let first = bench.issue(long.clone(), NOW).await;
    assert_eq!(first.expires_at, NOW.plus(LIFE));
    // Asked for again and again, it is still the same link, and ends when it would have.
    let later = NOW.plus(LIFE / 2);
    let again = bench.issue(long.clone(), later).await;
    assert_eq!((again.id, again.expires_at), (first.id, NOW.plus(LIFE)));
    let next = bench.issue(long, NOW.plus(LIFE)).await;
    assert_ne!(bench.links.url(&next), bench.links.url(&first));
    assert_eq!(next.expires_at, NOW.plus(LIFE * 2));
}

#[tokio::test]
async fn a_token_that_was_not_made_here_opens_nothing() {
    let bench = bench().await;
    let link = bench.issue(bench.wish(Purpose::Reconnect), NOW).await;
    let token = bench.links.token(&link).expose().to_owned();
    assert_eq!(token.len(), 58);
    assert_eq!(bench.found(&token).await, Some(link.clone()));
    // Every letter counts.
    for place in [0, 5, 25, 26, 40, 57] {
        let other: String = token
            .char_indices()
            .map(|(at, letter)| if at == place { if letter == '2' { '3' } else { '2' } } else { letter })
            .collect();
        assert_eq!(bench.found(&other).await, None, "{place}");
    }
    for bad in ["", "x", token.to_uppercase().as_str(), &token[..57], &format!("{token}0"), &"é".repeat(29)] {
        assert_eq!(bench.found(bad).await, None, "{bad}");
    }
    // Another instance's key derives another token from the same row.
    let foreign =
        Links::new(SecretBytes::new([4; 32]), "https://portal.example", AuditLog::new(SecretBytes::new([7; 32])));
    assert!(!foreign.token(&link).matches(&bench.links.token(&link)));
}

#[tokio::test]
async fn a_revoked_link_stays_so_and_memory_knows_after_a_restart() {
    let bench = bench().await;
    let link = bench.issue(bench.wish(Purpose::Reconnect), NOW).await;
    let fresh =
        Links::new(SecretBytes::new([3; 32]), "https://portal.example", AuditLog::new(SecretBytes::new([7; 32])));
    let load = fresh.clone();
    bench.store.read::<_, StoreError, _>(move |reader| load.load(reader)).await.unwrap();
    assert_eq!(fresh.live(bench.connection, Purpose::Reconnect, NOW).as_ref(), Some(&link));

    let revoke = |link: Link| {
        let links = bench.links.clone();
        bench.store.write::<_, StoreError, _>(move |tx| {
            let actor = Actor { kind: ActorKind::User, ..Actor::cli() };
            links.revoke(tx, &link, "E", &actor, NOW)
        })
    };
    assert!(revoke(link.clone()).await.unwrap());
    assert!(!revoke(link.clone()).await.unwrap());
    assert_eq!(bench.links.live(bench.connection, Purpose::Reconnect, NOW), None);
    let next = bench.issue(bench.wish(Purpose::Reconnect), NOW).await;
    assert_ne!(next.id, link.id);
    let dead = bench.found(bench.links.token(&link).expose()).await.unwrap();
    assert_eq!(dead.state(NOW), LinkState::Ended(End::Revoked));
}
