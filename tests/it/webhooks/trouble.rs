//! Receivers that fail: how often they are tried, when they are switched off, and who is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Bench, answers, body, kind, text};
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn redirects_and_errors_are_failures_and_are_tried_again() {
    let receiver = FakeSystem::start(Behaviour::with(302, &[("location", "/elsewhere")], "")).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.arrived(&receiver, 1).await;
    let failed = bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    assert!(text(&failed, "last_outcome").contains("redirect"), "{failed}");
    bench.quiet(&receiver, 1).await;
    for (count, behaviour) in [(2, answers(500)), (3, answers(404)), (4, answers(200))] {
        receiver.behave(behaviour);
        bench.advance(12 * 3600);
        bench.arrived(&receiver, count).await;
        bench.delivery(&id, |delivery| delivery["try_count"] == count).await;
    }
    assert!(receiver.seen().iter().all(|seen| seen.target == "/hook"), "nobody followed the redirect");
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    bench.advance(12 * 3600);
    bench.quiet(&receiver, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_is_kept_with_a_fifth_of_jitter() {
    let receiver = FakeSystem::start(answers(500)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    let hour = 3600.0;
    let pauses = [5.0, 300.0, 1800.0, 2.0 * hour, 5.0 * hour, 10.0 * hour, 14.0 * hour, 20.0 * hour, 24.0 * hour];
    let path = format!("/api/v1/webhook-endpoints/{id}/deliveries?type=credits.granted");
    for (done, pause) in pauses.iter().enumerate() {
        let count = done + 1;
        bench
            .until("the next try", async || bench.app.get(&path).await.json()["data"][0]["try_count"] == json!(count))
            .await;
        let waiting = bench.app.get(&path).await.expect(200)["data"][0].clone();
        let next = junctionbox::base::Timestamp::parse(&text(&waiting, "next_try_at")).expect("a time");
        let now = junctionbox::base::Clock::now(&bench.clock);
        let found = next.since(now).as_secs_f64();
        assert!((pause * 0.8..=pause * 1.2).contains(&found), "after {count} tries {found} s, {pause} s were meant");
        // Not a moment earlier.
        bench.clock.set(junctionbox::base::Timestamp::from_millis(next.millis() - 1));
        for _ in 0..3 {
            bench.app.app().webhooks.tick().await;
        }
        assert_eq!(bench.app.get(&path).await.json()["data"][0]["try_count"], json!(count));
        bench.clock.set(next);
    }
    let over = async || bench.app.get(&path).await.json()["data"][0]["status"] == "failed";
    bench.until("the end of the schedule", over).await;
    assert_eq!(bench.app.get(&path).await.json()["data"][0]["try_count"], 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_obeyed() {
    let receiver = FakeSystem::start(Behaviour::with(429, &[("retry-after", "60")], "")).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    bench.advance(59);
    bench.quiet(&receiver, 1).await;
    bench.advance(1);
    bench.arrived(&receiver, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_and_ten_disables_at_once() {
    let (receiver, watcher) = tokio::join!(FakeSystem::start(answers(410)), FakeSystem::start(answers(200)));
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.endpoint(json!({"url": watcher.url(), "event_types": ["endpoint.disabled", "endpoint.failing"]})).await;
    bench.happen().await;
    let seen = bench.arrived(&watcher, 1).await;
    let told = body(&seen[0]);
    assert_eq!((&told["type"], &told["data"]["endpoint_id"]), (&json!("endpoint.disabled"), &json!(id)));
    assert_eq!(told["data"]["reason"], "gone");
    let endpoint = bench.show(&id).await;
    assert_eq!((&endpoint["status"], &endpoint["disabled_reason"]), (&json!("disabled"), &json!("gone")));
    bench.happen().await;
    bench.advance(86_400);
    bench.quiet(&receiver, 1).await;
    bench.quiet(&watcher, 1).await;
    // Somebody mends it.
    receiver.behave(answers(200));
    bench.app.patch(&format!("/api/v1/webhook-endpoints/{id}"), json!({"disabled": false})).await.expect(200);
    bench.happen().await;
    bench.arrived(&receiver, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_window_of_failure_disables_after_one_warning() {
    let (receiver, watcher) = tokio::join!(FakeSystem::start(answers(500)), FakeSystem::start(answers(200)));
    let bench = Bench::with(|wish| wish.set("webhooks.schedule", "0s,10s,20s,30s")).await;
    let (id, _) = bench.endpoint(json!({"url": receiver.url(), "event_types": ["credits.granted"]})).await;
    bench.endpoint(json!({"url": watcher.url(), "event_types": ["endpoint.disabled", "endpoint.failing"]})).await;
    bench.happen().await;
    bench.happen().await;
    for round in 1..=4 {
        bench.arrived(&receiver, 2 * round).await;
        bench
            .until("both are written down", async || {
                let page = bench.app.get(&format!("/api/v1/webhook-endpoints/{id}/deliveries")).await.json();
                page["data"].as_array().is_some_and(|all| {
                    all.iter().filter(|one| one["status"] == "waiting").all(|one| one["try_count"] == json!(round))
                })
            })
            .await;
        bench.advance(40);
    }
    let told: Vec<String> = bench.arrived(&watcher, 2).await.iter().map(kind).collect();
    assert_eq!(told, ["endpoint.failing", "endpoint.disabled"]);
    bench.quiet(&watcher, 2).await;
    let told = body(&watcher.seen()[1]);
    assert_eq!((&told["data"]["reason"], &told["data"]["window_seconds"]), (&json!("failing"), &json!(60)));
    assert!(
        !told["data"]["failing_since"].is_null()
            && told["data"]["last_outcome"].as_str().is_some_and(|text| text.contains("500"))
    );
    assert_eq!(bench.show(&id).await["disabled_reason"], "failing");
    let page = bench.app.get(&format!("/api/v1/webhook-endpoints/{id}/deliveries?status=failed")).await.expect(200);
    assert_eq!(page["data"].as_array().map(Vec::len), Some(2));
    // What was missed is asked for again, once it works.
    receiver.behave(answers(200));
    let path = format!("/api/v1/webhook-endpoints/{id}");
    bench.app.patch(&path, json!({"disabled": false})).await.expect(200);
    bench.app.post(&format!("{path}/recover"), json!({"since": "2026-01-05T10:00:00Z"})).await.expect(200);
    bench
        .until("all is delivered", async || {
            let page = bench.app.get(&format!("{path}/deliveries")).await.json();
            page["data"].as_array().is_some_and(|all| all.iter().all(|one| one["status"] == "delivered"))
        })
        .await;
    assert_eq!(bench.show(&id).await["status"], "enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_success_in_the_window_ends_the_failing_spell() {
    let receiver = FakeSystem::start(answers(500)).await;
    let bench = Bench::with(|wish| wish.set("webhooks.schedule", "0s,10s,20s,30s")).await;
    let (id, _) = bench.endpoint(json!({"url": receiver.url(), "event_types": ["credits.granted"]})).await;
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    assert_eq!(bench.show(&id).await["status"], "failing");
    // Another event gets through in between.
    receiver.behave(answers(200));
    bench.advance(1);
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    assert_eq!(bench.show(&id).await["status"], "enabled");
    receiver.behave(answers(500));
    for count in 3..=5 {
        bench.advance(40);
        bench.arrived(&receiver, count).await;
    }
    let first = format!("/api/v1/webhook-endpoints/{id}/deliveries?status=failed");
    bench.until("the first is given up", async || bench.app.get(&first).await.json()["data"][0].is_object()).await;
    assert_eq!(bench.show(&id).await["disabled"], json!(false), "not the whole window was a failure");
    assert!(!bench.events().await.contains(&"endpoint.disabled".to_owned()));
}

/// Twenty events, one after the other; the longest but one time from the change to its arrival.
async fn slowest(bench: &Bench, receiver: &FakeSystem) -> Duration {
    let mut delays = Vec::new();
    for _ in 0..20 {
        let (begun, count) = (Instant::now(), receiver.seen().len());
        bench.happen().await;
        bench.arrived(receiver, count + 1).await;
        delays.push(begun.elapsed());
    }
    delays.sort();
    delays[18]
}

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_delays_no_other() {
    let (hanging, well) = tokio::join!(FakeSystem::start(Behaviour::Hang), FakeSystem::start(answers(200)));
    let bench = Bench::with(|wish| wish.set("webhooks.timeout_seconds", "120").set("webhooks.concurrency", "1")).await;
    bench.to(&well).await;
    let alone = slowest(&bench, &well).await;
    for number in 0..4 {
        bench.endpoint(json!({"url": format!("{}/{number}", hanging.url())})).await;
    }
    let beside = slowest(&bench, &well).await;
    println!("an event arrives within {alone:?} alone, within {beside:?} beside four receivers that hang");
    assert!(beside < alone + Duration::from_millis(200), "{alone:?} alone, {beside:?} beside four that hang");
    // Each of the 20 arrived before the next happened, while not one try at the others has come to an end.
    assert!((4..=16).contains(&hanging.seen().len()), "{} tries hang", hanging.seen().len());
    let none: Value = bench.app.get("/api/v1/webhook-endpoints").await.expect(200);
    let tried = none["data"].as_array().into_iter().flatten().filter(|one| !one["last_try_at"].is_null()).count();
    assert_eq!(tried, 1, "only the good one has an answer");
    drop(hanging);
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_tries_and_what_waits() {
    let receiver = FakeSystem::start(answers(500)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    bench.clock.advance(Duration::from_secs(3));
    let text = bench.app.get("/metrics").await.text();
    for line in [
        "junctionbox_webhook_tries_total{outcome=\"failed\"} 1",
        "junctionbox_webhook_deliveries_waiting 1",
        "junctionbox_webhook_oldest_waiting_seconds 3.0",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_deliveries_go_and_what_waits_stays() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::with(|wish| wish.set("webhooks.retention_deliveries", "2d")).await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    receiver.behave(answers(500));
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    bench.clock.advance(Duration::from_secs(3 * 86_400));
    assert_eq!(bench.app.app().webhooks.prune().await.expect("it is pruned"), 1);
    let left = bench.app.get(&format!("/api/v1/webhook-endpoints/{id}/deliveries")).await.expect(200);
    assert_eq!(left["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["data"][0]["status"], "waiting");
}
