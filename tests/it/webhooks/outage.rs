//! A receiver that is down for three hours: afterwards everything has arrived, each type once per episode.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::{Bench, answers, body, customer, kind, text};
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn three_hours_down_and_nothing_is_missing() {
    let receiver = FakeSystem::start(answers(200)).await;
    let address = receiver.address();
    let system = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let owner = customer(&bench.app, "Plant").await;
    bench.to(&receiver).await;
    drop(receiver);
    let wish = json!({
        "customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": system.url(),
        "auth": {"scheme": "bearer", "token": "open-sesame-1"},
    });
    let connection = text(&bench.app.post("/api/v1/connections", wish).await.expect(201), "id");
    let check = format!("/api/v1/connections/{connection}/check");
    // Down, three times for every status: within an episode each type counts once.
    for behaviour in
        [answers(403), answers(200), answers(403), answers(500), answers(500), answers(500), answers(403), answers(401)]
    {
        system.behave(behaviour);
        bench.advance(900);
        bench.app.post(&check, json!({})).await.expect(200);
        for _ in 0..3 {
            bench.app.app().webhooks.tick().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    bench.advance(3 * 3600 - 8 * 900);
    bench.app.app().webhooks.tick().await;
    let written: Vec<String> = bench.events().await;
    // It is back where it was.
    let receiver = FakeSystem::start_at(address, answers(200)).await;
    let told =
        |event: &serde_json::Value| text(event, "type") != "credits.granted" || event["data"]["note"] != "order 1";
    let page = bench.app.get("/api/v1/events?limit=200").await.expect(200);
    let expected: Vec<String> = page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| told(event))
        .map(|event| text(event, "id"))
        .collect();
    bench.advance(6 * 3600);
    let arrived = async || {
        let ids: Vec<String> =
            receiver.seen().iter().filter_map(|seen| seen.header("webhook-id").map(str::to_owned)).collect();
        expected.iter().all(|id| ids.contains(id))
    };
    bench.until("all events have arrived", arrived).await;
    let mut per_episode: BTreeMap<(String, String), usize> = BTreeMap::new();
    for seen in receiver.seen() {
        if let Some(episode) = body(&seen)["data"]["episode_id"].as_str() {
            *per_episode.entry((episode.to_owned(), kind(&seen))).or_default() += 1;
        }
    }
    assert!(per_episode.values().all(|count| *count == 1), "{per_episode:?}");
    for wanted in
        ["connection.degraded", "connection.unreachable", "connection.reauthorization_required", "connection.recovered"]
    {
        assert!(per_episode.keys().any(|(_, kind)| kind == wanted), "no {wanted}: {written:?}");
    }
    // The tries of one delivery carry the same id: each was tried before, and is told once.
    let all = receiver.seen();
    let ids: std::collections::BTreeSet<_> = all.iter().filter_map(|seen| seen.header("webhook-id")).collect();
    assert_eq!(ids.len(), all.len(), "a delivered event came again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_is_not_answered_is_the_same_event_again() {
    let receiver = FakeSystem::start(Behaviour::CloseMidAnswer).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    receiver.behave(Behaviour::Reset);
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    receiver.behave(answers(200));
    bench.advance(10);
    let seen = bench.arrived(&receiver, 2).await;
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[0].body, seen[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_nothing_that_waits() {
    let receiver = FakeSystem::start(answers(500)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    let (key, clock) = (bench.app.client.key.clone(), bench.clock.clone());
    let mut app = bench.app.restart().await;
    app.client.key = key;
    let bench = Bench { app, clock };
    receiver.behave(answers(200));
    bench.advance(10);
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    assert_eq!(receiver.seen().len(), 2);
}
