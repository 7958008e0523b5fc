//! Links by the API: made, shown again, taken back; one per episode; for those who may.

use std::time::Duration;

use junctionbox::base::{ManualClock, Timestamp};
use serde_json::{Value, json};

use crate::api::{customer, granted_at, key, text, with_key};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

pub fn wish(customer: &str, system: &FakeSystem, password: &str) -> Value {
    json!({
        "customer_id": customer, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
        "auth": {"scheme": "basic", "username": "jbx", "password": password}, "name": "ECC Plant 2",
    })
}

/// A connection whose secret was refused.
pub async fn refused(app: &TestApp, system: &FakeSystem) -> String {
    let owner = customer(app, "Hohenfels").await;
    system.behave(Behaviour::basic("jbx", "first-secret"));
    let id = text(&app.post("/api/v1/connections", wish(&owner, system, "first-secret")).await.expect(201), "id");
    refuse(app, system, &id).await;
    id
}

pub async fn refuse(app: &TestApp, system: &FakeSystem, id: &str) {
    system.behave(Behaviour::basic("jbx", "second-secret"));
    let check = app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await.expect(200);
    assert_eq!(check["status"], "reauthorization_required", "{check}");
}

pub async fn reconnect_url(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200)["reconnect_url"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_per_episode_the_same_wherever_it_is_shown() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let url = reconnect_url(&app, &id).await;
    assert!(url.as_str().is_some_and(|url| url.contains("/portal/")), "{url}");

    let made = app.post(&format!("/api/v1/connections/{id}/links"), json!({"purpose": "reconnect"})).await.expect(201);
    assert_eq!(made["url"], url, "{made}");
    let proxied = app.get(&format!("/api/v1/connections/{id}/proxy/items")).await.expect(424);
    assert_eq!(proxied["reconnect_url"], url);
    let events = app.get(&format!("/api/v1/events?connection_id={id}")).await.expect(200);
    let mut event = events["data"].as_array().into_iter().flatten();
    let event = event.find(|event| event["type"] == "connection.reauthorization_required").cloned();
    assert_eq!(event.expect("the event")["data"]["reconnect_url"], url);

    // Those who may only read see that there is a link, but not where it leads.
    let reader = with_key(&app, key(&app, &["connections:read", "proxy"], None).await);
    let seen = reader.send("GET", &format!("/api/v1/connections/{id}/links"), None).await.expect(200);
    assert_eq!((&seen["data"][0]["id"], &seen["data"][0]["url"]), (&made["id"], &Value::Null), "{seen}");
    let status = reader.send("GET", &format!("/api/v1/connections/{id}/status"), None).await.expect(200);
    assert_eq!(status["reconnect_url"], Value::Null);
    let refusal = reader.send("GET", &format!("/api/v1/connections/{id}/proxy/items"), None).await.expect(424);
    assert_eq!(refusal["reconnect_url"], Value::Null);
    let no =
        reader.send("POST", &format!("/api/v1/connections/{id}/links"), Some(json!({"purpose": "reconnect"}))).await;
    assert_eq!(no.problem(403), "forbidden");

    // Back by the API: the episode is over, and its link with it.
    let auth = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "second-secret"}});
    app.put(&format!("/api/v1/connections/{id}/credentials"), auth).await.expect(200);
    assert_eq!(reconnect_url(&app, &id).await, Value::Null);
    let link = app.get(&format!("/api/v1/links/{}", text(&made, "id"))).await.expect(200);
    assert_eq!((&link["ended_by"], &link["url"]), (&json!("used"), &Value::Null), "{link}");

    // The next episode has another one.
    system.behave(Behaviour::basic("jbx", "third-secret"));
    app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await.expect(200);
    let next = reconnect_url(&app, &id).await;
    assert!(next.is_string() && next != url, "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_taken_back_ends_on_time_and_is_kept_to_its_bounds() {
    let clock = ManualClock::at(Timestamp::parse("2026-11-24T08:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let links = format!("/api/v1/connections/{id}/links");
    for (body, field) in [
        (json!({"purpose": "visit"}), "purpose"),
        (json!({"purpose": "connect"}), "purpose"),
        (json!({"purpose": "reconnect", "expires_in_seconds": 59}), "expires_in_seconds"),
        (json!({"purpose": "reconnect", "expires_in_seconds": 2_592_001}), "expires_in_seconds"),
        (json!({"purpose": "reconnect", "for_ever": true}), "for_ever"),
    ] {
        let refusal = app.post(&links, body.clone()).await;
        assert_eq!(refusal.problem(422), "validation_failed", "{body}");
        assert_eq!(refusal.json()["errors"][0]["field"], field, "{body}");
    }
    let made = app.post(&links, json!({"purpose": "reconnect", "expires_in_seconds": 3600})).await.expect(201);
    assert_eq!(made["expires_at"], "2026-11-24T09:00:00Z", "{made}");
    clock.advance(Duration::from_secs(3600));
    assert_eq!(reconnect_url(&app, &id).await, Value::Null);
    let next = app.post(&links, json!({"purpose": "reconnect"})).await.expect(201);
    assert_ne!(next["id"], made["id"]);
    assert_eq!(app.delete(&format!("/api/v1/links/{}", text(&next, "id"))).await.status, 204);
    assert_eq!(app.delete(&format!("/api/v1/links/{}", text(&next, "id"))).await.status, 204);
    assert_eq!(reconnect_url(&app, &id).await, Value::Null);
    // What was taken back stays so, over a restart too.
    let key = app.client.key.clone();
    let mut app = app.restart().await;
    app.client.key = key;
    assert_eq!(reconnect_url(&app, &id).await, Value::Null);
    let link = app.get(&format!("/api/v1/links/{}", text(&next, "id"))).await.expect(200);
    assert_eq!(link["ended_by"], "revoked", "{link}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_waits_for_its_customer() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "first-secret")).await;
    let owner = customer(&app, "Valdarno").await;
    let missing = app.post("/api/v1/connections", json!({"customer_id": owner})).await;
    assert_eq!(missing.problem(422), "validation_failed");

    let open = json!({
        "customer_id": owner, "system": "sap-ecc", "base_url": system.url(), "verify": false, "parameters": {"sap-client": "100"},
    });
    let made = app.post("/api/v1/connections", open).await.expect(201);
    assert_eq!(
        (&made["status"], &made["reason"], &made["credits"]),
        (&json!("pending"), &json!("never_verified"), &json!(8))
    );
    assert_eq!(made["hosting"], "on_premises", "the only one it has: {made}");
    assert_eq!(app.get("/api/v1/credits").await.expect(200)["in_use"], 8, "reserved with the system known");
    let id = text(&made, "id");
    let check = app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await;
    assert_eq!(check.problem(409), "connection_pending");
    let no = app.post(&format!("/api/v1/connections/{id}/links"), json!({"purpose": "reconnect"})).await;
    assert_eq!(no.problem(422), "validation_failed");
    let link = app.post(&format!("/api/v1/connections/{id}/links"), json!({"purpose": "connect"})).await.expect(201);
    assert!(text(&link, "url").contains("/portal/"), "{link}");

    let chosen_later =
        app.post("/api/v1/connections", json!({"customer_id": owner, "verify": false})).await.expect(201);
    assert_eq!((&chosen_later["system"], &chosen_later["credits"]), (&Value::Null, &json!(0)), "{chosen_later}");
    assert_eq!(app.get("/api/v1/credits").await.expect(200)["in_use"], 8, "nothing is reserved for it yet");
    let rows = app.get("/api/v1/connections?status=pending").await.expect(200);
    assert_eq!(rows["data"].as_array().map(Vec::len), Some(2));

    // Paused and activated again, it still waits.
    app.post(&format!("/api/v1/connections/{id}/pause"), Value::Null).await.expect(200);
    let back = app.post(&format!("/api/v1/connections/{id}/activate"), Value::Null).await.expect(200);
    assert_eq!((&back["status"], &back["credits"]), (&json!("pending"), &json!(8)), "{back}");
    // The operator may enter the credentials as well.
    let auth = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "first-secret"}});
    let done = app.put(&format!("/api/v1/connections/{id}/credentials"), auth).await.expect(200);
    assert_eq!(done["status"], "active", "{done}");
    let link = app.get(&format!("/api/v1/links/{}", text(&link, "id"))).await.expect(200);
    assert_eq!(link["ended_by"], "used", "{link}");
}
