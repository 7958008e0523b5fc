//! Writes to SAP's OData runtime behind SAP's CSRF check, while its sessions end at random.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::peers::{Appliance, Cap};

const WRITES: usize = 1000;
const AT_ONCE: usize = 8;

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
#[test]
fn a_thousand_writes_survive_sessions_that_end_at_random() {
    let sap = Cap::start();
    let appliance = Appliance::patient();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": Cap::PASSWORD});
    let id = appliance.connect(&appliance.wish("sap-ecc", &sap.url(), &json!({"sap-client": "100"}), &auth));
    let proxy = format!("/connections/{id}/proxy/sap/opu/odata/sap/maintenance");
    let before = sap.requests().len();
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let answers = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= WRITES {
                            return answers;
                        }
                        let path = format!("{proxy}/WorkOrders?n={number}");
                        let answer =
                            appliance.call("POST", &path, Some(&json!({"shortText": format!("order {number}")})));
                        answers.push((number, answer));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut pause = 17u64;
            while !over.load(Ordering::SeqCst) {
                sap.forget_sessions();
                pause = (pause * 31 + 7) % 89;
                std::thread::sleep(Duration::from_millis(100 + 2 * pause));
            }
        });
        let answers: Vec<_> = writers.into_iter().flat_map(|writer| writer.join().expect("it writes")).collect();
        over.store(true, Ordering::SeqCst);
        answers
    });
    assert_eq!(answers.len(), WRITES);

    let mut at_sap: HashMap<usize, Vec<u64>> = HashMap::new();
    let (mut fetched, mut forgotten) = (0usize, 0usize);
    for seen in sap.requests().split_off(before) {
        let path = seen["path"].as_str().unwrap_or_default();
        let number = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("n=")).and_then(|text| text.parse().ok());
        match (seen["method"].as_str(), number) {
            (Some("POST"), Some(number)) => {
                at_sap.entry(number).or_default().push(seen["status"].as_u64().unwrap_or(0))
            }
            (Some("POST"), None) => forgotten += 1,
            (Some("GET"), _) if path.contains("/maintenance/") => fetched += 1,
            _ => {}
        }
    }
    let mut told = 0usize;
    for (number, answer) in &answers {
        let tries = at_sap.get(number).cloned().unwrap_or_default();
        assert!((1..=2).contains(&tries.len()), "order {number} was sent {tries:?}: more than one renewal");
        match answer.status {
            201 => assert_eq!(tries.iter().filter(|status| **status == 201).count(), 1, "order {number}: {tries:?}"),
            // The session ended again between the renewal and the second try: SAP's own words are passed on.
            403 => {
                told += 1;
                assert!(answer.body.contains("CSRF") && tries == [403, 403], "order {number}: {tries:?} {answer:?}");
            }
            status => panic!("order {number}: {status} {answer:?}"),
        }
    }
    let renewed = at_sap.values().filter(|tries| tries.len() == 2).count();
    println!(
        "{WRITES} writes: {renewed} renewed once, {told} told why, {fetched} tokens fetched, {forgotten} times sessions ended"
    );
    assert!(renewed > 0, "no session ended in between: the test proves nothing");
    assert!(fetched <= renewed + AT_ONCE, "{fetched} tokens for {renewed} renewals");
    assert!(told * 20 <= WRITES, "{told} of {WRITES} were refused");
    let kept = appliance.call("GET", &format!("{proxy}/WorkOrders/$count"), None);
    assert_eq!(kept.body, (WRITES - told).to_string(), "each order once: {kept:?}");
    assert_eq!(appliance.status(&id)["status"], "active");
    assert_eq!(sap.refused("jbx"), 0);
}
