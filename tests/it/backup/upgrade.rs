//! From the release before to this version, over what that release wrote: nothing is lost, secrets open, sessions and due
//! times survive, and the way back is a backup that was made before anything changed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use junctionbox::base::{ManualClock, Timestamp};
use junctionbox::store::{DatabaseFile, MAIN_MIGRATIONS};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{TestApp, Wish};
use crate::fake::{Behaviour, FakeSystem};

struct Release {
    folder: TempDir,
    known: Value,
}

impl Release {
    fn unpack(version: &str) -> Self {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases").join(version);
        let folder = TempDir::new().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        let unpacked = Command::new("tar").arg("-xzf").arg(from.join("data.tar.gz")).arg("-C").arg(&data).status();
        assert!(unpacked.expect("tar runs").success());
        Command::new("chmod").args(["-R", "go="]).arg(&data).status().expect("chmod runs");
        let known = std::fs::read_to_string(from.join("known.json")).expect("what is known of it");
        Self { folder, known: serde_json::from_str(&known).expect("JSON") }
    }
    fn text(&self, field: &str) -> String {
        self.known[field].as_str().expect("a text").to_owned()
    }
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
    /// Five minutes after it was stopped.
    fn clock(&self) -> ManualClock {
        let at = Timestamp::parse(&self.text("at")).expect("a time");
        ManualClock::at(at.plus(Duration::from_secs(300)))
    }
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("backups")).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jbxbackup"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_before_goes_on_under_this_version() {
    let release = Release::unpack("0.1.0");
    let (key, session) = (release.text("api_key"), release.text("session"));
    let connection = release.text("connection");
    let known = release.known.clone();
    let system = &known["system"];
    let guard = Behaviour::basic(
        system["username"].as_str().expect("a user"),
        system["password"].as_str().expect("a password"),
    );
    let fake = FakeSystem::start_at(
        address(system["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")),
        guard,
    )
    .await;
    let clock = release.clock();
    let mut app: TestApp = Wish::default().at(&clock).over(release.folder).start().await;
    app.client.key = Some(key);

    for id in known["customers"].as_array().expect("a list") {
        let id = id.as_str().expect("an id");
        assert_eq!(app.get(&format!("/api/v1/customers/{id}")).await.status, 200, "{id}");
    }
    let found = app.get(&format!("/api/v1/connections/{connection}/status")).await.json();
    assert_eq!(found["status"], "active", "{found}");
    // The sealed password opens and is accepted.
    let asked = fake.seen().len();
    let checked = app.post(&format!("/api/v1/connections/{connection}/check"), json!(null)).await;
    assert_eq!((checked.status, checked.json()["status"].as_str()), (200, Some("active")), "{}", checked.text());
    assert!(fake.seen().len() > asked);
    let credits = app.get("/api/v1/credits").await.json();
    assert_eq!(credits["granted"], 100, "{credits}");
    let proof = app.app().audit.verify(&app.app().store, None, clock_now(&clock)).await.expect("the log is read");
    assert!(proof.is_whole() && proof.entries > 10, "{proof:?}");
    // Who was signed in still is; the deleted customer is on the erasure list.
    let cookie = format!("junctionbox={session}");
    let page = app.client.send_raw("GET", "/connections", &[("cookie", &cookie)], bytes::Bytes::new()).await;
    assert!(page.status == 200 && page.text().contains("Werk Nord"), "{}", page.text());
    let erased = std::fs::read_to_string(app.dir().join("erased")).expect("the erasure list");
    assert!(erased.contains(known["deleted_customer"].as_str().expect("an id")));
    // A due time that was an hour away is not now.
    let due = found["next_check_at"].as_str().and_then(Timestamp::parse).expect("a time");
    assert!(due > clock_now(&clock), "due {due}, now {}", clock_now(&clock));
    way_back(&app).await;
}

fn address(port: u16) -> std::net::SocketAddr {
    ([127, 0, 0, 1], port).into()
}

fn clock_now(clock: &ManualClock) -> Timestamp {
    use junctionbox::base::Clock as _;
    clock.now()
}

/// What was made before the upgrade is a whole backup of the old schema.
async fn way_back(app: &TestApp) {
    let made = backups(&app.dir());
    let [path] = made.as_slice() else { panic!("one backup before the upgrade, found {made:?}") };
    let manifest = junctionbox::backup::read_manifest(path).expect("a manifest");
    assert_eq!(manifest.reason, junctionbox::backup::Reason::Upgrade);
    assert_eq!(manifest.part(DatabaseFile::Main.name()).expect("the main store").schema, 1);
    assert!(MAIN_MIGRATIONS.len() > 1);
    let verified = app
        .command(junctionbox::server::control::ControlRequest::BackupVerify {
            backup: Some(path.display().to_string()),
        })
        .await;
    assert_eq!(verified.exit, 0, "{:?}", verified.lines);
}

fn run(data: &Path, words: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
    let done = command.arg("--data-dir").arg(data).args(words).output().expect("the program runs");
    let text = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn upgrade_check_says_what_would_happen_and_changes_nothing() {
    let release = Release::unpack("0.1.0");
    let before = std::fs::read(release.data().join("junctionbox.db")).expect("the store");
    let (code, text) = run(&release.data(), &["upgrade-check"]);
    let wanted = format!("schema 1 becomes {}", MAIN_MIGRATIONS.len());
    assert!(code == 3 && text.contains(&wanted) && text.contains("no backup of today"), "{code} {text}");
    let (_, text) = run(&release.data(), &["upgrade-check", "--json"]);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["schemas"][0], json!({"file": "junctionbox.db", "from": 1, "to": MAIN_MIGRATIONS.len()}));
    assert!(before == std::fs::read(release.data().join("junctionbox.db")).expect("the store"), "it was changed");
    // Upgraded, backed up: nothing stands against it.
    assert_eq!(run(&release.data(), &["backup", "create"]).0, 0);
    let (code, text) = run(&release.data(), &["upgrade-check"]);
    assert!(code == 0 && text.contains("stays as it is"), "{code} {text}");
}

/// A database of a version to come is not opened, by no way, and stays as it is; one sentence says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_refused_in_one_sentence() {
    let mut app = TestApp::start().await;
    let newer = app
        .app()
        .store
        .write::<_, junctionbox::store::StoreError, _>(|tx| tx.execute("PRAGMA user_version = 999", []).map(|_| ()));
    newer.await.expect("it is written");
    app.stop().await;
    let path = app.dir().join("junctionbox.db");
    // The writer's thread takes its log into the file a moment after the lock is free.
    let log = app.dir().join("junctionbox.db-wal");
    for _ in 0..200 {
        if std::fs::metadata(&log).map_or(0, |log| log.len()) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(
        std::fs::metadata(&log).map_or(0, |log| log.len()),
        0,
        "an orderly end leaves the log to the next start"
    );
    let before = std::fs::read(&path).expect("the store");
    let refusal = app.try_again().await.expect_err("it is refused");
    let known = MAIN_MIGRATIONS.len();
    let sentence = format!(
        "{} was written by a newer Junctionbox (schema 999, this version knows {known}); install that version, or restore a backup made before the upgrade",
        path.display()
    );
    assert_eq!(refusal, sentence);
    let (code, text) = run(&app.dir(), &["serve", "--listen", "127.0.0.1:0", "--tls", "off"]);
    assert!(code == 1 && text.contains(&sentence) && text.trim().lines().count() == 1, "{code} {text}");
    let (code, text) = run(&app.dir(), &["upgrade-check"]);
    assert!(code == 3 && text.contains(&sentence), "{code} {text}");
    let (code, text) = run(&app.dir(), &["doctor"]);
    assert!(code == 3 && text.contains(&sentence), "{code} {text}");
    assert!(before == std::fs::read(&path).expect("the store"), "it was changed");
    assert!(backups(&app.dir()).is_empty(), "a backup was made of what is not understood");
}

/// A full disk in the middle of an upgrade: refused, and the release before would still open it.
#[test]
fn an_upgrade_on_a_full_disk_is_refused_and_nothing_changes() {
    let release = Release::unpack("0.1.0");
    let small = release.folder.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    let mount = |words: &[&str]| Command::new("mount").args(words).arg(&small).status().expect("mount runs").success();
    assert!(mount(&["-t", "tmpfs", "-o", "size=420k,mode=0700", "tmpfs"]), "a small disk needs root");
    let copied = Command::new("cp").arg("-a").arg(release.data().join(".")).arg(&small).status();
    assert!(copied.expect("cp runs").success());
    let before = std::fs::read(small.join("junctionbox.db")).expect("the store");
    let (code, text) = run(&small, &["vault", "status"]);
    let unchanged = before == std::fs::read(small.join("junctionbox.db")).expect("the store");
    assert!(mount(&["-o", "remount,size=64m"]));
    let after = run(&small, &["vault", "status"]);
    let _ = Command::new("umount").arg("-l").arg(&small).status();
    assert!(code == 1 && text.contains("are needed"), "{code} {text}");
    assert!(unchanged, "the store was changed");
    assert!(after.0 == 0 && after.1.contains("open"), "{after:?}");
}
