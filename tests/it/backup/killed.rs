//! `kill -9` in the middle of a backup or a restore: what runs afterwards is a whole appliance, the old one or the new.

use std::time::Duration;

use serde_json::json;

use super::{back_up, kit};
use crate::peers::Appliance;

#[test]
fn a_backup_that_is_killed_leaves_a_working_appliance_and_no_half_file() {
    let mut appliance = Appliance::start();
    for number in 0..30 {
        appliance.done("POST", "/customers", &json!({"name": format!("Plant {number}")}));
    }
    for round in 0..6u64 {
        let mut child = appliance.spawn(&["backup", "create"]);
        std::thread::sleep(Duration::from_millis(20 + round * 37));
        appliance.kill_now();
        let _ = child.wait();
        appliance.start_again();
        let listed: serde_json::Value =
            serde_json::from_str(&appliance.run(&["backup", "list", "--json"])).expect("JSON");
        for row in listed["data"].as_array().expect("a list") {
            assert_eq!(row["fault"], json!(null), "{row}");
        }
        assert!(appliance.run(&["audit", "verify"]).contains("whole"));
    }
    back_up(&appliance);
    super::no_leftovers(&appliance);
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_or_the_new_appliance() {
    let mut appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    let later = appliance.done("POST", "/customers", &json!({"name": "After the backup"}));
    let later = format!("/customers/{}", later["id"].as_str().expect("an id"));
    appliance.stop();
    let words = ["restore", &backup.to_string_lossy(), "--recovery-kit", &kit.to_string_lossy()].map(str::to_owned);
    for round in 0..10u64 {
        let mut child = appliance.spawn(&words.each_ref().map(String::as_str));
        std::thread::sleep(Duration::from_millis(30 + round * 83));
        let _ = child.kill();
        let _ = child.wait();
        appliance.start_again();
        let found = appliance.call("GET", &later, None).status;
        let restored = appliance.metrics().contains("junctionbox_standing_by 1");
        assert_eq!(found, if restored { 404 } else { 200 }, "round {round}: neither the old nor the new");
        assert!(appliance.run(&["audit", "verify"]).contains("whole"), "round {round}");
        appliance.stop();
        if restored {
            break;
        }
    }
}
