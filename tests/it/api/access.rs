//! Who may see and do what: scopes, keys bound to customers, keys and users made and ended, requests done once.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{customer, granted, key, text, with_key};
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_may_not_see_does_not_exist_for_it() {
    let app = granted().await;
    let (mine, other) = (customer(&app, "Mine").await, customer(&app, "Other").await);
    let bound = with_key(&app, key(&app, &["all"], Some(&[&mine])).await);
    let seen = bound.send("GET", "/api/v1/customers", None).await.expect(200);
    assert_eq!(seen["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(bound.send("GET", &format!("/api/v1/customers/{other}"), None).await.problem(404), "not_found");
    let patched = bound.send("PATCH", &format!("/api/v1/customers/{other}"), Some(json!({"name": "x"}))).await;
    assert_eq!(patched.problem(404), "not_found");
    assert_eq!(bound.send("DELETE", &format!("/api/v1/customers/{other}"), None).await.problem(404), "not_found");
    let ledger = bound.send("GET", "/api/v1/credits/ledger", None).await.expect(200);
    assert_eq!(ledger["data"], json!([]), "grants belong to the pool");
    for path in ["/api/v1/credits", "/api/v1/audit", "/api/v1/audit/verify"] {
        assert_eq!(bound.send("GET", path, None).await.problem(403), "forbidden", "{path}");
    }
    let made = bound.send("POST", "/api/v1/customers", Some(json!({"name": "x"}))).await;
    assert_eq!(made.problem(403), "forbidden");
    let refusals = app.get("/api/v1/audit?outcome=refused&action=request.").await.expect(200);
    assert!(refusals["data"].as_array().is_some_and(|rows| rows.len() >= 3), "{refusals}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_allow_what_they_name() {
    let app = granted().await;
    let table: &[(&str, &str, &str, Option<Value>, u16)] = &[
        ("customers:read", "GET", "/customers", None, 200),
        ("customers:read", "POST", "/customers", Some(json!({"name": "x"})), 403),
        ("customers:write", "GET", "/customers", None, 200),
        ("customers:read", "GET", "/connections", None, 403),
        ("connections:write", "GET", "/connections", None, 200),
        ("credits:read", "GET", "/credits", None, 200),
        ("credits:read", "POST", "/credits/grants", Some(json!({"amount": 1, "note": "x"})), 403),
        ("audit:read", "GET", "/audit", None, 200),
        ("audit:read", "GET", "/users", None, 403),
        ("admin", "GET", "/users", None, 200),
        ("proxy", "GET", "/instance", None, 200),
        ("proxy", "GET", "/systems", None, 200),
        ("customers:read", "GET", "/events", None, 403),
    ];
    for (scope, method, path, body, status) in table {
        let client = with_key(&app, key(&app, &[scope], None).await);
        let answer = client.send(method, &format!("/api/v1{path}"), body.clone()).await;
        assert_eq!(answer.status, *status, "{scope} {method} {path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_users_are_made_shown_and_ended() {
    let app = granted().await;
    let made = app.post("/api/v1/api-keys", json!({"name": "ci", "scopes": ["customers:read"]})).await.expect(201);
    let (id, secret) = (text(&made, "id"), text(&made, "key"));
    assert!(secret.starts_with("jbx_"));
    let client = with_key(&app, secret.clone());
    assert_eq!(client.send("GET", "/api/v1/customers", None).await.status, 200);
    let listed = app.get("/api/v1/api-keys").await;
    assert!(!listed.text().contains(&secret) && listed.text().contains(&id));
    assert_eq!(app.delete(&format!("/api/v1/api-keys/{id}")).await.status, 204);
    assert_eq!(client.send("GET", "/api/v1/customers", None).await.problem(401), "unauthenticated");
    let wrong = app.post("/api/v1/api-keys", json!({"name": "ci", "scopes": ["everything"]})).await;
    assert_eq!(wrong.problem(422), "validation_failed");

    let user = json!({"email": "mara@plant.example", "name": "Mara Okonkwo", "role": "operator"});
    let made = app.post("/api/v1/users", user.clone()).await.expect(201);
    let path = format!("/api/v1/users/{}", text(&made, "id"));
    assert_eq!(app.post("/api/v1/users", user).await.problem(409), "conflict");
    assert_eq!(app.patch(&path, json!({"role": "viewer"})).await.expect(200)["role"], "viewer");
    assert_eq!(app.patch(&path, json!({"role": "king"})).await.problem(422), "validation_failed");
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_done_once() {
    let app = granted().await;
    let send = async |path: &str, key: &str, body: Value| {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        app.client.send_raw("POST", path, &headers, Bytes::from(body.to_string())).await
    };
    let first = send("/api/v1/customers", "one", json!({"name": "A"})).await;
    let again = send("/api/v1/customers", "one", json!({"name": "A"})).await;
    assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = send("/api/v1/customers", "one", json!({"name": "B"})).await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
    assert_eq!(send("/api/v1/customers", "two", json!({"name": ""})).await.problem(422), "validation_failed");
    assert_eq!(send("/api/v1/customers", "two", json!({"name": "C"})).await.status, 201);
    let together = (0..8).map(|_| send("/api/v1/customers", "three", json!({"name": "D"})));
    let answers = futures_util::future::join_all(together).await;
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{answers:?}");
    let found = app.get("/api/v1/customers?limit=200").await.expect(200);
    assert_eq!(found["data"].as_array().map(Vec::len), Some(3), "{found}");
    // A structured string and a bare token are the same key; a secret that is shown once is shown again to who has the key.
    let key = send("/api/v1/api-keys", "k", json!({"name": "k", "scopes": ["proxy"]})).await;
    let again = send("/api/v1/api-keys", "\"k\"", json!({"name": "k", "scopes": ["proxy"]})).await;
    assert_eq!((key.status, again.status, &key.body), (201, 201, &again.body));
    assert_eq!(key.header("location"), again.header("location"));
    assert_eq!(send("/api/v1/customers", "\"open", json!({"name": "E"})).await.problem(422), "validation_failed");
}

/// A reader of events sees no link, and cannot find it letter by letter either.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_link_is_not_found_by_searching() {
    let app = granted().await;
    let owner = customer(&app, "Hohenfels").await;
    let wish = json!({"customer_id": owner, "system": "sandbox", "hosting": "cloud",
                      "base_url": "https://sandbox.example", "auth": {"scheme": "none"}});
    let id = text(&app.post("/api/v1/connections", wish).await.expect(201), "id");
    let refused = json!({"status": "reauthorization_required"});
    app.post(&format!("/api/v1/connections/{id}/simulate"), refused).await.expect(200);
    let path = "/api/v1/events?type=connection.reauthorization_required";
    let whole = app.get(path).await.expect(200);
    let link = text(&whole["data"][0]["data"], "reconnect_url");
    let token = link.rsplit('/').next().expect("a token");
    let reader = with_key(&app, key(&app, &["connections:read"], None).await);
    let hidden = reader.send("GET", path, None).await.expect(200);
    assert_eq!(hidden["data"][0]["data"]["reconnect_url"], Value::Null, "{hidden}");
    for searcher in [&reader, &app.client] {
        for (word, found) in [(token, 0), (&token[token.len() - 6..], 0), ("sandbox", 1), ("credentials_rejected", 1)] {
            let answer = searcher.send("GET", &format!("{path}&q={word}"), None).await.expect(200);
            assert_eq!(answer["data"].as_array().map(Vec::len), Some(found), "{word}: {answer}");
        }
    }
}

/// The URL of an invitation opens the page where a password is chosen.
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_leads_where_a_password_is_chosen() {
    let app = granted().await;
    let wish = json!({"email": "mara@example.com", "name": "Mara Lindt", "role": "viewer"});
    let made = app.post("/api/v1/users", wish).await.expect(201);
    let url = text(&made["invitation"], "url");
    let path = url.find("/setup/").map(|at| &url[at..]).expect("the page of one-time links");
    let page = app.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Mara Lindt") && page.text().contains("type=\"password\""), "{}", page.text());
}

/// Two customers' connections with one user and secret: each learns that it is refused, and nothing of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_secret_names_no_other_customers_connection() {
    let app = granted().await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "long-secret")).await;
    let (mine, other) = (customer(&app, "Mine").await, customer(&app, "Other").await);
    let mut ids = Vec::new();
    for (owner, name) in [(&mine, "Our plant"), (&other, "Their secret plant"), (&other, "Their second plant")] {
        let wish = json!({
            "customer_id": owner, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
            "name": name, "auth": {"scheme": "basic", "username": "jbx", "password": "long-secret"},
        });
        ids.push(text(&app.post("/api/v1/connections", wish).await.expect(201), "id"));
    }
    system.behave(Behaviour::basic("jbx", "another"));
    app.post(&format!("/api/v1/connections/{}/check", ids[1]), Value::Null).await.expect(200);
    let path = |id: &str| format!("/api/v1/connections/{id}/transitions");
    let ours = app.get(&path(&ids[0])).await.expect(200);
    let theirs = app.get(&path(&ids[2])).await.expect(200);
    assert_eq!(ours["data"][0]["status"], "reauthorization_required", "{ours}");
    let text = ours.to_string();
    assert!(!text.contains("Their secret plant") && !text.contains(&ids[1]), "{ours:#}");
    assert!(theirs.to_string().contains("Their secret plant"), "within one customer it is named: {theirs:#}");
}
