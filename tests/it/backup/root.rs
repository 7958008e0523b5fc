//! A restore by root: for the service's user alone, as that user, and never through a folder that somebody else holds.
//! Only root can be led astray so: run by anybody else these have nothing to show.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use super::{back_up, kit, restore};
use crate::peers::Appliance;

const NOBODY: u32 = 65_534;
const SERVICE: u32 = 64_242;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn root_restores_into_nobody_elses_folder() {
    if !is_root() {
        return;
    }
    let appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    // Somebody made the folder beforehand, and waits for the keys.
    let new = Appliance::another_machine(&appliance);
    fs::create_dir(new.data_dir()).expect("a folder");
    chown(new.data_dir(), Some(NOBODY), Some(NOBODY)).expect("an owner");
    let (code, text) = restore(&new, &backup, &kit);
    assert!(code == 1 && text.contains("belongs to another user (uid 65534)"), "{code} {text}");
    assert_eq!(fs::read_dir(new.data_dir()).expect("the folder").count(), 0);
    // Everybody may exchange it.
    let open = Appliance::another_machine(&appliance);
    mode(open.data_dir().parent().expect("a folder"), 0o777);
    let (code, text) = restore(&open, &backup, &kit);
    assert!(code == 1 && text.contains("others may write into"), "{code} {text}");
    assert!(!open.data_dir().exists());
    // Somebody else's folder on the way.
    let below = Appliance::another_machine(&appliance);
    chown(below.data_dir().parent().expect("a folder"), Some(NOBODY), None).expect("an owner");
    let (code, text) = restore(&below, &backup, &kit);
    assert!(code == 1 && text.contains("belongs to another user"), "{code} {text}");
    assert!(!below.data_dir().exists());
}

/// Runs the program as root on a machine whose service's user is `SERVICE`.
fn as_root_with_service(appliance: &Appliance, words: &[&str]) -> (i32, String) {
    let folder = appliance.data_dir().parent().expect("a folder").to_owned();
    let passwd = folder.join("passwd");
    fs::write(&passwd, format!("root:x:0:0:root:/root:/bin/sh\njunctionbox:x:{SERVICE}:{SERVICE}::/:/bin/false\n"))
        .expect("a list of users");
    let script = "mount --bind \"$1\" /etc/passwd && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(passwd).arg(env!("CARGO_BIN_EXE_junctionbox"));
    command.arg("--config").arg(folder.join("junctionbox.toml")).arg("--data-dir").arg(appliance.data_dir());
    let answer = command.args(words).output().expect("it runs");
    let text = String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat()).into_owned();
    (answer.status.code().unwrap_or(-1), text)
}

#[test]
fn root_restores_as_the_services_user_and_follows_nothing_that_lies_there() {
    let can_unshare =
        || Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|status| status.success());
    if !is_root() || !can_unshare() {
        return;
    }
    let appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    let (kit, backup) = (kit.to_string_lossy().into_owned(), backup.to_string_lossy().into_owned());
    // The backup and the kit lie where root alone can read them.
    let words = ["restore", &backup, "--recovery-kit", &kit];
    let new = Appliance::another_machine(&appliance);
    let (folder, data) = (new.data_dir().parent().expect("a folder").to_owned(), new.data_dir());
    mode(&folder, 0o755);
    fs::create_dir_all(data.join("before-restore-1")).expect("a folder");
    let victim = folder.join("victim");
    fs::write(&victim, "of root").expect("a file");
    fs::write(data.join("before-restore-1/victim"), "of the service").expect("a file");
    let journal = serde_json::json!([{"place": victim, "aside": data.join("before-restore-1/victim"), "had": true}]);
    fs::write(data.join("restore.journal"), journal.to_string()).expect("a journal");
    for link in ["erased.new", "restore.journal.new", "instance.key.new"] {
        symlink(&victim, data.join(link)).expect("a link");
    }
    for path in
        [&data, &data.join("before-restore-1"), &data.join("before-restore-1/victim"), &data.join("restore.journal")]
    {
        chown(path, Some(SERVICE), Some(SERVICE)).expect("an owner");
    }
    let untouched = || {
        let found = fs::metadata(&victim).expect("the file of root");
        assert_eq!((found.uid(), fs::read_to_string(&victim).expect("a text")), (0, "of root".to_owned()));
    };
    let (code, text) = as_root_with_service(&new, &words);
    assert!(code == 1 && text.contains("which no restore would have moved"), "{code} {text}");
    untouched();
    fs::remove_file(data.join("restore.journal")).expect("it goes");
    let (code, text) = as_root_with_service(&new, &words);
    assert_eq!(code, 0, "{text}");
    untouched();
    let mut seen = 0;
    for entry in fs::read_dir(&data).expect("the data").flatten() {
        let found = entry.metadata().expect("an entry");
        if !found.is_symlink() {
            assert_eq!((found.uid(), found.gid()), (SERVICE, SERVICE), "{:?}", entry.path());
            seen += 1;
        }
    }
    assert!(seen >= 4 && data.join("vault.key").exists() && data.join("junctionbox.db").exists(), "{seen}");
}
