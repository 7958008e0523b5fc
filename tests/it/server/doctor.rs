//! `doctor`: each thing that it looks at, once well and once wrong, with the next command; and a start whose mistakes are
//! all named at once, by the words of `check-config`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use junctionbox::base::{ManualClock, Timestamp};
use junctionbox::server::control::{ControlAnswer, ControlRequest};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{TestApp, Wish};
use crate::peers::Appliance;

/// The findings of one check: level, message, next step.
fn of(answer: &Value, check: &str) -> Vec<(String, String, String)> {
    let found = answer["findings"].as_array().expect("findings").iter().filter(|one| one["check"] == check);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found.map(|one| (text(&one["level"]), text(&one["message"]), text(&one["next"]))).collect()
}

/// Exactly this level, these words in the message, and these in the next step.
fn says(answer: &Value, check: &str, level: &str, message: &str, next: &str) {
    let found = of(answer, check);
    let fits = found.iter().any(|(one, text, step)| one == level && text.contains(message) && step.contains(next));
    assert!(fits, "{check}: no {level} with “{message}” and “{next}” in {found:#?}");
}

async fn examined(app: &TestApp) -> Value {
    let ControlAnswer { exit, value, lines } = app.command(ControlRequest::Doctor).await;
    // 3 as soon as there is something to do, and each such finding names its next step.
    let findings = value["findings"].as_array().expect("findings");
    let counted = findings.iter().filter(|one| one["level"] == "warning" || one["level"] == "problem");
    let steps: Vec<&Value> = counted.map(|one| &one["next"]).collect();
    assert_eq!(exit, if steps.is_empty() { 0 } else { 3 }, "{lines:?}");
    assert_eq!(value["ok"], json!(steps.is_empty()));
    assert!(steps.iter().all(|next| next.as_str().is_some_and(|next| !next.is_empty())), "{value:#}");
    value
}

fn doctor(appliance: &Appliance) -> Value {
    doctor_with(appliance, &[])
}

fn doctor_with(appliance: &Appliance, environment: &[(&str, &str)]) -> Value {
    let (code, text) = appliance.try_run_with(environment, &["doctor", "--json"]);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
    assert_eq!(code, if value["ok"] == json!(true) { 0 } else { 3 }, "{value:#}");
    value
}

#[test]
fn files_keys_and_the_process() {
    let appliance = Appliance::start();
    let found = doctor(&appliance);
    says(&found, "permissions", "good", "Nobody else", "");
    says(&found, "key_beside_data", "warning", "instance.key", "instance_key_file");
    says(&found, "confinement", "warning", "system calls are not filtered", "systemctl enable --now junctionbox");
    says(&found, "owner", "note", "Nobody owns", "junctionbox setup-link");
    says(&found, "vault", "good", "open", "");
    says(&found, "alarms", "good", "No alarm", "");
    says(&found, "disk", "good", "are free", "");
    // The named command mends it.
    let store = appliance.data_dir().join("junctionbox.db");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o644)).expect("its mode");
    let found = doctor(&appliance);
    says(&found, "permissions", "problem", "can be read by others (mode 0644)", "chmod 0600 ");
    let next = of(&found, "permissions").remove(0).2;
    assert!(Command::new("sh").args(["-c", &next]).status().expect("sh runs").success());
    says(&doctor(&appliance), "permissions", "good", "Nobody else", "");
    // The same for people: each finding on a line, the step below it.
    let (code, text) = appliance.try_run(&["doctor"]);
    assert!(code == 3 && text.contains("next: ") && text.contains("things to look at."), "{code} {text}");
}

#[test]
fn a_small_disk() {
    let appliance = Appliance::start();
    let new = Appliance::another_machine(&appliance);
    fs::create_dir(new.data_dir()).expect("a folder");
    let mount = |words: &[&str]| Command::new("mount").args(words).arg(new.data_dir()).status().expect("mount runs");
    assert!(mount(&["-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs"]).success(), "a small disk needs root");
    let mut new = new;
    new.start_again();
    let found = doctor(&new);
    new.stop();
    let _ = Command::new("umount").arg("-l").arg(new.data_dir()).status();
    says(&found, "disk", "warning", "are free in", "du -sh");
}

#[test]
fn an_appliance_that_cannot_be_opened_is_a_finding() {
    let mut appliance = Appliance::start();
    appliance.stop();
    fs::remove_file(appliance.data_dir().join("instance.key")).expect("the key goes");
    says(&doctor(&appliance), "start", "problem", "instance.key", "check-config");
}

#[test]
fn authorities_of_the_machine() {
    let mut appliance = Appliance::start();
    appliance.stop();
    let key = rcgen::KeyPair::generate().expect("a key");
    let made = rcgen::CertificateParams::new(vec!["authority.example".into()]).expect("its parameters");
    let bundle = appliance.data_dir().with_file_name("authorities.pem");
    fs::write(&bundle, made.self_signed(&key).expect("a certificate").pem()).expect("its file");
    let nothing = appliance.data_dir().with_file_name("nothing");
    fs::create_dir(&nothing).expect("a folder");
    let folder = ("SSL_CERT_DIR", nothing.to_str().expect("a path"));
    let found = doctor_with(&appliance, &[("SSL_CERT_FILE", bundle.to_str().expect("a path")), folder]);
    says(&found, "authorities", "good", "checked against 1 ", "");
    let found = doctor_with(&appliance, &[("SSL_CERT_FILE", "/dev/null"), folder]);
    says(&found, "authorities", "note", "knows no certificate authority", "ca-certificates");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock() {
    let clock = ManualClock::at(Timestamp::parse("2026-05-01T10:00:00Z").expect("a time"));
    let app = Wish::default().at(&clock).start().await;
    assert!(of(&examined(&app).await, "clock").iter().all(|(level, ..)| level == "good" || level == "note"));
    clock.set(Timestamp::parse("2026-04-30T10:00:00Z").expect("a time"));
    says(&examined(&app).await, "clock", "problem", "it was set back", "timedatectl set-ntp true");
    clock.set(Timestamp::parse("1970-01-02T00:00:00Z").expect("a time"));
    says(&examined(&app).await, "clock", "problem", "long ago", "timedatectl set-ntp true");
    clock.set(Timestamp::parse("2026-05-01T10:01:00Z").expect("a time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_age_and_the_kit() {
    let clock = ManualClock::at(Timestamp::parse("2026-05-01T10:00:00Z").expect("a time"));
    let app = Wish::default().at(&clock).start().await;
    let found = examined(&app).await;
    says(&found, "backup", "warning", "There is no backup yet", "junctionbox backup create");
    says(&found, "offsite", "warning", "on this machine only", "[backup] target");
    says(&found, "recovery_kit", "warning", "No recovery kit was made", "junctionbox recovery-kit");
    clock.advance(Duration::from_secs(31 * 3600));
    says(&examined(&app).await, "backup", "problem", "There is no backup.", "junctionbox backup create");
    assert_eq!(app.command(ControlRequest::BackupCreate).await.exit, 0);
    assert_eq!(app.command(ControlRequest::RecoveryKit).await.exit, 0);
    let found = examined(&app).await;
    says(&found, "backup", "good", "The newest backup is of 2026-05-02", "");
    says(&found, "recovery_kit", "warning", "never read back", "/settings/recovery-kit");
    clock.advance(Duration::from_secs(31 * 3600));
    says(&examined(&app).await, "backup", "problem", "The newest backup is of", "junctionbox backup create");
    let rekey = ControlRequest::VaultRekey { seal: None, passphrase: None };
    assert_eq!(app.command(rekey).await.exit, 0);
    says(&examined(&app).await, "recovery_kit", "problem", "out of date", "junctionbox recovery-kit");
    assert_eq!(app.command(ControlRequest::VaultSeal).await.exit, 0);
    says(&examined(&app).await, "vault", "problem", "sealed", "junctionbox vault unseal");

    let by_hand = Wish::default().set("backup.schedule", "off").start().await;
    says(&examined(&by_hand).await, "backup", "warning", "by the calendar", "take schedule = \"off\" out");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_what_may_be_reached() {
    let app = TestApp::start().await;
    let found = examined(&app).await;
    says(&found, "names", "good", "", "");
    says(&found, "egress", "good", "Only 127.0.0.0/8", "");
    let named = Wish::default().set("instance.public_url", "https://jbx.plant.invalid").start().await;
    says(&examined(&named).await, "names", "warning", "jbx.plant.invalid", "getent hosts jbx.plant.invalid");
    for (key, value, level, message, next) in [
        ("egress.allow", "", "warning", "[egress] allow is empty", "[egress] allow"),
        ("egress.allow", "0.0.0.0/0", "warning", "Any address may be reached", "[egress] allow"),
        ("egress.plaintext", "0.0.0.0/0", "problem", "in plain HTTP", "[egress] plaintext"),
    ] {
        let open = Wish::default().set(key, value).start().await;
        says(&examined(&open).await, "egress", level, message, next);
    }
}

/// A certificate that ends so many days from now.
fn certificate(folder: &TempDir, days: i64) -> String {
    let at = |name: &str| folder.path().join(name).display().to_string();
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().expect("a time").as_secs()).expect("a time");
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut asked = rcgen::CertificateParams::new(vec!["localhost".into()]).expect("its parameters");
    // The calendar's day, so many after 1970-01-01.
    let day = |number: i64| {
        let text = Timestamp::from_millis(number * 86_400_000).to_string();
        let part = |from: usize, to: usize| text[from..to].parse::<u16>().expect("a number");
        let (month, of_month) = (u8::try_from(part(5, 7)).expect("a month"), u8::try_from(part(8, 10)).expect("a day"));
        rcgen::date_time_ymd(i32::from(part(0, 4)), month, of_month)
    };
    asked.not_before = day(now / 86_400 - 100);
    asked.not_after = day(now / 86_400 + days);
    let made = asked.self_signed(&key).expect("a certificate");
    fs::write(at("cert.pem"), made.pem()).expect("a file");
    fs::write(at("key.pem"), key.serialize_pem()).expect("a file");
    format!("{},{}", at("cert.pem"), at("key.pem"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificates_end() {
    for (days, level, message, next) in [
        (200, "good", "holds until", ""),
        (10, "warning", "ends on", "systemctl reload junctionbox"),
        (-2, "problem", "ended on", "systemctl reload junctionbox"),
    ] {
        let folder = TempDir::new().expect("a folder");
        let app = Wish::default().set("server.tls", &certificate(&folder, days)).start().await;
        says(&examined(&app).await, "certificate", level, message, next);
    }
    let own = Wish::default().set("server.tls", "auto").start().await;
    says(&examined(&own).await, "certificate", "good", "it is renewed by itself", "");
    let off = TestApp::start().await;
    says(&examined(&off).await, "certificate", "good", "TLS is off", "");
}

/// Mistakes of every kind at once: each with file, line, key and remedy, and the start says the very same lines.
#[test]
fn check_config_and_the_start_say_the_same() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("junctionbox.toml");
    let run = |text: &str, word: &[&str]| {
        fs::write(&file, text).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
        let command = command.arg("--config").arg(&file).arg("--data-dir").arg(folder.path().join("data")).args(word);
        let done = command.output().expect("the program runs");
        let text = [done.stdout, done.stderr].concat();
        (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    };
    let grammar = "[health]\nintervall_seconds = 5\n\n[server]\nlisten = [\"nowhere\"]\n";
    let values = "[server]\nlisten = [\"127.0.0.1:0\"]\ntls = { certificate = \"/nonexistent/a.pem\", key = \"/nonexistent/b.pem\" }\n\
                  [egress]\nallow = [\"not an address!\"]\n[backup]\nschedule = \"61 2 * * *\"\n\
                  [smtp]\nhost = \"127.0.0.1\"\nfrom = \"nobody at all\"\n";
    for (text, keys) in [
        (grammar, vec![(2, "health.intervall_seconds"), (5, "server.listen")]),
        (values, vec![(3, "server.tls"), (5, "egress.allow"), (7, "backup.schedule"), (10, "smtp.from")]),
    ] {
        let (code, said) = run(text, &["check-config", "--json"]);
        let value: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"));
        assert_eq!((code, &value["ok"]), (3, &json!(false)), "{said}");
        let problems = value["problems"].as_array().expect("a list");
        assert_eq!(problems.len(), keys.len(), "{value:#}");
        let (code, refused) = run(text, &["serve"]);
        assert_eq!(code, 1, "{refused}");
        let (_, lines) = run(text, &["check-config"]);
        for (line, key) in keys {
            let place = format!("{}, line {line}", file.display());
            let found = problems.iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("{key}: {value:#}"));
            assert_eq!(found["where"], json!(place), "{key}");
            assert!(found["remedy"].as_str().is_some_and(|remedy| remedy.len() > 10), "{found}");
            let sentence = lines.lines().find(|one| one.contains(key)).unwrap_or_else(|| panic!("{key}: {lines}"));
            assert!(refused.contains(sentence), "the start says otherwise than “{sentence}”: {refused}");
        }
    }
    assert!(!folder.path().join("data").exists(), "a refused start made something");
    let (code, said) = run("[server]\ntls = \"off\"\n", &["check-config"]);
    assert!(code == 0 && said.contains("is in order"), "{code} {said}");
}
