//! `/connections/{id}/acknowledge` and `/maintenance-windows`: made, shown, taken back; for those who may.

use serde_json::{Value, json};

use super::{customer, granted, key, text, with_key};
use crate::fake::{Behaviour, FakeSystem};
use crate::portal::links::refused;

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_acknowledged_by_those_who_may_and_only_trouble() {
    let app = granted().await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let path = format!("/api/v1/connections/{id}/acknowledge");
    let made = app.post(&path, json!({"note": "Called them."})).await.expect(200);
    assert_eq!((&made["note"], &made["remind_contact"]), (&json!("Called them."), &json!(false)), "{made}");
    assert_eq!(text(&made, "acknowledged_by"), "test");
    // Without a body, and once more.
    let again = app.client.send("POST", &path, None).await.expect(200);
    assert_eq!(again["note"], "", "{again}");
    assert_eq!(app.post(&path, json!({"note": "x".repeat(501)})).await.problem(422), "validation_failed");
    assert_eq!(app.post(&path, json!({"why": "x"})).await.problem(422), "validation_failed");
    let reader = with_key(&app, key(&app, &["connections:read"], None).await);
    assert_eq!(reader.send("POST", &path, Some(json!({}))).await.problem(403), "forbidden");
    let other = customer(&app, "Other").await;
    let stranger = with_key(&app, key(&app, &["connections:write"], Some(&[&other])).await);
    assert_eq!(stranger.send("POST", &path, Some(json!({}))).await.problem(404), "not_found");
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.delete(&path).await.problem(404), "not_found");
    // Mended: nothing is left to acknowledge.
    let auth = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "second-secret"}});
    app.put(&format!("/api/v1/connections/{id}/credentials"), auth).await.expect(200);
    assert_eq!(app.post(&path, json!({})).await.problem(409), "conflict");
    let audit = app.get("/api/v1/audit?action=connection.acknowledged").await.expect(200);
    assert_eq!(audit["data"].as_array().map(Vec::len), Some(2), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_planned_shown_and_ended() {
    let app = granted().await;
    let owner = customer(&app, "Hohenfels").await;
    let window = |scope: &str, target: Value| json!({"scope": scope, "target": target, "starts_at": "2026-01-05T10:00:00Z", "ends_at": "2040-01-05T12:00:00Z"});
    let wrong = app.post("/api/v1/maintenance-windows", window("host", json!("sap.example"))).await;
    assert_eq!(wrong.problem(422), "validation_failed", "longer than a year");
    let plan = |scope: &str, target: Value| {
        json!({"scope": scope, "target": target, "starts_at": "2100-01-05T10:00:00Z", "ends_at": "2100-01-05T12:00:00Z",
            "weekly": true, "note": "release"})
    };
    let made =
        app.post("/api/v1/maintenance-windows", plan("host", json!("https://SAP.example:44300/x"))).await.expect(201);
    assert_eq!((&made["target"], &made["running"]), (&json!("sap.example:44300"), &json!(false)), "{made}");
    app.post("/api/v1/maintenance-windows", plan("customer", json!(owner))).await.expect(201);
    app.post("/api/v1/maintenance-windows", plan("instance", Value::Null)).await.expect(201);
    for (scope, target) in [("planet", json!("x")), ("customer", json!("cus_x")), ("host", json!("a b"))] {
        let answer = app.post("/api/v1/maintenance-windows", plan(scope, target)).await;
        assert_eq!(answer.problem(422), "validation_failed", "{scope}");
    }
    let list = app.get("/api/v1/maintenance-windows?limit=2").await.expect(200);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2), "{list}");
    let next = text(&list, "next_cursor");
    let rest = app.get(&format!("/api/v1/maintenance-windows?limit=2&cursor={next}")).await.expect(200);
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1), "{rest}");

    let bound = with_key(&app, key(&app, &["connections:write"], Some(&[&owner])).await);
    let seen = bound.send("GET", "/api/v1/maintenance-windows", None).await.expect(200);
    assert_eq!(seen["data"].as_array().map(Vec::len), Some(1), "{seen}");
    let answer = bound.send("POST", "/api/v1/maintenance-windows", Some(plan("instance", Value::Null))).await;
    assert_eq!(answer.problem(422), "validation_failed");

    let path = format!("/api/v1/maintenance-windows/{}", text(&made, "id"));
    assert_eq!(bound.send("GET", &path, None).await.problem(404), "not_found");
    assert_eq!(app.delete(&path).await.status, 204);
    let ended = app.get(&path).await.expect(200);
    assert!(ended["ended_at"].is_string(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_says_whether_its_contact_is_written_to() {
    let app = granted().await;
    let made = app.post("/api/v1/customers", json!({"name": "Hohenfels"})).await.expect(201);
    assert_eq!(made["notify_contact"], true, "{made}");
    let path = format!("/api/v1/customers/{}", text(&made, "id"));
    let changed = app.patch(&path, json!({"notify_contact": false})).await.expect(200);
    assert_eq!(changed["notify_contact"], false);
    assert_eq!(app.get(&path).await.expect(200)["notify_contact"], false);
}
