//! The appliance on a new machine: by the backup and the recovery kit, nothing else.

use std::time::Duration;

use serde_json::json;

use super::{back_up, kit, no_leftovers, restore};
use crate::peers::{Appliance, Cap};

#[test]
fn a_connection_is_active_again_on_a_new_machine_without_its_password() {
    let sap = Cap::start();
    let mut old = Appliance::start();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": Cap::PASSWORD});
    let base_url = format!("{}/odata/v4/maintenance", sap.url());
    let id = old.connect(&old.wish("generic-odata", &base_url, &json!({}), &auth));
    let kit = kit(&old);
    let backup = back_up(&old);
    old.stop();

    let mut new = Appliance::another_machine(&old);
    let (code, text) = restore(&new, &backup, &kit);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("stands by"), "{text}");
    no_leftovers(&new);
    new.start_again();
    // It stands by: nothing is asked, whoever asks for it.
    let asked = sap.requests().len();
    let refused = new.call("POST", &format!("/connections/{id}/check"), None);
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("busy")), "{refused:?}");
    let proxied = new.call("GET", &format!("/connections/{id}/proxy/Equipment"), None);
    assert_eq!(proxied.status, 503, "{proxied:?}");
    std::thread::sleep(Appliance::INTERVAL * 2);
    assert_eq!(sap.requests().len(), asked, "a system was asked");
    assert!(new.metrics().contains("junctionbox_standing_by 1"));
    assert!(new.run(&["status"]).contains("standing by, restored from the backup of"), "{}", new.run(&["status"]));
    let (code, text) = new.try_run(&["doctor"]);
    assert!(
        code == 3 && text.contains("stands by: nothing is checked") && text.contains("restore --confirm"),
        "{text}"
    );
    assert!(
        new.stranger("GET", "/readyz", &[]).body.contains("nothing is checked, forwarded or sent until an operator")
    );

    let instance = new.call("GET", "/instance", None).json();
    assert_eq!(instance["standing_by"], json!(true), "{instance}");
    assert!(instance["restored"]["backup"].is_string() && instance["restored"]["at"].is_string(), "{instance}");

    let confirmed = new.done("POST", "/instance/confirm-restore", &json!({}));
    assert_eq!((&confirmed["standing_by"], &confirmed["restored"]), (&json!(false), &json!(null)), "{confirmed}");
    let again = new.call("POST", "/instance/confirm-restore", None);
    assert_eq!((again.status, again.json()["code"].as_str()), (409, Some("conflict")), "{again:?}");
    assert!(new.run(&["restore", "--confirm"]).contains("does not stand by"));
    let active = new.await_status(&id, "active", Duration::from_secs(20));
    assert_eq!(active["reason"], json!(null), "{active}");
    new.check(&id);
    assert!(sap.requests().len() > asked);
    assert_eq!(new.call("GET", &format!("/connections/{id}/proxy/Equipment"), None).status, 200);
    assert!(new.run(&["audit", "export"]).contains("instance.old_one_confirmed_off"));
    assert!(new.run(&["audit", "verify"]).contains("whole"));
    assert!(!new.stranger("GET", "/readyz", &[]).body.contains("standing_by"));
    assert!(!new.run(&["status"]).contains("standing by"));
    // Confirmed once, it stays so.
    new.stop();
    new.start_again();
    assert!(new.metrics().contains("junctionbox_standing_by 0"));
}

#[test]
fn a_destroyed_customer_stays_destroyed() {
    let mut appliance = Appliance::start();
    let gone = appliance.done("POST", "/customers", &json!({"name": "Gone GmbH"}));
    let gone = gone["id"].as_str().expect("an id").to_owned();
    let mut wish =
        appliance.wish("generic-rest", "http://127.0.0.1:9", &json!({}), &json!({"scheme": "bearer", "token": "t"}));
    wish["customer_id"] = json!(gone);
    wish["verify"] = json!(false);
    appliance.done("POST", "/connections", &wish);
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    assert_eq!(appliance.call("DELETE", &format!("/customers/{gone}?disconnect=true"), None).status, 204);
    let list = appliance.data_dir().join("erased");
    assert!(std::fs::read_to_string(&list).expect("the erasure list").contains(&gone));
    appliance.stop();
    // Over the old one, whose list is at hand.
    let (code, text) = restore(&appliance, &backup, &kit);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 customer on the erasure list"), "{text}");
    appliance.start_again();
    assert_eq!(appliance.call("GET", &format!("/customers/{gone}"), None).status, 404);
    assert!(std::fs::read_to_string(&list).expect("the list stays").contains(&gone));
    // On a new machine, with the list named.
    let mut new = Appliance::another_machine(&appliance);
    let words = [
        "restore",
        &backup.to_string_lossy(),
        "--recovery-kit",
        &kit.to_string_lossy(),
        "--erasure-list",
        &list.to_string_lossy(),
    ]
    .map(str::to_owned);
    let (code, text) = new.try_run(&words.each_ref().map(String::as_str));
    assert_eq!(code, 0, "{text}");
    new.start_again();
    assert_eq!(new.call("GET", &format!("/customers/{gone}"), None).status, 404);
    assert_eq!(new.call("GET", &format!("/customers/{}", new.customer()), None).status, 200);
}

#[test]
fn a_backup_under_load_holds_all_that_was_acknowledged_before_it() {
    let appliance = Appliance::start();
    let add = |number: usize| appliance.done("POST", "/customers", &json!({"name": format!("Plant {number}")}));
    let before: Vec<String> = (0..40).map(|number| add(number)["id"].as_str().expect("an id").to_owned()).collect();
    let backup = std::thread::scope(|scope| {
        for worker in 1..4 {
            let add = &add;
            scope.spawn(move || (0..40).for_each(|number| drop(add(worker * 1000 + number))));
        }
        back_up(&appliance)
    });
    let kit = kit(&appliance);
    let mut new = Appliance::another_machine(&appliance);
    assert_eq!(restore(&new, &backup, &kit).0, 0);
    new.start_again();
    for id in before {
        assert_eq!(new.call("GET", &format!("/customers/{id}"), None).status, 200, "{id}");
    }
}

#[test]
fn a_restore_beside_a_running_server_is_refused_and_the_old_files_stay_aside() {
    let mut appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    let later = appliance.done("POST", "/customers", &json!({"name": "After the backup"}));
    let (code, text) = restore(&appliance, &backup, &kit);
    assert!(code == 1 && text.contains("a server runs on"), "{code} {text}");
    appliance.stop();
    let (code, text) = appliance.try_run(&["restore", &backup.to_string_lossy()]);
    assert!(code == 0 && text.contains("before-restore-"), "{code} {text}");
    appliance.start_again();
    let path = format!("/customers/{}", later["id"].as_str().expect("an id"));
    assert_eq!(appliance.call("GET", &path, None).status, 404);
    // The key made for the tests is in the backup; sessions of the past are not.
    assert_eq!(appliance.call("GET", &format!("/customers/{}", appliance.customer()), None).status, 200);
}
