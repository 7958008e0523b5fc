//! A secret opens where it belongs and nowhere else; a missing key means a sealed start with a reason, never a crash.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::audit::{AuditFilter, AuditLog};
use crate::base::{
    Actor, ConnectionId, CustomerId, ManualClock, OsRandom, PageRequest, Secret, SecretBytes, Timestamp,
};
use crate::events::{EventFilter, EventKind};
use crate::store::{DirectoryLock, InstanceKey, Query as _, Store, StoreError};

struct Bench {
    dir: tempfile::TempDir,
    store: Store,
    audit: AuditLog,
}

const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(dir.path()).unwrap();
        let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
        Self { dir, store, audit: AuditLog::new(SecretBytes::new([7; 32])) }
    }
    fn key_path(&self) -> PathBuf {
        self.dir.path().join("vault.key")
    }
    async fn open_with(&self, seal: SealKind, passphrase: Option<&str>) -> Vault {
        let settings = VaultSettings { seal, key_path: self.key_path(), passphrase: passphrase.map(Secret::new) };
        let clock = Arc::new(ManualClock::at(NOW));
        Vault::open(self.store.clone(), self.audit.clone(), settings, clock, Arc::new(OsRandom)).await.unwrap()
    }
    async fn open(&self) -> Vault {
        self.open_with(SealKind::KeyFile, None).await
    }
    async fn put(&self, vault: &Vault, customer: CustomerId, connection: ConnectionId, value: &str) {
        let (vault, secrets) = (vault.clone(), secrets(value));
        self.store
            .write::<_, VaultError, _>(move |tx| vault.store_secrets(tx, customer, connection, 1, &secrets, NOW))
            .await
            .unwrap();
    }
    async fn get(
        &self,
        vault: &Vault,
        customer: CustomerId,
        connection: ConnectionId,
    ) -> Result<BTreeMap<String, String>, VaultError> {
        let vault = vault.clone();
        let found =
            self.store.read::<_, VaultError, _>(move |reader| vault.open_secrets(reader, customer, connection)).await?;
        Ok(found.into_iter().map(|(field, secret)| (field, secret.expose().to_owned())).collect())
    }
    async fn tamper(&self, sql: String) {
        self.store.write::<_, StoreError, _>(move |tx| Ok(tx.connection().execute_batch(&sql)?)).await.unwrap();
    }
}

fn secrets(value: &str) -> BTreeMap<String, Secret> {
    [("password", value), ("client_key", "-----BEGIN")].map(|(field, text)| (field.into(), Secret::new(text))).into()
}

fn customer() -> CustomerId {
    CustomerId::new(NOW, &OsRandom)
}

fn connection() -> ConnectionId {
    ConnectionId::new(NOW, &OsRandom)
}

#[tokio::test]
async fn the_first_start_makes_the_key_and_the_next_one_opens_what_was_sealed() {
    let bench = Bench::new();
    let vault = bench.open().await;
    assert!(!vault.is_sealed());
    let mode = fs::metadata(bench.key_path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let (customer, connection) = (customer(), connection());
    bench.put(&vault, customer, connection, "s3cret").await;
    let again = bench.open().await;
    assert_eq!(bench.get(&again, customer, connection).await.unwrap()["password"], "s3cret");
    assert!(bench.get(&again, customer, self::connection()).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_its_key_the_start_is_sealed_says_where_it_looked_and_can_be_mended() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let (customer, connection) = (customer(), connection());
    bench.put(&vault, customer, connection, "s3cret").await;
    let (path, aside) = (bench.key_path(), bench.dir.path().join("aside"));
    fs::rename(&path, &aside).unwrap();
    let vault = bench.open().await;
    let mut watch = vault.subscribe();
    assert!(vault.is_sealed() && watch.borrow_and_update().sealed);
    assert!(!path.exists(), "a lost key is never replaced");
    let reason = vault.status().reason.unwrap();
    assert!(reason.contains(&path.display().to_string()), "{reason}");
    assert!(matches!(bench.get(&vault, customer, connection).await, Err(VaultError::Sealed)));
    assert!(matches!(vault.fingerprint("h", "u", &secrets("x")), Err(VaultError::Sealed)));

    fs::write(&path, [9u8; 32]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(bench.open().await.status().reason.unwrap().contains("chmod 600"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let wrong = vault.unseal(UnsealWith::KeyFile, &Actor::cli()).await;
    assert!(matches!(wrong, Err(VaultError::WrongKey { .. })));
    fs::write(&path, [9u8; 31]).unwrap();
    assert!(bench.open().await.status().reason.unwrap().contains("31 bytes"));

    fs::rename(&aside, &path).unwrap();
    vault.unseal(UnsealWith::KeyFile, &Actor::cli()).await.unwrap();
    watch.changed().await.unwrap();
    assert!(!watch.borrow().sealed);
    assert_eq!(bench.get(&vault, customer, connection).await.unwrap()["password"], "s3cret");
    vault.seal(&Actor::cli()).await.unwrap();
    assert!(vault.is_sealed() && vault.status().reason.unwrap().contains("command line"));
    let page = bench
        .store
        .read::<_, crate::audit::AuditError, _>(|reader| {
            crate::audit::list(reader, &AuditFilter::default(), &PageRequest::first(50))
        })
        .await
        .unwrap();
    let lines: Vec<_> = page.items.iter().map(|row| format!("{} {}", row.action, row.outcome.as_str())).collect();
    let expected = ["vault.sealed done", "vault.unsealed done", "vault.unsealed refused", "vault.created done"];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_passphrase_seals_from_its_first_use_on() {
    let bench = Bench::new();
    let vault = bench.open_with(SealKind::Passphrase, None).await;
    assert!(vault.is_sealed() && !bench.key_path().exists());
    let with = |text: &str| UnsealWith::Passphrase(Secret::new(text));
    assert!(matches!(vault.unseal(with("short"), &Actor::cli()).await, Err(VaultError::ShortPassphrase)));
    assert!(matches!(vault.unseal(UnsealWith::KeyFile, &Actor::cli()).await, Err(VaultError::OtherSeal { .. })));
    vault.unseal(with("correct horse battery"), &Actor::cli()).await.unwrap();
    let print = vault.fingerprint("host", "user", &secrets("x")).unwrap();
    let vault = bench.open_with(SealKind::Passphrase, Some("wrong horse battery")).await;
    assert!(vault.is_sealed());
    assert!(matches!(
        vault.unseal(with("another horse battery"), &Actor::cli()).await,
        Err(VaultError::WrongPassphrase)
    ));
    let vault = bench.open_with(SealKind::Passphrase, Some("correct horse battery")).await;
    assert_eq!(vault.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    // Asked for a key file, it says by what it is sealed; after re-keying it opens by that file alone.
    assert!(bench.open().await.status().reason.unwrap().contains("passphrase"));
    vault.rekey(UnsealWith::KeyFile, &Actor::cli()).await.unwrap();
    assert_eq!(bench.open().await.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    assert!(bench.open_with(SealKind::Passphrase, Some("correct horse battery")).await.is_sealed());
}

#[tokio::test]
async fn a_new_key_file_takes_the_place_of_the_old_one_even_over_a_crash() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let (path, aside, next) =
        (bench.key_path(), bench.dir.path().join("aside"), bench.dir.path().join("vault.key.new"));
    let print = vault.fingerprint("host", "user", &secrets("x")).unwrap();
    fs::copy(&path, &aside).unwrap();
    // A file that an earlier, interrupted re-keying left and no seal knows is made anew.
    fs::write(&next, [3u8; 32]).unwrap();
    vault.rekey(UnsealWith::KeyFile, &Actor::cli()).await.unwrap();
    assert!(!next.exists() && fs::read(&path).unwrap() != fs::read(&aside).unwrap());
    assert_eq!(bench.open().await.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    // The crash between the store's knowledge and the move: the new file still waits.
    fs::rename(&path, &next).unwrap();
    fs::rename(&aside, &path).unwrap();
    assert_eq!(bench.open().await.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    assert!(!next.exists());
    fs::rename(&path, &next).unwrap();
    vault.rekey(UnsealWith::KeyFile, &Actor::cli()).await.unwrap();
    assert_eq!(bench.open().await.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    // An open vault can be rescued after its file was lost.
    fs::remove_file(&path).unwrap();
    vault.rekey(UnsealWith::KeyFile, &Actor::cli()).await.unwrap();
    assert_eq!(bench.open().await.fingerprint("host", "user", &secrets("x")).unwrap(), print);
    vault.seal(&Actor::cli()).await.unwrap();
    assert!(matches!(vault.rekey(UnsealWith::KeyFile, &Actor::cli()).await, Err(VaultError::Sealed)));
}

#[tokio::test]
async fn a_sealed_row_opens_at_its_own_place_only() {
    let swaps: &[fn(CustomerId, ConnectionId, ConnectionId) -> String] = &[
        |_, one, two| {
            format!(
                "UPDATE secrets SET sealed = (SELECT sealed FROM secrets s WHERE s.connection_id = '{two}' AND s.field = secrets.field) WHERE connection_id = '{one}'"
            )
        },
        |_, one, _| {
            format!(
                "UPDATE secrets SET sealed = (SELECT sealed FROM secrets s WHERE s.connection_id = '{one}' AND s.field <> secrets.field) WHERE connection_id = '{one}'"
            )
        },
        |_, one, _| format!("UPDATE secrets SET generation = 2 WHERE connection_id = '{one}'"),
        |_, one, _| format!("UPDATE secrets SET sealed = zeroblob(60) WHERE connection_id = '{one}'"),
        |customer, _, _| format!("UPDATE customer_keys SET generation = 2 WHERE customer_id = '{customer}'"),
        |customer, _, _| {
            format!(
                "UPDATE customer_keys SET wrapped = (SELECT wrapped FROM customer_keys k WHERE k.customer_id <> '{customer}') WHERE customer_id = '{customer}'"
            )
        },
        |customer, _, _| {
            format!(
                "UPDATE vault_seals SET parameters = parameters; DELETE FROM customer_keys WHERE customer_id = '{customer}'"
            )
        },
    ];
    for (number, swap) in swaps.iter().enumerate() {
        let bench = Bench::new();
        let vault = bench.open().await;
        let (here, there, one, two) = (customer(), customer(), connection(), connection());
        bench.put(&vault, here, one, "s3cret").await;
        bench.put(&vault, here, two, "other").await;
        bench.put(&vault, there, connection(), "third").await;
        assert!(bench.get(&vault, here, one).await.is_ok());
        assert!(matches!(bench.get(&vault, there, one).await, Err(VaultError::Damaged { .. })));
        bench.tamper(swap(here, one, two)).await;
        let found = bench.get(&vault, here, one).await;
        assert!(
            matches!(found, Err(VaultError::Damaged { .. } | VaultError::DamagedKey(_) | VaultError::NoCustomerKey(_))),
            "swap {number}"
        );
    }
}

#[tokio::test]
async fn a_rotation_keeps_the_values_changes_every_row_and_is_told() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let (here, there, one, two) = (customer(), customer(), connection(), connection());
    bench.put(&vault, here, one, "s3cret").await;
    bench.put(&vault, there, two, "other").await;
    let before = bench.store.read::<_, StoreError, _>(move |rows| store::fields_of_customer(rows, here)).await.unwrap();
    assert_eq!(vault.rotate(here, &Actor::cli()).await.unwrap(), 2);
    assert_eq!(vault.rotate_all(&Actor::cli()).await.unwrap(), 2);
    let after = bench.store.read::<_, StoreError, _>(move |rows| store::fields_of_customer(rows, here)).await.unwrap();
    assert_eq!(before.len(), after.len());
    assert!(before.iter().zip(&after).all(|(old, new)| old.sealed != new.sealed && old.generation == new.generation));
    assert_eq!(bench.get(&vault, here, one).await.unwrap()["password"], "s3cret");
    assert_eq!(bench.get(&vault, there, two).await.unwrap()["password"], "other");
    let page = bench
        .store
        .read::<_, crate::events::EventError, _>(|rows| {
            crate::events::list(rows, &EventFilter::default(), &PageRequest::first(50))
        })
        .await
        .unwrap();
    assert!(page.items.len() == 3 && page.items.iter().all(|event| event.kind == EventKind::VaultRotated));
    assert!(matches!(vault.rotate(customer(), &Actor::cli()).await, Err(VaultError::NoCustomerKey(_))));
}

#[tokio::test]
async fn what_is_destroyed_stays_destroyed_even_for_a_kept_row() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let (here, one, two) = (customer(), connection(), connection());
    bench.put(&vault, here, one, "s3cret").await;
    bench.put(&vault, here, two, "other").await;
    let kept = bench.store.read::<_, StoreError, _>(move |rows| store::fields_of_connection(rows, two)).await.unwrap();
    let destroyer = vault.clone();
    bench.store.write::<_, StoreError, _>(move |tx| destroyer.destroy_secrets(tx, one)).await.unwrap();
    assert!(bench.get(&vault, here, one).await.unwrap().is_empty());
    let destroyer = vault.clone();
    bench
        .store
        .write::<_, VaultError, _>(move |tx| {
            destroyer.destroy_customer_key(tx, here)?;
            // Even a key made anew does not open what the old one sealed.
            destroyer.create_customer_key(tx, here, NOW)?;
            kept.iter().try_for_each(|field| store::insert_field(tx, here, field, NOW))?;
            Ok(())
        })
        .await
        .unwrap();
    assert!(matches!(bench.get(&vault, here, two).await, Err(VaultError::Damaged { .. })));
    let maker = vault.clone();
    let twice = bench.store.write::<_, VaultError, _>(move |tx| maker.create_customer_key(tx, here, NOW)).await;
    assert!(matches!(twice, Err(VaultError::KeyExists(_))));
}

#[tokio::test]
async fn fingerprints_tell_secrets_users_and_hosts_apart() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let print = |host: &str, user: &str, value: &str| vault.fingerprint(host, user, &secrets(value)).unwrap();
    assert_eq!(print("h", "u", "x"), print("h", "u", "x"));
    let different =
        [print("h", "u", "x"), print("h", "u", "y"), print("h", "v", "x"), print("i", "u", "x"), print("hu", "", "x")];
    for (at, one) in different.iter().enumerate() {
        assert!(different.iter().skip(at + 1).all(|other| one != other));
    }
}

#[tokio::test]
async fn a_secret_of_the_instance_opens_at_its_own_place_after_a_restart_and_a_rekeying_and_nowhere_else() {
    let bench = Bench::new();
    let vault = bench.open().await;
    let sealed = vault.seal_own("whe_1", "secret", &Secret::new("whsec_x")).unwrap();
    assert_eq!(vault.open_own("whe_1", "secret", &sealed).unwrap().expose(), "whsec_x");
    for (owner, field) in [("whe_2", "secret"), ("whe_1", "next_secret")] {
        assert!(matches!(vault.open_own(owner, field, &sealed), Err(VaultError::DamagedOwn { .. })));
    }
    vault.rekey(UnsealWith::KeyFile, &Actor::system()).await.unwrap();
    let again = bench.open().await;
    assert_eq!(again.open_own("whe_1", "secret", &sealed).unwrap().expose(), "whsec_x");
    again.seal(&Actor::system()).await.unwrap();
    assert!(matches!(again.open_own("whe_1", "secret", &sealed), Err(VaultError::Sealed)));
}
