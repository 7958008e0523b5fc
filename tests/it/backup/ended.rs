//! What was ended for good stays ended when an older backup comes back, and a backup is taken for what it says it is.

use std::fs;
use std::process::Command;

use serde_json::json;

use super::{back_up, kit, no_leftovers};
use crate::peers::{Appliance, try_ask};

fn id(value: &serde_json::Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

#[test]
fn a_revoked_key_a_removed_user_and_a_taken_back_link_stay_away() {
    let mut appliance = Appliance::start();
    let key = appliance.done("POST", "/api-keys", &json!({"name": "leaked", "scopes": ["all"]}));
    let kept = appliance.done("POST", "/api-keys", &json!({"name": "kept", "scopes": ["all"]}));
    let user = json!({"email": "gone@plant.example", "name": "Gone", "role": "admin"});
    let user = id(&appliance.done("POST", "/users", &user));
    let mut wish =
        appliance.wish("generic-rest", "http://127.0.0.1:9", &json!({}), &json!({"scheme": "bearer", "token": "t"}));
    wish["verify"] = json!(false);
    let connection = id(&appliance.done("POST", "/connections", &wish));
    let link = appliance.done("POST", &format!("/connections/{connection}/links"), &json!({"purpose": "connect"}));
    let backup = back_up(&appliance);
    for path in [format!("/api-keys/{}", id(&key)), format!("/users/{user}"), format!("/links/{}", id(&link))] {
        assert_eq!(appliance.call("DELETE", &path, None).status, 204, "{path}");
    }
    appliance.stop();
    let (code, text) = appliance.try_run(&["restore", &backup.to_string_lossy()]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Ended again, as before: 1 API key, 1 user, 1 link."), "{text}");
    appliance.start_again();
    let by = |key: &serde_json::Value| {
        let authorization = format!("Bearer {}", key["key"].as_str().expect("a key"));
        let headers = [("Authorization", authorization.as_str())];
        try_ask(&appliance.authority(), "GET", "/api/v1/customers", &headers, None).expect("an answer").status
    };
    assert_eq!((by(&key), by(&kept)), (401, 200));
    assert_eq!(appliance.call("GET", &format!("/users/{user}"), None).status, 404);
    assert_eq!(appliance.read(&format!("/links/{}", id(&link)))["ended_by"], "revoked");
}

#[test]
fn a_named_erasure_list_is_one_or_is_refused() {
    let mut appliance = Appliance::start();
    let backup = back_up(&appliance).to_string_lossy().into_owned();
    appliance.stop();
    let before = fs::read(appliance.data_dir().join("junctionbox.db")).expect("the store");
    let list = appliance.data_dir().with_file_name("list.txt");
    let cases: [(Option<&str>, &str); 4] = [
        (None, "No such file"),
        (Some(""), "names nobody"),
        (Some("# a title\ncus_01jd8x0000000000000000000 00112233445566778899aabbccddeeff\n"), "line 2 is no line"),
        (Some("[server]\nlisten = []\n"), "line 1 is no line"),
    ];
    for (text, wanted) in cases {
        let _ = fs::remove_file(&list);
        if let Some(text) = text {
            fs::write(&list, text).expect("a list");
        }
        let (code, said) = appliance.try_run(&["restore", &backup, "--erasure-list", &list.to_string_lossy()]);
        assert!(code == 1 && said.contains(wanted), "{text:?}: {code} {said}");
        assert!(before == fs::read(appliance.data_dir().join("junctionbox.db")).expect("the store"), "{text:?}");
    }
    no_leftovers(&appliance);
}

#[test]
fn an_older_backup_under_another_name_is_told() {
    let mut appliance = Appliance::start();
    let backup = back_up(&appliance);
    let renamed = backup.with_file_name("junctionbox-aaaaaa-29990101T000000Z.jbxbackup");
    fs::copy(&backup, &renamed).expect("a copy");
    let made_as = format!("made as {}", backup.file_name().expect("a name").to_string_lossy());
    let (code, text) = appliance.try_run(&["backup", "verify", &backup.to_string_lossy()]);
    assert!(code == 0 && !text.contains("Careful"), "{code} {text}");
    let (code, text) = appliance.try_run(&["backup", "verify", &renamed.to_string_lossy()]);
    assert!(code == 0 && text.contains(&made_as), "{code} {text}");
    appliance.stop();
    let (code, text) = appliance.try_run(&["restore", &renamed.to_string_lossy()]);
    assert!(code == 0 && text.contains(&made_as), "{code} {text}");
}

#[test]
fn two_verifications_at_once_do_not_disturb_each_other() {
    let appliance = Appliance::start();
    let (kit, backup) = (kit(&appliance), back_up(&appliance));
    let mut children: Vec<_> = (0..4).map(|_| appliance.spawn(&["backup", "verify"])).collect();
    for child in &mut children {
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    no_leftovers(&appliance);
    // On a machine without an appliance: by the kit, in a folder that nobody can have made before.
    let temp = tempfile::tempdir().expect("a folder");
    let verify = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
        command.args(["backup", "verify"]).arg(&backup).arg("--recovery-kit").arg(&kit).env("TMPDIR", temp.path());
        let answer = command.output().expect("it runs");
        (answer.status.code(), String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat()).into_owned())
    };
    let (code, text) = verify();
    assert!(code == Some(0) && text.contains("is whole"), "{code:?} {text}");
    assert_eq!(fs::read_dir(temp.path()).expect("the folder").count(), 0);
    fs::set_permissions(temp.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("a mode");
    let (code, text) = verify();
    assert!(code == Some(3) && text.contains("others could exchange"), "{code:?} {text}");
}
