//! What is sent is what integrators' libraries accept: the npm package `standardwebhooks` verifies it, and refuses what was
//! changed, what is old and what lacks a header.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::peers::{Appliance, Receiver};

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "not within 20 seconds: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_library_accepts_ours_and_refuses_what_was_tampered_with() {
    let (appliance, receiver) = (Appliance::start(), Receiver::start());
    let made = appliance.done("POST", "/webhook-endpoints", &json!({"url": receiver.url()}));
    let (id, first) =
        (made["id"].as_str().expect("an id").to_owned(), made["secret"].as_str().expect("a secret").to_owned());
    receiver.trust(&first);
    let tested = appliance.done("POST", &format!("/webhook-endpoints/{id}/test"), &json!({}));
    assert_eq!(tested["status"], "delivered", "{tested}");
    appliance.done("POST", "/credits/grants", &json!({"amount": 1, "note": "Ärger, größer als “alles” – 你好"}));
    until("the grant arrives", || receiver.requests().iter().any(|one| one["type"] == "credits.granted"));

    // While the secret rotates, whoever knows either of the two accepts.
    let rotated = appliance.done("POST", &format!("/webhook-endpoints/{id}/rotate-secret"), &json!({}));
    for secret in [&first, &rotated["secret"].as_str().expect("a secret").to_owned()] {
        receiver.trust(secret);
        let tested = appliance.done("POST", &format!("/webhook-endpoints/{id}/test"), &json!({}));
        assert_eq!(tested["status"], "delivered", "{tested}");
    }
    let all = receiver.requests();
    assert!(all.len() == 4 && all.iter().all(|one| one["verified"] == true), "{all:?}");

    receiver.trust(&first);
    let good = &all[1];
    let header = |name: &str| good["headers"][name].as_str().expect("a header").to_owned();
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers = names.map(|name| (name, header(name)));
    let body = good["body"].as_str().expect("a body");
    let send = |headers: &[(&str, String)], body: &str| {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        receiver.send("POST", "/hook", &headers, body).status
    };
    assert_eq!(send(&headers, body), 204, "the very same is accepted again: the id tells that it is no new event");
    assert_eq!(send(&headers, &body.replace("\"amount\":1", "\"amount\":9")), 400, "a changed body");
    assert_eq!(send(&headers, &format!("{body} ")), 400, "a space more");
    for left_out in names {
        let rest: Vec<(&str, String)> = headers.iter().filter(|(name, _)| *name != left_out).cloned().collect();
        assert_eq!(send(&rest, body), 400, "without {left_out}");
    }
    for (name, value) in [
        ("webhook-id", "evt_01kc0000000000000000000000".to_owned()),
        ("webhook-timestamp", (header("webhook-timestamp").parse::<i64>().expect("a time") - 3600).to_string()),
        ("webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
    ] {
        let changed: Vec<(&str, String)> = headers
            .iter()
            .map(|(known, old)| (*known, if *known == name { value.clone() } else { old.clone() }))
            .collect();
        assert_eq!(send(&changed, body), 400, "another {name}");
    }
    receiver.trust("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_eq!(send(&headers, body), 400, "another secret");
}

/// The program is killed at random moments between a change and its delivery. `JUNCTIONBOX_CRASHES` says how many times.
#[test]
fn no_event_is_lost_however_often_it_is_killed() {
    let rounds: u64 = std::env::var("JUNCTIONBOX_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let (mut appliance, receiver) = (Appliance::start(), Receiver::start());
    let made = appliance.done(
        "POST",
        "/webhook-endpoints",
        &json!({"url": receiver.url(), "event_types": ["credits.granted"]}),
    );
    receiver.trust(made["secret"].as_str().expect("a secret"));
    let acknowledged = std::sync::atomic::AtomicUsize::new(0);
    for round in 0..rounds {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(answer) =
                        appliance.try_call("POST", "/credits/grants", Some(&json!({"amount": 1, "note": "x"})))
                    {
                        assert_eq!(answer.status, 201, "{answer:?}");
                        acknowledged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                    }
                });
            }
            // From right after the first change to well after the first deliveries.
            std::thread::sleep(Duration::from_millis(30 + (round * 7919) % 1700));
            appliance.kill_now();
        });
        appliance.start_again();
    }
    let events = granted(&appliance);
    let acknowledged = acknowledged.load(std::sync::atomic::Ordering::Relaxed);
    // The first grant of the instance was before the endpoint.
    assert!(events.len() > acknowledged && acknowledged > 0, "{} events, {acknowledged} acknowledged", events.len());
    let arrived = || {
        let mut ids: Vec<String> =
            receiver.requests().iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let end = Instant::now() + Duration::from_secs(60);
    let missing = || {
        let arrived = arrived();
        events.iter().skip(1).filter(|id| arrived.binary_search(id).is_err()).cloned().collect::<Vec<_>>()
    };
    while !missing().is_empty() {
        assert!(Instant::now() < end, "{rounds} crashes, {} events, lost: {:?}", events.len(), missing());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(receiver.requests().iter().all(|one| one["verified"] == true));
}

/// The ids of all grants, oldest first.
fn granted(appliance: &Appliance) -> Vec<String> {
    let (mut ids, mut path) = (Vec::new(), "/events?type=credits.granted&limit=200".to_owned());
    loop {
        let page: Value = appliance.read(&path);
        ids.extend(
            page["data"].as_array().into_iter().flatten().filter_map(|event| event["id"].as_str().map(str::to_owned)),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/events?type=credits.granted&limit=200&cursor={cursor}"),
            None => break,
        }
    }
    ids.sort();
    ids
}
