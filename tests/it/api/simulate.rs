//! The sandbox: any status, with its record and its event, held until somebody changes it.

use serde_json::{Value, json};

use super::{customer, granted, text};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

async fn sandbox(app: &TestApp) -> String {
    let owner = customer(app, "Hohenfels").await;
    let wish = json!({"customer_id": owner, "system": "sandbox", "hosting": "cloud",
                      "base_url": "https://sandbox.example", "auth": {"scheme": "none"}});
    let made = app.post("/api/v1/connections", wish).await.expect(201);
    assert_eq!((&made["status"], &made["credits"]), (&json!("active"), &json!(0)));
    format!("/api/v1/connections/{}", text(&made, "id"))
}

async fn types(app: &TestApp, path: &str) -> Vec<String> {
    let id = path.rsplit('/').next().unwrap_or_default();
    let found = app.get(&format!("/api/v1/events?connection_id={id}")).await.expect(200);
    let mut types: Vec<String> =
        found["data"].as_array().into_iter().flatten().map(|event| text(event, "type")).collect();
    types.reverse();
    types
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_goes_through_every_status() {
    let app = granted().await;
    let path = sandbox(&app).await;
    let simulate = |body: Value| {
        let (client, path) = (app.client.clone(), format!("{path}/simulate"));
        async move { client.send("POST", &path, Some(body)).await }
    };
    let table = [
        (json!({"status": "degraded"}), "permission_reduced", json!("connection"), 200),
        (json!({"status": "unreachable", "reason": "dns_failure"}), "dns_failure", json!("host"), 503),
        (json!({"status": "reauthorization_required"}), "credentials_rejected", json!("connection"), 424),
        (json!({"status": "active"}), "", Value::Null, 200),
        (json!({"status": "pending"}), "never_verified", Value::Null, 409),
        (json!({"status": "inactive", "reason": "credits_exhausted"}), "credits_exhausted", Value::Null, 402),
        (json!({"status": "active"}), "", Value::Null, 200),
    ];
    for (body, reason, scope, proxied) in table {
        let now = simulate(body.clone()).await.expect(200);
        let wanted = if reason.is_empty() { Value::Null } else { json!(reason) };
        assert_eq!((&now["status"], &now["reason"], &now["fault_scope"]), (&body["status"], &wanted, &scope), "{now}");
        assert_eq!(app.get(&format!("{path}/proxy/a")).await.status, proxied, "{body}");
        let status = app.get(&format!("{path}/status")).await.expect(200);
        assert_eq!(status["reconnect_url"].is_string(), body["status"] == "reauthorization_required", "{status}");
        let record = app.get(&format!("{path}/transitions?limit=1")).await.expect(200)["data"][0].clone();
        assert_eq!((&record["source"], &record["status"]), (&json!("simulation"), &body["status"]));
    }
    let mut told = types(&app, &path).await;
    // The first two come in one moment.
    told[..2].sort_unstable_by(|a, b| b.cmp(a));
    let wanted = [
        "connection.created",
        "connection.activated",
        "connection.degraded",
        "connection.unreachable",
        "connection.reauthorization_required",
        "connection.recovered",
        "connection.inactive",
        "connection.recovered",
    ];
    assert_eq!(told, wanted);
    for wrong in [
        json!({"status": "active", "reason": "slow"}),
        json!({"status": "degraded", "reason": "token_revoked"}),
        json!({"status": "asleep"}),
        json!({"reason": "slow"}),
        json!({"status": "active", "colour": 1}),
    ] {
        assert_eq!(simulate(wrong.clone()).await.problem(422), "validation_failed", "{wrong}");
    }
    assert_eq!(simulate(json!({"status": "disconnected"})).await.expect(200)["status"], "disconnected");
    assert_eq!(simulate(json!({"status": "active"})).await.problem(410), "connection_disconnected");
    assert_eq!(app.get("/api/v1/credits/verify").await.expect(200)["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_until_a_check_by_hand() {
    let app = crate::app::Wish::default().set("health.interval_seconds", "1").start().await;
    let mut app = app;
    app.client.key = Some(super::key(&app, &["all"], None).await);
    let path = sandbox(&app).await;
    app.post(&format!("{path}/simulate"), json!({"status": "degraded", "reason": "slow"})).await.expect(200);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(app.get(&path).await.expect(200)["status"], "degraded");
    let checked = app.post(&format!("{path}/check"), Value::Null).await.expect(200);
    assert_eq!(checked["status"], "active", "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_systems_have_the_status_that_they_have() {
    let app = granted().await;
    let owner = customer(&app, "Valdarno").await;
    let system = FakeSystem::start(Behaviour::json(200, "{}")).await;
    let wish = json!({"customer_id": owner, "system": "generic-rest", "hosting": "cloud", "base_url": system.url(),
                      "auth": {"scheme": "none"}});
    let id = text(&app.post("/api/v1/connections", wish).await.expect(201), "id");
    let refused = app.post(&format!("/api/v1/connections/{id}/simulate"), json!({"status": "degraded"})).await;
    assert_eq!(refused.problem(422), "validation_failed");
}
