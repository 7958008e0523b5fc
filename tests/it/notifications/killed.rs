//! `kill -9` at random moments between a change of status and the mail about it: every change that was acknowledged is
//! told to its contact. A mail may arrive twice, where the program died after the server took it and before it was
//! written down; never more often than it was killed. `JUNCTIONBOX_CRASHES` says how often (6 by default).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::mailbox::Mailbox;
use crate::peers::Appliance;

/// So long no mail comes while one is owed: it never will. A mail server that broke off is left alone for up to a minute.
const QUIET: Duration = Duration::from_secs(90);

/// Between two changes: so many come that each kill hits some on their way, and so few that the mails keep up.
const BREATH: Duration = Duration::from_millis(150);

#[test]
fn no_mail_is_lost_however_often_it_is_killed() {
    let rounds: usize = std::env::var("JUNCTIONBOX_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime for the mail server");
    let mail = runtime.block_on(Mailbox::start());
    let sections = format!(
        "[smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"jbx@plant.example\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n",
        mail.port
    );
    let mut appliance = Appliance::with(&sections);
    appliance.done("POST", "/credits/grants", &json!({"amount": 100_000, "note": "for the tests"}));
    let (number, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    for round in 0..rounds {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while dies(&appliance, &number, &told).is_some() {
                        std::thread::sleep(BREATH)
                    }
                });
            }
            // From right after the first event to well after the first mails: a mail waits some seconds for others.
            std::thread::sleep(Duration::from_millis(200 + (round as u64 * 7919) % 4000));
            appliance.kill_now();
        });
        appliance.start_again();
    }
    let told = told.into_inner().expect("no panic");
    assert!(told.len() >= rounds, "only {} changes in {rounds} rounds", told.len());
    // What waits at the end takes as long as the machine takes; it is lost when nothing comes any more.
    let (mut left, mut since) = (usize::MAX, Instant::now());
    loop {
        let arrived: BTreeSet<String> = mail.recipients().into_iter().collect();
        let missing: Vec<&String> = told.iter().filter(|address| !arrived.contains(*address)).collect();
        if missing.is_empty() {
            break;
        }
        if missing.len() < left {
            (left, since) = (missing.len(), Instant::now());
        }
        assert!(since.elapsed() < QUIET, "{rounds} crashes, {} changes, never told: {missing:?}", told.len());
        std::thread::sleep(Duration::from_millis(300));
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in mail.recipients() {
        *counts.entry(one).or_default() += 1;
    }
    let again: usize = counts.values().map(|count| count - 1).sum();
    assert!(again <= rounds, "{again} mails came again after {rounds} crashes");
    appliance.run(&["audit", "verify"]);
}

/// A connection of a new customer loses its access; none when the program went away before it said so.
fn dies(appliance: &Appliance, number: &AtomicUsize, told: &Mutex<Vec<String>>) -> Option<()> {
    let address = format!("contact{}@customer.example", number.fetch_add(1, Ordering::Relaxed));
    let customer = made(appliance, "/customers", &json!({"name": "Plant", "contact_email": address}))?;
    let wish = json!({
        "customer_id": customer, "system": "sandbox", "hosting": "cloud", "base_url": "http://127.0.0.1:9",
        "auth": {"scheme": "none"},
    });
    let connection = made(appliance, "/connections", &wish)?;
    let body = json!({"status": "reauthorization_required", "reason": "credentials_rejected"});
    let answer = appliance.try_call("POST", &format!("/connections/{connection}/simulate"), Some(&body))?;
    assert_eq!(answer.status, 200, "{answer:?}");
    told.lock().expect("no panic").push(address);
    Some(())
}

fn made(appliance: &Appliance, path: &str, body: &Value) -> Option<String> {
    let answer = appliance.try_call("POST", path, Some(body))?;
    assert_eq!(answer.status, 201, "{path}: {answer:?}");
    answer.json()["id"].as_str().map(ToOwned::to_owned)
}
