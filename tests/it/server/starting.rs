//! First starts, keys, private files, and starts that are refused in words.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use junctionbox::server::control::{self, ControlRequest};

use crate::app::{TestApp, Wish};

fn modes(path: &Path, found: &mut Vec<(String, u32)>) {
    let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    found.push((path.display().to_string(), mode));
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            modes(&entry.unwrap().path(), found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_makes_private_files_and_the_next_finds_them() {
    let app = TestApp::start().await;
    let mut found = Vec::new();
    modes(&app.dir(), &mut found);
    for (path, mode) in &found {
        let wanted = if Path::new(path).is_dir() { 0o700 } else { 0o600 };
        assert_eq!(*mode, wanted, "{path}");
    }
    let key = fs::read(app.dir().join("instance.key")).unwrap();
    assert_eq!(key.len(), 32);
    let app = app.restart().await;
    assert_eq!(fs::read(app.dir().join("instance.key")).unwrap(), key);
    assert_eq!(app.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_its_key_is_not_opened_and_the_place_is_named() {
    let mut app = TestApp::start().await;
    app.stop().await;
    let key = app.dir().join("instance.key");
    fs::rename(&key, app.dir().join("elsewhere")).unwrap();
    let refusal = app.try_again().await.err().unwrap();
    assert!(refusal.contains(&key.display().to_string()), "{refusal}");
    fs::write(&key, [7u8; 31]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let refusal = app.try_again().await.err().unwrap();
    assert!(refusal.contains("31 bytes instead of 32"), "{refusal}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refusal = app.try_again().await.err().unwrap();
    assert!(refusal.contains("644") && refusal.contains("chmod"), "{refusal}");
    fs::rename(app.dir().join("elsewhere"), &key).unwrap();
    app.try_again().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_over_the_same_files_is_refused() {
    let app = TestApp::start().await;
    let refusal = app.try_again().await.err().unwrap();
    assert!(refusal.contains("in use"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let app = TestApp::start().await;
    let address = app.running().places()[0].address.to_string();
    let refusal = Wish::default().set("server.listen", &address).try_start().await.err().unwrap();
    assert!(refusal.contains(&address) && refusal.contains("--listen"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_reach_the_running_server_by_its_socket() {
    let app = TestApp::start().await;
    let dir = app.dir();
    let asked = tokio::task::spawn_blocking(move || control::ask(&dir, &ControlRequest::Status)).await.unwrap();
    let answer = asked.unwrap().expect("a server runs");
    assert_eq!(answer.exit, 0);
    assert_eq!(answer.value["region"], "local");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_vaults_key_the_start_is_a_sealed_one() {
    let mut app = TestApp::start().await;
    app.stop().await;
    let key = app.dir().join("vault.key");
    let aside = app.dir().join("aside");
    fs::rename(&key, &aside).unwrap();
    let app = app.restart().await;
    assert_eq!(app.get("/readyz").await.status, 200);
    let status = app.command(ControlRequest::VaultStatus).await;
    assert_eq!(status.value["sealed"], true);
    assert!(status.lines.join(" ").contains(&key.display().to_string()), "{:?}", status.lines);
    assert!(app.get("/metrics").await.text().contains("junctionbox_vault_sealed 1"));
    assert_eq!(app.command(ControlRequest::VaultUnseal { passphrase: None }).await.exit, 1);
    fs::rename(&aside, &key).unwrap();
    assert_eq!(app.command(ControlRequest::VaultUnseal { passphrase: None }).await.exit, 0);
    assert_eq!(app.command(ControlRequest::VaultStatus).await.value["sealed"], false);
    let proof = app.command(ControlRequest::AuditVerify { head: None }).await;
    assert_eq!((proof.exit, &proof.value["whole"]), (0, &serde_json::Value::Bool(true)));
    let head = proof.value["head"].as_str().unwrap().to_owned();
    assert_eq!(app.command(ControlRequest::AuditVerify { head: Some(head.clone()) }).await.exit, 0);
    let beyond = format!("9{head}");
    assert_eq!(app.command(ControlRequest::AuditVerify { head: Some(beyond) }).await.exit, 3);
}
