//! What holds a secret, if only for a moment, leaves no trace of it: no core file, no repetition in an error.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn junctionbox() -> Command {
    Command::new(env!("CARGO_BIN_EXE_junctionbox"))
}

#[test]
fn a_command_that_reads_keys_cannot_leave_a_core_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let kit = folder.path().join("kit.txt");
    assert!(Command::new("mkfifo").arg(&kit).status().expect("mkfifo").success());
    // It waits for the kit's first line, and can be looked at.
    let mut command = junctionbox();
    command.args(["backup", "verify", "x/none.jbxbackup", "--recovery-kit"]).arg(&kit);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let end = Instant::now() + Duration::from_secs(10);
    let limits = format!("/proc/{}/limits", child.id());
    let core = loop {
        let text = std::fs::read_to_string(&limits).expect("its limits");
        let core = text.lines().find(|line| line.starts_with("Max core file size")).expect("a line").to_owned();
        if core.split_whitespace().filter(|word| *word == "0").count() == 2 || Instant::now() > end {
            break core;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("junctionbox.toml");
    for (text, key) in [
        (
            "[smtp]\nhost = \"127.0.0.1\"\nfrom = \"a@b.example\"\nusername = \"u\"\npassword = 918273645",
            "smtp.password",
        ),
        ("[vault]\npassphrase = [\"correct918273645\"]", "vault.passphrase"),
        ("[storage]\ninstance_key = 918273645", "storage.instance_key"),
        ("[backup]\ns3_secret_key = 918273645", "backup.s3_secret_key"),
        ("[backup]\ntarget = \"ftp://me:918273645@host.example/x\"", "backup.target"),
        ("[backup]\ntarget = \"sftp://me:918273645@/x\"", "backup.target"),
    ] {
        std::fs::write(&file, text).expect("a configuration");
        let answer = junctionbox().args(["check-config", "--config"]).arg(&file).output().expect("it runs");
        let said = String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat()).into_owned();
        assert!(!answer.status.success() && said.contains(key), "{text}: {said}");
        assert!(!said.contains("918273645"), "{text}: {said}");
    }
}
