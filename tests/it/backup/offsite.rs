//! Off-site against real servers: a folder, Debian's OpenSSH, and an S3-compatible storage that checks signatures.

use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Two backups get there, whole; with one kept, the older goes again; the erasure list lies beside them.
fn proves_itself(appliance: &Appliance, there: &Path) {
    let first = back_up(appliance);
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(names(there), [name.as_str()], "{}", appliance.printed());
    assert_eq!(std::fs::read(there.join(&name)).expect("there"), std::fs::read(&first).expect("here"));
    let gone = appliance.done("POST", "/customers", &json!({"name": "Gone"}));
    appliance.call("DELETE", &format!("/customers/{}", gone["id"].as_str().expect("an id")), None);
    let second = back_up(appliance);
    let found = names(there);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|name| name.ends_with("-erased.txt")), "{found:?}");
    let name = second.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(found.contains(&name), "{found:?}");
    let listed: Value = serde_json::from_str(&appliance.run(&["backup", "list", "--json"])).expect("JSON");
    assert!(listed["data"][0]["offsite_at"].is_string(), "{listed}");
    assert!(!appliance.metrics().contains("junctionbox_last_offsite_backup_timestamp_seconds 0"));
    // What lies there restores, and the list beside it is found.
    let new = Appliance::another_machine(appliance);
    let (code, text) = restore(&new, &there.join(&name), &kit(appliance));
    assert_eq!(code, 0, "{text}");
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
    proves_itself(&with(&format!("target = \"{}\"\n{keep}", there.path().display())), there.path());
    fails(&with("target = \"/nonexistent/share\""), "is the share mounted");
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
    proves_itself(&with(&server.target(key.trim())), &server.path("backups"));
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
    let appliance = with(&server.target("secret-of-the-test"));
    proves_itself(&appliance, &server.folder.path().join("disk/plant/backups"));
    fails(&with(&server.target("another-secret")), "refused the access key");
}
