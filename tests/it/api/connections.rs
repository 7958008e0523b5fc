//! A connection's life through the API: connected, checked, refused, reconnected, paused, ended.

use serde_json::{Value, json};

use super::{customer, granted, text};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

fn wish(customer: &str, system: &FakeSystem, password: &str) -> Value {
    json!({
        "customer_id": customer, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
        "auth": {"scheme": "basic", "username": "jbx", "password": password}, "tier": 3, "name": "ECC Plant 2",
        "metadata": {"line": 4},
    })
}

async fn in_use(app: &TestApp) -> Value {
    app.get("/api/v1/credits").await.expect(200)["in_use"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lives_through_a_changed_password() {
    let app = granted().await;
    let owner = customer(&app, "Hohenfels").await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "first-secret")).await;

    let refused = app.post("/api/v1/connections", wish(&owner, &system, "wrong-secret")).await;
    assert_eq!(refused.problem(422), "verification_failed");
    let refused = refused.json();
    assert_eq!(refused["reason"], "credentials_rejected", "{refused}");
    assert!(!refused.to_string().contains("wrong-secret"), "{refused}");
    assert_eq!(in_use(&app).await, 0);

    let made = app.post("/api/v1/connections", wish(&owner, &system, "first-secret")).await.expect(201);
    assert_eq!((&made["status"], &made["reason"], &made["credits"]), (&json!("active"), &Value::Null, &json!(8)));
    assert_eq!(made["auth"], json!({"scheme": "basic", "username": "jbx"}));
    assert!(!made.to_string().contains("first-secret"));
    let id = text(&made, "id");
    let path = format!("/api/v1/connections/{id}");
    assert_eq!(in_use(&app).await, 8);
    let row = app.get("/api/v1/customers").await.expect(200)["data"][0].clone();
    assert_eq!((&row["connections"]["by_status"]["active"], &row["credits_in_use"]), (&json!(1), &json!(8)));

    system.behave(Behaviour::basic("jbx", "second-secret"));
    system.forget();
    let check = app.post(&format!("{path}/check"), Value::Null).await.expect(200);
    assert_eq!(check["status"], "reauthorization_required", "{check}");
    assert_eq!(check["decision"]["rule"], 7, "{check}");
    assert!(system.count(None) <= 2, "one attempt and one confirming attempt, not {}", system.count(None));
    system.forget();
    app.post(&format!("{path}/check"), Value::Null).await.expect(200);
    assert_eq!(system.count(None), 0, "a spent secret is not sent again");

    let status = app.get(&format!("{path}/status")).await.expect(200);
    assert_eq!(status["reauthorization_required"], true, "{status}");
    assert!(text(&status, "reconnect_url").contains("/portal/") && status["episode_id"].is_string(), "{status}");
    assert_eq!(status["metadata"], json!({"line": 4}));
    for field in ["fault_scope", "message", "since", "last_checked_at", "last_ok_at", "next_check_at", "uptime"] {
        assert!(status.get(field).is_some(), "no {field} in {status}");
    }
    let proxied = app.get(&format!("{path}/proxy/items")).await;
    assert_eq!(proxied.problem(424), "reauthorization_required");
    assert_eq!(proxied.json()["connection_id"], json!(id));

    let auth = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "second-secret"}});
    let back = app.put(&format!("{path}/credentials"), auth).await.expect(200);
    assert_eq!((&back["status"], &back["id"], &back["credits"]), (&json!("active"), &json!(id), &json!(8)));
    let proxied = app.get(&format!("{path}/proxy/items")).await;
    assert_eq!((proxied.status, proxied.header("junctionbox-upstream")), (200, "true"));

    let turns = app.get(&format!("{path}/transitions")).await.expect(200);
    let turns: Vec<String> = turns["data"].as_array().into_iter().flatten().map(|turn| text(turn, "status")).collect();
    assert_eq!(turns, ["active", "reauthorization_required", "active"]);
    let checks = app.get(&format!("{path}/checks")).await.expect(200);
    assert!(checks["data"].as_array().is_some_and(|list| !list.is_empty()), "{checks}");
    let types = app.get(&format!("/api/v1/events?connection_id={id}")).await.expect(200);
    let types: Vec<String> = types["data"].as_array().into_iter().flatten().map(|event| text(event, "type")).collect();
    for wanted in
        ["connection.created", "connection.activated", "connection.reauthorization_required", "connection.recovered"]
    {
        assert_eq!(types.iter().filter(|found| *found == wanted).count(), 1, "{wanted} in {types:?}");
    }
    let ended = app.delete(&format!("/api/v1/customers/{owner}")).await;
    assert_eq!(ended.problem(409), "conflict");
    assert_eq!(app.delete(&format!("/api/v1/customers/{owner}?disconnect=true")).await.status, 204);
    assert_eq!(in_use(&app).await, 0);
    let proof = app.get("/api/v1/credits/verify").await.expect(200);
    assert_eq!(proof["ok"], true, "{proof}");
    let proof = app.get("/api/v1/audit/verify").await.expect(200);
    assert_eq!(proof["ok"], true, "{proof}");
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_activated_changed_and_ended() {
    let app = granted().await;
    let owner = customer(&app, "Valdarno").await;
    let system = FakeSystem::start(Behaviour::json(200, "{}")).await;
    let mut new = wish(&owner, &system, "x");
    new["auth"] = json!({"scheme": "none"});
    let id = text(&app.post("/api/v1/connections", new).await.expect(201), "id");
    let path = format!("/api/v1/connections/{id}");
    let paused = app.post(&format!("{path}/pause"), json!({})).await.expect(200);
    assert_eq!((&paused["status"], &paused["reason"]), (&json!("inactive"), &json!("paused")));
    assert_eq!(in_use(&app).await, 0);
    assert_eq!(app.get(&format!("{path}/proxy/x")).await.problem(402), "connection_inactive");
    let active = app.post(&format!("{path}/activate"), json!({})).await.expect(200);
    assert_eq!(active["status"], "active", "{active}");
    assert_eq!(in_use(&app).await, 8);
    let changed =
        app.patch(&path, json!({"name": "New", "metadata": {}, "check_interval_seconds": 300})).await.expect(200);
    assert_eq!((&changed["name"], &changed["check_interval_seconds"]), (&json!("New"), &json!(300)));
    assert_eq!(app.patch(&path, json!({"base_url": "http://127.0.0.1:1"})).await.problem(422), "validation_failed");
    let ended = app.post(&format!("{path}/disconnect"), json!({})).await.expect(200);
    assert_eq!(ended["status"], "disconnected");
    assert_eq!(in_use(&app).await, 0);
    for (method, part) in [("POST", "check"), ("POST", "activate"), ("POST", "disconnect"), ("GET", "proxy/x")] {
        let answer = app.client.send(method, &format!("{path}/{part}"), None).await;
        assert_eq!(answer.problem(410), "connection_disconnected", "{part}");
    }
    let listed = app.get("/api/v1/connections?status=disconnected").await.expect(200);
    assert_eq!(listed["data"][0]["id"], json!(id));
    assert_eq!(app.get("/api/v1/connections?status=asleep").await.problem(422), "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_proven_is_pending_until_it_is_checked() {
    let app = granted().await;
    let owner = customer(&app, "Kuroshio").await;
    let system = FakeSystem::start(Behaviour::json(200, "{}")).await;
    let mut new = wish(&owner, &system, "x");
    new["verify"] = json!(false);
    let made = app.post("/api/v1/connections", new).await.expect(201);
    assert_eq!((&made["status"], &made["reason"]), (&json!("pending"), &json!("never_verified")));
    assert_eq!((in_use(&app).await, system.count(None)), (json!(8), 0));
    let path = format!("/api/v1/connections/{}", text(&made, "id"));
    assert_eq!(app.get(&format!("{path}/proxy/x")).await.problem(409), "connection_pending");
    let check = app.post(&format!("{path}/check"), Value::Null).await.expect(200);
    assert_eq!(check["status"], "active", "{check}");

    let mut denied = wish(&owner, &system, "x");
    denied["base_url"] = json!("http://169.254.169.254/latest");
    assert_eq!(app.post("/api/v1/connections", denied).await.problem(403), "egress_denied");
    let mut nowhere = wish(&owner, &system, "x");
    nowhere["base_url"] = json!("http://127.0.0.1:9");
    let refused = app.post("/api/v1/connections", nowhere).await;
    assert_eq!(refused.problem(422), "verification_failed");
    assert_eq!(refused.json()["reason"], "connection_refused");
}
