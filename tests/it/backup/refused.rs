//! What is no good backup is refused with its reason, and nothing of the old appliance changes.

use std::path::Path;

use super::{back_up, kit, no_leftovers, restore};
use crate::peers::Appliance;

/// A change to a backup's bytes, and what the refusal says.
type Case = (&'static str, fn(Vec<u8>) -> Vec<u8>, &'static str);

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("it is in the head");
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

const CASES: &[Case] = &[
    ("cut short", |bytes| bytes[..bytes.len() - 1000].to_vec(), "truncated"),
    ("cut at its head", |bytes| bytes[..60].to_vec(), "truncated"),
    ("empty", |_| Vec::new(), "not a backup"),
    ("another file", |_| b"PK\x03\x04 something else entirely".to_vec(), "not a backup"),
    (
        "one bit in the middle",
        |mut bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        },
        "changed after it was written",
    ),
    (
        "its checksum",
        |mut bytes| {
            *bytes.last_mut().expect("a byte") ^= 1;
            bytes
        },
        "checksum does not fit",
    ),
    (
        "its manifest",
        |bytes| replaced(&bytes, "\"region\":\"local\"", "\"region\":\"Local\""),
        "changed after it was written",
    ),
    ("something appended", |bytes| [bytes, b"more".to_vec()].concat(), "changed after it was written"),
    (
        "a newer format",
        |bytes| replaced(&bytes, "JUNCTIONBOX-BACKUP 1", "JUNCTIONBOX-BACKUP 7"),
        "newer Junctionbox (backup format 7",
    ),
    (
        "a newer schema",
        |bytes| {
            let known = format!("\"schema\":{}", junctionbox::store::MAIN_MIGRATIONS.len());
            let newer = format!("\"schema\":{}", 90 + junctionbox::store::MAIN_MIGRATIONS.len() % 10);
            // One digit more: the length is told in the same breath.
            replaced(&bytes, &known, &newer)
        },
        "newer Junctionbox",
    ),
];

#[test]
fn a_backup_that_is_no_good_is_refused_with_its_reason() {
    let mut appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    let good = std::fs::read(&backup).expect("the backup");
    let state = |appliance: &Appliance| std::fs::read(appliance.data_dir().join("junctionbox.db")).expect("the store");
    appliance.stop();
    for (name, change, reason) in CASES {
        let path = backup.with_file_name("changed.jbxbackup");
        std::fs::write(&path, change(good.clone())).expect("a file");
        let before = state(&appliance);
        let (code, text) = restore(&appliance, &path, &kit);
        assert!(code == 1 && text.contains(reason), "{name}: {code} {text}");
        assert!(before == state(&appliance), "{name}: the store was touched");
        let (code, text) = appliance.try_run(&["backup", "verify", &path.to_string_lossy()]);
        assert!(code == 3 && text.contains(reason), "{name}, verify: {code} {text}");
        no_leftovers(&appliance);
        std::fs::remove_file(&path).expect("it goes");
    }
    assert_eq!(appliance.try_run(&["backup", "verify", &backup.to_string_lossy()]).0, 0);
    foreign(&appliance, &backup, &kit);
}

/// Another instance's key opens nothing, and is told apart from damage.
fn foreign(appliance: &Appliance, backup: &Path, kit: &Path) {
    let other = Appliance::start();
    let (code, text) = restore(&Appliance::another_machine(&other), backup, &super::kit(&other));
    assert!(code == 1 && text.contains("another instance"), "{code} {text}");
    let new = Appliance::another_machine(appliance);
    let (code, text) = new.try_run(&["restore", &backup.to_string_lossy()]);
    assert!(code == 1 && text.contains("--recovery-kit"), "{code} {text}");
    // A typing error is found before anything else, with its line.
    let typed = std::fs::read_to_string(kit).expect("the kit");
    let line = typed.lines().find(|line| line.trim_start().starts_with("K2")).expect("a line");
    let wrong = if line.contains('7') {
        line.replacen('7', "8", 1)
    } else {
        line.replacen(|c: char| c.is_ascii_uppercase() && c != 'K', "7", 1)
    };
    let path = kit.with_file_name("typed.txt");
    std::fs::write(&path, typed.replace(line, &wrong)).expect("a file");
    let (code, text) = restore(&new, backup, &path);
    assert!(code == 1 && text.contains("line K2"), "{code} {text}");
}
