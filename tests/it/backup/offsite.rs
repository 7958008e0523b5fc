//! Off-site against real servers: a folder, Debian's OpenSSH, and an S3-compatible storage that checks signatures.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{back_up, kit, restore};
use crate::peers::{Appliance, Process, free_port};

const LOOPBACK: &str = "[egress]\nallow = [\"127.0.0.0/8\"]\n";

fn with(backup: &str) -> Appliance {
    Appliance::with(&format!("{LOOPBACK}[backup]\n{backup}\n"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Two backups get there, whole; with one kept, the older goes again; the erasure list lies beside them as soon as a customer
/// is deleted. A new machine brings all of it back by its configuration alone.
fn proves_itself(target: &str, there: &Path) {
    let appliance = with(target);
    let first = back_up(&appliance);
    let name = file_name(&first);
    assert_eq!(names(there), [name.as_str()], "{}", appliance.printed());
    assert_eq!(std::fs::read(there.join(&name)).expect("there"), std::fs::read(&first).expect("here"));
    let old = delete_a_customer(&appliance, "Gone before");
    let second = back_up(&appliance);
    let late = delete_a_customer(&appliance, "Gone after the backup");
    await_line(there, &late, &appliance);
    let found = names(there);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&file_name(&second)), "{found:?}");
    let listed: Value = serde_json::from_str(&appliance.run(&["backup", "list", "--json"])).expect("JSON");
    assert!(listed["data"][0]["offsite_at"].is_string(), "{listed}");
    assert!(!appliance.metrics().contains("junctionbox_last_offsite_backup_timestamp_seconds 0"));
    brought_back(&appliance, target, &file_name(&second), &[&old, &late]);
}

/// On a machine that has the configuration and nothing else.
fn brought_back(appliance: &Appliance, target: &str, name: &str, gone: &[&str]) {
    let kit = kit(appliance);
    let mut new = Appliance::another_machine_with(appliance, &format!("[backup]\n{target}\n"));
    let listed: Value = serde_json::from_str(&new.run(&["backup", "list", "--target", "--json"])).expect("JSON");
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["data"][0]["name"], name);
    let into = TempDir::new().expect("a folder");
    let folder = into.path().to_string_lossy().into_owned();
    let said = new.run(&["backup", "fetch", "--into", &folder]);
    assert!(said.contains(name) && said.contains("its checksum holds") && said.contains("-erased.txt"), "{said}");
    let (code, text) = new.try_run(&["backup", "fetch", name, "--into", &folder]);
    assert!(code == 1 && text.contains("exists already"), "{code} {text}");
    let (code, text) = new.try_run(&["backup", "fetch", "junctionbox-none.jbxbackup", "--into", &folder]);
    assert!(code == 1 && text.contains("backup list --target"), "{code} {text}");
    assert_eq!(names(into.path()).len(), 2, "nothing half is left");
    // The list that came along ends those who were deleted after the backup.
    let (code, text) = restore(&new, &into.path().join(name), &kit);
    assert_eq!(code, 0, "{text}");
    new.start_again();
    for id in gone {
        assert_eq!(new.call("GET", &format!("/customers/{id}"), None).status, 404);
    }
    // It stands by, and says so in words wherever one looks.
    let ready = new.stranger("GET", "/readyz", &[]);
    assert!(ready.status == 200 && ready.json()["standing_by"] == json!(true), "{ready:?}");
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

fn delete_a_customer(appliance: &Appliance, name: &str) -> String {
    let made = appliance.done("POST", "/customers", &json!({"name": name}));
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(appliance.call("DELETE", &format!("/customers/{id}"), None).status, 204);
    id
}

/// No backup is made for it.
fn await_line(there: &Path, id: &str, appliance: &Appliance) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let list = names(there).into_iter().find(|name| name.ends_with("-erased.txt"));
        let text = list.and_then(|name| std::fs::read_to_string(there.join(name)).ok()).unwrap_or_default();
        if text.contains(id) {
            return;
        }
        assert!(Instant::now() < end, "{id} is not on the list there: {text}\n{}", appliance.printed());
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn fails(appliance: &Appliance, reason: &str) {
    let (code, text) = appliance.try_run(&["backup", "create"]);
    assert!(code == 1 && text.contains("could not be sent off-site") && text.contains(reason), "{code} {text}");
    assert!(appliance.metrics().contains("junctionbox_backup_failed 1"));
    assert_eq!(appliance.try_run(&["backup", "verify"]).0, 0, "the backup here is good");
}

#[test]
fn a_folder() {
    let there = TempDir::new().expect("a folder");
    let keep = "keep_daily = 1\nkeep_weekly = 0";
    proves_itself(&format!("target = \"{}\"\n{keep}", there.path().display()), there.path());
    let lost = with("target = \"/nonexistent/share\"");
    fails(&lost, "is the share mounted");
    // A list that cannot get there is a finding of its own.
    delete_a_customer(&lost, "Gone");
    let end = Instant::now() + Duration::from_secs(30);
    while !lost.try_run(&["doctor"]).1.contains("The erasure list off-site is behind") {
        assert!(Instant::now() < end, "{}", lost.try_run(&["doctor"]).1);
        std::thread::sleep(Duration::from_millis(500));
    }
}

struct Sshd {
    _process: Process,
    folder: TempDir,
    port: u16,
}

impl Sshd {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for (name, kind) in [("host", "ed25519"), ("client", "ed25519")] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(at(name)).status();
            assert!(made.expect("ssh-keygen runs").success());
        }
        std::fs::copy(at("client.pub"), at("authorized_keys")).expect("the client's key");
        std::fs::create_dir(at("backups")).expect("a folder");
        let port = free_port();
        let text = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPidFile none\n\
             PasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n",
            at("host").display(),
            at("authorized_keys").display()
        );
        std::fs::write(at("sshd_config"), text).expect("its configuration");
        // The unprivileged half of the server wants its folder.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(at("sshd_config"));
        let process = Process::serve(command, port, &at("output"));
        Self { _process: process, port, folder }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn target(&self, host_key: &str) -> String {
        let user = String::from_utf8(Command::new("id").arg("-un").output().expect("id runs").stdout).expect("a name");
        format!(
            "target = \"sftp://{}@127.0.0.1:{}{}\"\nsftp_host_key = \"{host_key}\"\nsftp_key_file = \"{}\"\nkeep_daily = 1\nkeep_weekly = 0",
            user.trim(),
            self.port,
            self.path("backups").display(),
            self.path("client").display()
        )
    }
}

#[test]
fn sftp_with_a_pinned_key() {
    let server = Sshd::start();
    let key = std::fs::read_to_string(server.path("host.pub")).expect("its key");
    proves_itself(&server.target(key.trim()), &server.path("backups"));
    let shown =
        Command::new("ssh-keygen").args(["-lf"]).arg(server.path("host.pub")).output().expect("ssh-keygen runs");
    let shown = String::from_utf8(shown.stdout).expect("text");
    let fingerprint = shown.split_whitespace().nth(1).expect("a fingerprint");
    back_up(&with(&server.target(fingerprint)));
    // Another server that poses as it.
    let other = std::fs::read_to_string(server.path("client.pub")).expect("another key");
    fails(&with(&server.target(other.trim())), "showed another key (SHA256:");
    std::fs::write(server.path("authorized_keys"), "").expect("nobody may sign in");
    fails(&with(&server.target(fingerprint)), "refuses the user");
}

struct Storage {
    _process: Process,
    folder: TempDir,
    port: u16,
}

impl Storage {
    fn start() -> Self {
        let install = crate::peers::script("install");
        assert!(Command::new(&install).status().expect("the installer runs").success());
        let cache = Command::new(&install).arg("--where").output().expect("its folder").stdout;
        let program = PathBuf::from(String::from_utf8(cache).expect("a path").trim()).join("rclone/bin/rclone");
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir_all(folder.path().join("disk/plant")).expect("a bucket");
        let port = free_port();
        let mut command = Command::new(program);
        command.args([
            "serve",
            "s3",
            "--addr",
            &format!("127.0.0.1:{port}"),
            "--auth-key",
            "AKIDTEST,secret-of-the-test",
        ]);
        command.arg("--config").arg(folder.path().join("rclone.conf")).arg(folder.path().join("disk"));
        let process = Process::serve(command, port, &folder.path().join("output"));
        Self { _process: process, port, folder }
    }
    fn target(&self, secret: &str) -> String {
        format!(
            "target = \"s3://plant/backups\"\ns3_endpoint = \"http://127.0.0.1:{}\"\ns3_access_key = \"AKIDTEST\"\ns3_secret_key = \"{secret}\"\nkeep_daily = 1\nkeep_weekly = 0",
            self.port
        )
    }
}

#[test]
fn s3_that_checks_signatures() {
    let server = Storage::start();
    let target = server.target("secret-of-the-test");
    proves_itself(&target, &server.folder.path().join("disk/plant/backups"));
    fails(&with(&server.target("another-secret")), "refused the access key");
    let stranger =
        Appliance::another_machine_with(&with(""), &format!("[backup]\n{}\n", server.target("another-secret")));
    let (code, text) = stranger.try_run(&["backup", "list", "--target"]);
    assert!(code == 1 && text.contains("refused the access key"), "{code} {text}");
}

/// More than one part: eight MiB each.
#[test]
fn s3_in_parts() {
    let server = Storage::start();
    let there = server.folder.path().join("disk/plant/backups");
    let target = server.target("secret-of-the-test");
    let appliance = with(&target);
    for number in 0..1200 {
        let body = json!({"name": format!("Plant {number}"), "metadata": {"note": "x".repeat(15_000)}});
        appliance.done("POST", "/customers", &body);
    }
    let made = back_up(&appliance);
    let here = std::fs::read(&made).expect("here");
    assert!(here.len() > 2 * 8 * 1024 * 1024, "{} bytes make no third part", here.len());
    assert!(here == std::fs::read(there.join(file_name(&made))).expect("there"), "other bytes came there");
    let new = Appliance::another_machine_with(&appliance, &format!("[backup]\n{target}\n"));
    let into = TempDir::new().expect("a folder");
    new.run(&["backup", "fetch", "--into", &into.path().to_string_lossy()]);
    assert!(here == std::fs::read(into.path().join(file_name(&made))).expect("fetched"), "other bytes came back");
}

/// What was changed there is not brought here as a backup; of two appliances' backups one has to be named.
#[test]
fn what_lies_there_is_not_believed() {
    let there = TempDir::new().expect("a folder");
    let target = format!("target = \"{}\"", there.path().display());
    let appliance = with(&target);
    let name = file_name(&back_up(&appliance));
    let mut bytes = std::fs::read(there.path().join(&name)).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(there.path().join(&name), &bytes).expect("changed");
    let into = TempDir::new().expect("a folder");
    let folder = into.path().to_string_lossy().into_owned();
    let fetch = || appliance.try_run(&["backup", "fetch", "--into", &folder]);
    let (code, text) = fetch();
    assert!(code == 1 && text.contains("checksum does not fit"), "{code} {text}");
    std::fs::write(there.path().join(&name), &bytes[..middle]).expect("cut");
    let (code, text) = fetch();
    assert!(code == 1 && text.contains("truncated"), "{code} {text}");
    std::fs::write(there.path().join("junctionbox-zzzzzz-20200101T000000Z.jbxbackup"), "x").expect("another's");
    let (code, text) = fetch();
    assert!(code == 1 && text.contains("more than one appliance"), "{code} {text}");
    assert!(names(into.path()).is_empty(), "something half is left");
    let (code, text) = with("").try_run(&["backup", "fetch"]);
    assert!(code == 1 && text.contains("[backup] target"), "{code} {text}");
}
