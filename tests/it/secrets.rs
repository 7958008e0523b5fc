//! No secret is readable where it has no business: in the files on disk, in the log, in answers and metrics.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::peers::{Appliance, Cap};

/// Every file below the folder, as raw bytes.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.is_file() {
            found.push((path.display().to_string(), fs::read(&path).expect("its bytes")));
        }
    }
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn no_secret_is_on_disk_in_the_log_or_in_an_answer() {
    let mut sap = Cap::start();
    let mut appliance = Appliance::start();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": Cap::PASSWORD});
    let base_url = format!("{}/odata/v4/maintenance", sap.url());
    let id = appliance.connect(&appliance.wish("generic-odata", &base_url, &json!({}), &auth));
    let customer = appliance.read("/customers")["data"][0]["name"].as_str().expect("a name").to_owned();
    appliance.check(&id);
    // A refused password goes another way through the program than a good one.
    sap.change_password("jbx", "second-Passw0rd");
    appliance.await_status(&id, "reauthorization_required", Cap::SOON);
    let refused = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "third-Passw0rd"}});
    appliance.call("PUT", &format!("/connections/{id}/credentials"), Some(&refused));

    let mut words: Vec<String> = [Cap::PASSWORD, "third-Passw0rd"].map(ToOwned::to_owned).to_vec();
    words.extend(words.clone().iter().map(|word| STANDARD.encode(format!("jbx:{word}"))));
    words.push(appliance.key().to_owned());

    for path in [
        "/connections",
        &format!("/connections/{id}"),
        &format!("/connections/{id}/transitions"),
        "/audit",
        "/api-keys",
    ] {
        let answer = appliance.call("GET", path, None);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        for word in &words {
            assert!(!answer.body.contains(word), "{path} shows {word}");
        }
    }
    for word in &words {
        assert!(!appliance.metrics().contains(word), "the metrics show {word}");
        assert!(!appliance.printed().contains(word), "the log shows {word}");
    }

    // While it runs, with its write-ahead log, and after it ended.
    words.push(customer);
    for moment in ["running", "stopped"] {
        if moment == "stopped" {
            appliance.stop();
        }
        let mut found = Vec::new();
        files(&appliance.data_dir(), &mut found);
        assert!(found.iter().any(|(name, _)| name.ends_with("junctionbox.db")), "no database in {found:?}");
        for (name, bytes) in &found {
            for word in &words {
                assert!(!holds(bytes, word), "{name} holds {word} while {moment}");
            }
            assert!(!bytes.starts_with(b"SQLite format 3"), "{name} is readable with plain SQLite");
        }
    }
}
