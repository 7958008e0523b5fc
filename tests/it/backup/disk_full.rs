//! A full disk at any moment of a backup or a restore: the old state is intact and the message clear. Needs root for a
//! small disk of its own; says so where it is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{back_up, kit, restore};
use crate::peers::Appliance;

/// A small disk in memory, gone with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let option = format!("size={size},mode=0700");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &option, "tmpfs"]).arg(at).status();
        assert!(done.expect("mount runs").success(), "a small disk needs root");
        Self(at.to_owned())
    }
    fn resize(&self, size: u64) {
        let option = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &option]).arg(&self.0).status().expect("mount runs").success());
    }
    fn used(&self) -> u64 {
        let stat = rustix::fs::statvfs(&self.0).expect("its state");
        (stat.f_blocks - stat.f_bfree) * stat.f_frsize
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn filled(appliance: &Appliance) {
    for number in 0..60 {
        appliance.done(
            "POST",
            "/customers",
            &json!({"name": format!("Plant {number}"), "metadata": {"note": "x".repeat(400)}}),
        );
    }
}

#[test]
fn a_backup_on_a_full_disk_says_so_and_leaves_everything_as_it_was() {
    let appliance = Appliance::start();
    filled(&appliance);
    let disk = SmallDisk::mount(&appliance.data_dir().join("backups"), "64m");
    let first = back_up(&appliance);
    let needed = std::fs::metadata(&first).expect("a file").len();
    // From no room at all to nearly enough, in steps: the copies, the sealed file or the proof runs out.
    for step in 0..8u64 {
        disk.resize(disk.used() + needed * step * 3 / 8);
        let (code, text) = appliance.try_run(&["backup", "create"]);
        if code == 0 {
            continue;
        }
        assert!(code == 1 && (text.contains("are needed") || text.contains("is full")), "step {step}: {code} {text}");
        assert!(appliance.metrics().contains("junctionbox_backup_failed 1"), "step {step}");
        super::no_leftovers(&appliance);
        assert_eq!(appliance.call("GET", "/customers", None).status, 200);
    }
    disk.resize(64 << 20);
    assert!(appliance.run(&["backup", "verify"]).contains("whole"), "the one before");
    back_up(&appliance);
    assert!(appliance.metrics().contains("junctionbox_backup_failed 0"));
    assert!(appliance.run(&["audit", "export"]).contains("backup.created"));
}

#[test]
fn a_restore_on_a_full_disk_says_so_and_the_old_appliance_goes_on() {
    let mut appliance = Appliance::start();
    filled(&appliance);
    let (kit, made) = (kit(&appliance), back_up(&appliance));
    let backup = kit.with_file_name("the.jbxbackup");
    std::fs::copy(&made, &backup).expect("a copy elsewhere");
    let later = appliance.done("POST", "/customers", &json!({"name": "After the backup"}));
    let later = format!("/customers/{}", later["id"].as_str().expect("an id"));
    appliance.stop();
    let size = std::fs::metadata(&backup).expect("a file").len();
    let safe = appliance.data_dir().with_file_name("safe");
    assert!(Command::new("cp").arg("-a").arg(appliance.data_dir()).arg(&safe).status().expect("cp runs").success());
    let disk = SmallDisk::mount(&appliance.data_dir(), "64m");
    assert!(
        Command::new("cp").args(["-a", "-T"]).arg(&safe).arg(appliance.data_dir()).status().expect("cp runs").success()
    );
    for step in 0..8u64 {
        disk.resize(disk.used() + 8192 + size * step * 3 / 8);
        let (code, text) = restore(&appliance, &backup, &kit);
        if code == 0 {
            break;
        }
        assert!(text.contains("are needed") || text.contains("full"), "step {step}: {code} {text}");
        super::no_leftovers(&appliance);
        disk.resize(64 << 20);
        appliance.start_again();
        assert_eq!(appliance.call("GET", &later, None).status, 200, "step {step}: the old appliance is not whole");
        appliance.stop();
    }
    disk.resize(64 << 20);
    let (code, text) = restore(&appliance, &backup, &kit);
    assert_eq!(code, 0, "{text}");
}
