//! A start that must not happen ends at once with a sentence that names the place and what to do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peers::Appliance;

fn program(folder: &Path, configuration: &str) -> Command {
    let file = folder.join("refused.toml");
    fs::write(&file, configuration).expect("the configuration is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
    command.arg("--config").arg(file).arg("--data-dir").arg(folder.join("data"));
    command
}

/// Runs `serve`, which must end by itself; returns what it said.
fn refused(mut command: Command) -> String {
    let mut child = command
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let end = Instant::now() + Duration::from_secs(20);
    while child.try_wait().expect("its state").is_none() {
        if Instant::now() > end {
            child.kill().expect("it is stopped");
            let Output { stdout, stderr, .. } = child.wait_with_output().expect("its output");
            panic!("it started:\n{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("its output");
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "it ended well: {words}");
    assert!(!words.contains("panicked"), "{words}");
    assert!(words.trim().len() > 20, "it said nothing of use: {words:?}");
    words
}

fn says(words: &str, each: &[&str]) {
    for word in each {
        assert!(words.to_lowercase().contains(&word.to_lowercase()), "no “{word}” in: {words}");
    }
}

#[test]
fn mistakes_in_the_configuration() {
    let folder = TempDir::new().expect("a folder");
    says(&refused(program(folder.path(), "[health]\nintervall_seconds = 5\n")), &["intervall_seconds", "refused.toml"]);
    says(&refused(program(folder.path(), "[health]\ninterval_seconds = \"soon\"\n")), &["interval_seconds", "soon"]);
    says(&refused(program(folder.path(), "[server]\nlisten = [\"0.0.0.0:0\"]\ntls = \"off\"\n")), &["tls"]);
    says(&refused(program(folder.path(), "[server\n")), &["refused.toml"]);
    assert!(!folder.path().join("data/junctionbox.db").exists(), "a refused start has made a store");
}

#[test]
fn keys_that_are_missing_wrong_or_open_to_others() {
    let mut appliance = Appliance::with("");
    appliance.stop();
    let data = appliance.data_dir();
    let folder = data.parent().expect("the folder around it").to_owned();
    let again = || program(&folder, "[server]\nlisten = [\"127.0.0.1:0\"]\ntls = \"off\"\n");
    let key = data.join("instance.key");
    let kept = fs::read(&key).expect("the instance key");

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("its mode");
    says(&refused(again()), &["instance.key", "600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its mode");
    fs::write(&key, b"short").expect("it is written");
    says(&refused(again()), &["instance.key"]);
    fs::remove_file(&key).expect("it is gone");
    says(&refused(again()), &["instance.key"]);
    assert!(!key.exists(), "a new key was made over a store that it cannot open");
    fs::write(&key, kept).expect("it is back");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("its mode");
    appliance.start_again();
    assert_eq!(appliance.read("/instance")["vault"]["sealed"], false);
}

#[test]
fn a_data_directory_or_a_port_in_use() {
    let appliance = Appliance::with("");
    let folder = appliance.data_dir().parent().expect("the folder around it").to_owned();
    let mut second = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
    second.arg("--data-dir").arg(appliance.data_dir());
    second.env("JUNCTIONBOX_SERVER__LISTEN", "127.0.0.1:0").env("JUNCTIONBOX_SERVER__TLS", "off").current_dir(&folder);
    says(&refused(second), &["data"]);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let other = TempDir::new().expect("a folder");
    let words = refused(program(other.path(), &format!("[server]\nlisten = [\"127.0.0.1:{port}\"]\ntls = \"off\"\n")));
    says(&words, &[&port.to_string()]);
}

#[test]
fn files_and_folders_are_for_the_owner_alone() {
    let appliance = Appliance::with("");
    let mut folders = vec![appliance.data_dir()];
    while let Some(folder) = folders.pop() {
        let mode = fs::metadata(&folder).expect("a folder").permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
                assert_eq!(mode, 0o600, "{}", path.display());
            }
        }
    }
}
