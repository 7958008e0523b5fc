//! Reconnecting reaches the same installation: another answer to “who are you” is refused, unless an operator allows it.

use serde_json::{Value, json};

use super::pages::{look, path, send, shows_nothing_inside};
use crate::api::{customer, granted_at, text};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

async fn connected(app: &TestApp, system: &str, url: &str, parameters: Value) -> String {
    let owner = customer(app, "Hohenfels").await;
    let new = json!({
        "customer_id": owner, "system": system, "hosting": "on_premises", "base_url": url, "parameters": parameters,
        "auth": {"scheme": "basic", "username": "jbx", "password": "first-secret"},
    });
    let made = app.post("/api/v1/connections", new).await.expect(201);
    assert_eq!(made["status"], "active", "{made}");
    text(&made, "id")
}

fn auth(password: &str) -> Value {
    json!({"scheme": "basic", "username": "jbx", "password": password})
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sap_client_is_another_installation() {
    let app = granted_at(None).await;
    let cookie = |name: &str| Behaviour::with(200, &[("set-cookie", &format!("{name}=x; path=/"))], "pong");
    let system = FakeSystem::start(cookie("SAP_SESSIONID_HP2_100")).await;
    let id = connected(&app, "sap-ecc", &system.url(), json!({})).await;
    let credentials = format!("/api/v1/connections/{id}/credentials");
    system.behave(cookie("SAP_SESSIONID_HQ1_100"));
    let refused = app.put(&credentials, json!({"auth": auth("second-secret")})).await;
    assert_eq!(refused.problem(422), "verification_failed");
    assert_eq!(refused.json()["reason"], "identity_changed", "{}", refused.text());
    assert!(refused.text().contains("HQ1") && refused.text().contains("HP2"), "{}", refused.text());

    // The customer is told without names, and nothing is switched.
    let links = format!("/api/v1/connections/{id}/links");
    let link = path(&app.post(&links, json!({"purpose": "reconnect"})).await.expect(201)["url"]);
    let page = send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "third-secret")]).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.text().contains("This is another installation"), "{}", page.text());
    assert!(!page.text().contains("HQ1") && !page.text().contains("HP2"), "{}", page.text());
    shows_nothing_inside(&page, &system);
    assert_eq!(look(&app, &link).await.status, 200, "the link is not used up");

    // An operator allows it; from then on it is the known one.
    let allowed = json!({"auth": auth("second-secret"), "allow_identity_change": true});
    app.put(&credentials, allowed).await.expect(200);
    app.put(&credentials, json!({"auth": auth("fourth-secret")})).await.expect(200);
    system.behave(cookie("SAP_SESSIONID_HP2_100"));
    assert_eq!(app.put(&credentials, json!({"auth": auth("fifth-secret")})).await.status, 422);
    // Where nothing is said at the same address, nothing is doubted; at another address it is.
    system.behave(Behaviour::with(200, &[], "pong"));
    app.put(&credentials, json!({"auth": auth("sixth-secret")})).await.expect(200);
    let elsewhere = FakeSystem::start(Behaviour::with(200, &[], "pong")).await;
    let moved = json!({"auth": auth("seventh-secret"), "base_url": elsewhere.url()});
    let refused = app.put(&credentials, moved).await;
    assert_eq!(refused.expect(422)["reason"], "identity_changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_root_of_a_service_is_another_installation() {
    let app = granted_at(None).await;
    let answer = |context: &str| Behaviour::json(200, &json!({"@odata.context": context, "value": []}).to_string());
    let system = FakeSystem::start(answer("$metadata")).await;
    let id = connected(&app, "generic-odata", &format!("{}/odata/v4/maintenance", system.url()), json!({})).await;
    let credentials = format!("/api/v1/connections/{id}/credentials");
    let at = |url: &str, path: &str| json!({"auth": auth("second-secret"), "base_url": format!("{url}{path}")});
    let refused = app.put(&credentials, at(&system.url(), "/odata/v4/catalog")).await;
    assert_eq!(refused.expect(422)["reason"], "identity_changed");
    // The same service on another host: the system has moved.
    let moved = FakeSystem::start(answer("$metadata")).await;
    app.put(&credentials, at(&moved.url(), "/odata/v4/maintenance/")).await.expect(200);
    // A service that names its host is held to it.
    moved.behave(answer("https://other.example/odata/v4/maintenance/$metadata"));
    let refused = app.put(&credentials, json!({"auth": auth("third-secret")})).await;
    assert_eq!(refused.expect(422)["reason"], "identity_changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_database_of_tryton_is_another_installation() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::json(200, "[]")).await;
    let owner = customer(&app, "Hohenfels").await;
    let new = json!({
        "customer_id": owner, "system": "tryton", "hosting": "on_premises", "base_url": system.url(),
        "parameters": {"database": "plant"}, "auth": {"scheme": "bearer", "token": "first-secret"},
    });
    let id = text(&app.post("/api/v1/connections", new).await.expect(201), "id");
    let credentials = format!("/api/v1/connections/{id}/credentials");
    let other = json!({"auth": {"scheme": "bearer", "token": "second-secret"}, "parameters": {"database": "test"}});
    let refused = app.put(&credentials, other.clone()).await;
    assert_eq!(refused.expect(422)["reason"], "identity_changed");
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!(now["parameters"]["database"], "plant", "nothing was switched");
    let mut allowed = other;
    allowed["allow_identity_change"] = json!(true);
    app.put(&credentials, allowed).await.expect(200);
}
