//! What is sent and to whom: the form of the standard, filters, tests, replays, and what is shown of a delivery.

use serde_json::{Value, json};

use super::{Bench, answers, body, customer, kind, signed_by, text};
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_once_signed_and_in_the_standards_form() {
    let receiver =
        FakeSystem::start(Behaviour::with(202, &[("x-receiver", "yes"), ("set-cookie", "a=b")], "taken")).await;
    let bench = Bench::start().await;
    bench.happen().await;
    bench.advance(1);
    let (id, secret) = bench.to(&receiver).await;
    bench.happen().await;
    let seen = bench.arrived(&receiver, 1).await;
    let one = &seen[0];
    assert_eq!((one.method.as_str(), one.target.as_str()), ("POST", "/hook"));
    assert_eq!(one.header("content-type"), Some("application/json"));
    let event = body(one);
    let members: Vec<&String> = event.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["type", "timestamp", "data"]);
    assert_eq!((&event["type"], &event["timestamp"]), (&json!("credits.granted"), &json!("2026-01-05T10:00:01Z")));
    assert_eq!(one.header("webhook-timestamp"), Some("1767607201"));
    assert_eq!(signed_by(one, &secret), [0]);
    let listed = bench.app.get("/api/v1/events?type=credits.granted&limit=1").await.expect(200);
    assert_eq!(one.header("webhook-id"), listed["data"][0]["id"].as_str(), "the id is the event’s");
    // What happened before the endpoint was there is not sent by itself.
    bench.quiet(&receiver, 1).await;

    let delivery = bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    assert!(text(&delivery, "id").starts_with("whd_"));
    let shown = bench.app.get(&format!("/api/v1/webhook-deliveries/{}", text(&delivery, "id"))).await.expect(200);
    assert_eq!(shown["body"], event);
    let tried = &shown["tries"][0];
    assert_eq!((&tried["number"], &tried["ok"], &tried["cause"]), (&json!(1), &json!(true), &json!("schedule")));
    assert_eq!((&tried["answer"]["status"], &tried["answer"]["body"]), (&json!(202), &json!("taken")));
    assert_eq!(tried["answer"]["headers"]["x-receiver"], "yes");
    assert_eq!(tried["answer"]["headers"].get("set-cookie"), None);
    assert!(tried["timing"]["total_ms"].is_u64() && tried["peer"].is_string(), "{tried}");
    let endpoint = bench.show(&id).await;
    assert_eq!((&endpoint["status"], endpoint["last_ok_at"].is_string()), (&json!("enabled"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_by_type_and_by_customer() {
    let (all, granted, mine) =
        tokio::join!(FakeSystem::start(answers(200)), FakeSystem::start(answers(200)), FakeSystem::start(answers(200)));
    let bench = Bench::start().await;
    let (first, second) = (customer(&bench.app, "First").await, customer(&bench.app, "Second").await);
    bench.to(&all).await;
    bench.endpoint(json!({"url": granted.url(), "event_types": ["credits.granted"]})).await;
    bench.endpoint(json!({"url": mine.url(), "customer_ids": [first]})).await;
    bench.happen().await;
    for customer in [&first, &second] {
        bench.app.delete(&format!("/api/v1/customers/{customer}")).await.expect(204);
    }
    bench.arrived(&all, 3).await;
    bench.arrived(&granted, 1).await;
    bench.arrived(&mine, 1).await;
    bench.quiet(&all, 3).await;
    bench.quiet(&granted, 1).await;
    bench.quiet(&mine, 1).await;
    assert_eq!(kind(&granted.seen()[0]), "credits.granted");
    assert_eq!(body(&mine.seen()[0])["data"]["customer_id"], json!(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_to_its_endpoint_alone_and_says_what_came_of_it() {
    let (receiver, other) = tokio::join!(FakeSystem::start(answers(204)), FakeSystem::start(answers(200)));
    let bench = Bench::start().await;
    let (id, secret) = bench.endpoint(json!({"url": receiver.url(), "event_types": ["credits.low"]})).await;
    bench.to(&other).await;
    let path = format!("/api/v1/webhook-endpoints/{id}/test");
    let tested = bench.app.post(&path, json!({})).await.expect(200);
    assert_eq!((&tested["status"], &tested["event_type"]), (&json!("delivered"), &json!("test")));
    assert_eq!((&tested["tries"][0]["cause"], &tested["tries"][0]["answer"]["status"]), (&json!("test"), &json!(204)));
    assert_eq!(signed_by(&receiver.seen()[0], &secret), [0]);
    // A failed one follows the schedule like every event.
    receiver.behave(answers(500));
    bench.advance(1);
    let tested = bench.app.post(&path, json!({})).await.expect(200);
    assert_eq!((&tested["status"], &tested["try_count"]), (&json!("waiting"), &json!(1)));
    assert!(!tested["next_try_at"].is_null(), "{tested}");
    receiver.behave(answers(204));
    bench.advance(7);
    let seen = bench.arrived(&receiver, 3).await;
    assert_eq!(seen[1].header("webhook-id"), seen[2].header("webhook-id"));
    bench.delivery(&id, |delivery| delivery["status"] == "delivered" && delivery["try_count"] == 2).await;
    bench.quiet(&other, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_sent_again_by_hand() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    let delivery = bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    let path = format!("/api/v1/webhook-deliveries/{}", text(&delivery, "id"));
    bench.advance(60);
    let replayed = bench.app.post(&format!("{path}/replay"), json!({})).await.expect(200);
    assert_eq!(replayed["status"], "waiting");
    let seen = bench.arrived(&receiver, 2).await;
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[0].body, seen[1].body, "the body is the same at each try");
    assert_ne!(seen[0].header("webhook-timestamp"), seen[1].header("webhook-timestamp"));
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    let shown = bench.app.get(&path).await.expect(200);
    let causes: Vec<&Value> = shown["tries"].as_array().into_iter().flatten().map(|tried| &tried["cause"]).collect();
    assert_eq!(causes, ["schedule", "replay"]);
    assert_eq!(
        bench
            .app
            .post("/api/v1/webhook-deliveries/whd_01kc0000000000000000000000/replay", json!({}))
            .await
            .problem(404),
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_since_a_time_is_sent_again() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    bench.happen().await;
    bench.arrived(&receiver, 1).await;
    bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    bench.advance(60);
    let path = format!("/api/v1/webhook-endpoints/{id}");
    bench.app.patch(&path, json!({"disabled": true})).await.expect(200);
    for _ in 0..3 {
        bench.advance(60);
        bench.happen().await;
    }
    bench.quiet(&receiver, 1).await;
    bench.app.patch(&path, json!({"disabled": false})).await.expect(200);
    bench.quiet(&receiver, 1).await;
    // Two of the three.
    let recovered =
        bench.app.post(&format!("{path}/recover"), json!({"since": "2026-01-05T10:02:30Z"})).await.expect(200);
    assert_eq!(recovered["deliveries"], 2);
    bench.arrived(&receiver, 3).await;
    let again = bench.app.post(&format!("{path}/recover"), json!({"since": "2026-01-05T09:00:00Z"})).await.expect(200);
    // The third grant, the word that the endpoint was disabled, and the three that it took already, for a receiver that lost them.
    assert_eq!(again["deliveries"], 6, "with the grant of the start, before the endpoint was there");
    bench.arrived(&receiver, 9).await;
    bench.quiet(&receiver, 9).await;
    let ids: std::collections::BTreeSet<_> =
        receiver.seen().iter().map(|seen| seen.header("webhook-id").map(str::to_owned)).collect();
    assert_eq!(ids.len(), 6, "the same ids again");
    for bad in [json!({}), json!({"since": "yesterday"}), json!({"since": "2036-01-01T00:00:00Z"})] {
        assert_eq!(bench.app.post(&format!("{path}/recover"), bad).await.problem(422), "validation_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_let_somebody_in_are_hidden_in_what_is_shown() {
    let receiver = FakeSystem::start(answers(200)).await;
    let system = FakeSystem::start(answers(401)).await;
    let bench = Bench::start().await;
    let owner = customer(&bench.app, "Plant").await;
    let wish = json!({
        "customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": system.url(),
        "auth": {"scheme": "basic", "username": "JBX", "password": "sesame-open"}, "verify": false,
    });
    let connection = bench.app.post("/api/v1/connections", wish).await.expect(201);
    let (id, _) =
        bench.endpoint(json!({"url": receiver.url(), "event_types": ["connection.reauthorization_required"]})).await;
    bench.app.post(&format!("/api/v1/connections/{}/check", text(&connection, "id")), json!({})).await.expect(200);
    let seen = bench.arrived(&receiver, 1).await;
    let link = body(&seen[0])["data"]["reconnect_url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("http"), "{link}");
    receiver.behave(Behaviour::json(200, &json!({"got": link, "reconnect_url": link}).to_string()));
    let delivery = bench.delivery(&id, |delivery| delivery["status"] == "delivered").await;
    let path = format!("/api/v1/webhook-deliveries/{}", text(&delivery, "id"));
    let shown = bench.app.get(&path).await;
    assert!(!shown.text().contains(&link), "{}", shown.text());
    assert_eq!(shown.json()["body"]["data"]["reconnect_url"], "[link hidden]");
}
