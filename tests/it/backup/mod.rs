//! Backup and restore by the program as an operator runs it: on a new machine by the recovery kit alone, over a broken disk,
//! in the middle of a kill, and of files that somebody changed.

mod disk_full;
mod ended;
mod hostile;
mod killed;
mod offsite;
mod refused;
mod restored;
mod root;
mod storage_fails;
mod tokens;
mod upgrade;

use std::path::PathBuf;

use serde_json::Value;

use crate::peers::Appliance;

/// Makes one by the command line; its file.
pub fn back_up(appliance: &Appliance) -> PathBuf {
    let made: Value = serde_json::from_str(&appliance.run(&["backup", "create", "--json"])).expect("JSON");
    made["path"].as_str().expect("a path").into()
}

/// The kit, typed into a file.
pub fn kit(appliance: &Appliance) -> PathBuf {
    let path = appliance.data_dir().with_file_name("kit.txt");
    std::fs::write(&path, appliance.run(&["recovery-kit"])).expect("the kit is written");
    path
}

pub fn restore(to: &Appliance, backup: &std::path::Path, kit: &std::path::Path) -> (i32, String) {
    let words = ["restore", &backup.to_string_lossy(), "--recovery-kit", &kit.to_string_lossy()].map(str::to_owned);
    to.try_run(&words.each_ref().map(String::as_str))
}

/// Files that no working folder should leave behind.
pub fn no_leftovers(appliance: &Appliance) {
    for folder in [appliance.data_dir(), appliance.data_dir().join("backups")] {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                !name.starts_with(".work")
                    && !name.starts_with("junctionbox-verify")
                    && name != "restoring"
                    && name != "restore.journal",
                "{name} is left"
            );
        }
    }
}
