//! The program is killed at random moments under load. What was acknowledged is there after the restart, the ledger
//! sums to zero, the audit chain is whole. `JUNCTIONBOX_CRASHES` says how many times (8 by default).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::peers::Appliance;

#[derive(Default)]
struct Acknowledged {
    customers: Vec<String>,
    connections: Vec<String>,
    disconnected: Vec<String>,
    granted: i64,
}

#[test]
fn nothing_acknowledged_is_lost() {
    let rounds: u64 = std::env::var("JUNCTIONBOX_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let mut appliance = Appliance::start();
    let known = Mutex::new(Acknowledged { granted: 1000, ..Acknowledged::default() });
    // Grants that were sent and not answered may have been stored or not.
    let unanswered = AtomicU64::new(0);
    for round in 0..rounds {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| work(&appliance, &known, &unanswered, &over));
            }
            // A spread of moments without a generator: the rounds differ, a failure can be repeated.
            std::thread::sleep(Duration::from_millis(40 + (round * 7919) % 500));
            appliance.kill_now();
            over.store(true, Ordering::Relaxed);
        });
        appliance.start_again();
        everything_is_there(&appliance, &known.lock().expect("no panic"), unanswered.load(Ordering::Relaxed), round);
    }
}

/// Adds, connects, disconnects and grants until the program is gone.
fn work(appliance: &Appliance, known: &Mutex<Acknowledged>, unanswered: &AtomicU64, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let Some(customer) = create(appliance, "/customers", &json!({"name": "Plant"})) else { return };
        known.lock().expect("no panic").customers.push(customer.clone());
        let wish = json!({
            "customer_id": customer, "system": "generic-rest", "hosting": "cloud", "base_url": "http://127.0.0.1:9",
            "auth": {"scheme": "none"}, "verify": false,
        });
        let Some(connection) = create(appliance, "/connections", &wish) else { return };
        known.lock().expect("no panic").connections.push(connection.clone());
        unanswered.fetch_add(1, Ordering::Relaxed);
        let grant = json!({"amount": 1, "note": "one more"});
        let Some(answer) = appliance.try_call("POST", "/credits/grants", Some(&grant)) else { return };
        assert!((200..300).contains(&answer.status), "{answer:?}");
        unanswered.fetch_sub(1, Ordering::Relaxed);
        known.lock().expect("no panic").granted += 1;
        let Some(answer) = appliance.try_call("POST", &format!("/connections/{connection}/disconnect"), None) else {
            return;
        };
        assert!((200..300).contains(&answer.status), "{answer:?}");
        known.lock().expect("no panic").disconnected.push(connection);
    }
}

/// The id of what was made, or none when the program went away before it answered.
fn create(appliance: &Appliance, path: &str, body: &Value) -> Option<String> {
    let answer = appliance.try_call("POST", path, Some(body))?;
    assert_eq!(answer.status, 201, "{path}: {answer:?}");
    answer.json()["id"].as_str().map(ToOwned::to_owned)
}

fn everything_is_there(appliance: &Appliance, known: &Acknowledged, unanswered: u64, round: u64) {
    for id in known.customers.iter().rev().take(40) {
        assert_eq!(appliance.call("GET", &format!("/customers/{id}"), None).status, 200, "round {round}: {id} is lost");
    }
    for id in known.connections.iter().rev().take(40) {
        let answer = appliance.call("GET", &format!("/connections/{id}"), None);
        assert_eq!(answer.status, 200, "round {round}: {id} is lost");
        if known.disconnected.contains(id) {
            assert_eq!(answer.json()["status"], "disconnected", "round {round}: {id} came back");
        }
    }
    let granted = appliance.read("/credits")["granted"].as_i64().expect("a number");
    let most = known.granted + i64::try_from(unanswered).expect("a small number");
    assert!(
        (known.granted..=most).contains(&granted),
        "round {round}: {granted} granted, {} acknowledged",
        known.granted
    );
    appliance.run(&["credits", "verify"]);
    appliance.run(&["audit", "verify"]);
}
