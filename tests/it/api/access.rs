//! Who may see and do what: scopes, keys bound to customers, keys and users made and ended, requests done once.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{customer, granted, key, text, with_key};

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
