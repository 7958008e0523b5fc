//! What every answer of the API has: its tag, its limits, its methods, its compression.

use bytes::Bytes;
use serde_json::json;

use super::{customer, granted, key, with_key};
use crate::app::Wish;

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_saves_the_body_and_guards_a_change() {
    let app = granted().await;
    let path = format!("/api/v1/customers/{}", customer(&app, "Hohenfels").await);
    let seen = app.get(&path).await;
    let tag = seen.header("etag").to_owned();
    assert!(tag.starts_with("\"1-"), "{tag}");
    let ask = |tag: &str| {
        let (client, path, tag) = (app.client.clone(), path.clone(), tag.to_owned());
        async move { client.send_raw("GET", &path, &[("if-none-match", &tag)], Bytes::new()).await }
    };
    for same in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let unchanged = ask(&same).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{same}");
        assert!(unchanged.header("etag").contains(&tag));
    }
    let change = |tag: String, name: &str| {
        let (client, path, body) = (app.client.clone(), path.clone(), json!({ "name": name }).to_string());
        async move {
            let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
            client.send_raw("PATCH", &path, &headers, Bytes::from(body)).await
        }
    };
    let changed = change(tag.clone(), "Hohenfels SE").await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.header("etag"), app.get(&path).await.header("etag"));
    assert_eq!(ask(&tag).await.status, 200);
    assert_eq!(change(tag, "Other").await.problem(409), "conflict");
    assert_eq!(change("\"*\"".into(), "Other").await.problem(422), "validation_failed");
    let list = app.get("/api/v1/customers").await;
    let known = [("if-none-match", list.header("etag"))];
    assert_eq!(app.client.send_raw("GET", "/api/v1/customers", &known, Bytes::new()).await.status, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_the_body_and_other_methods_are_told_which_there_are() {
    let app = granted().await;
    for path in ["/api/v1/customers", "/api/v1/instance", "/healthz", "/readyz", "/api/openapi.json", "/sign-in"] {
        let (head, get) = (app.client.send("HEAD", path, None).await, app.get(path).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert!(!head.header("x-request-id").is_empty(), "{path}");
    }
    let wrong = app.client.send("PUT", "/api/v1/customers", None).await;
    assert_eq!(wrong.problem(405), "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET, HEAD, POST");
    assert_eq!(app.client.send("HEAD", "/api/v1/credits/quote", None).await.status, 405);
    for path in ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"] {
        let wrong = app.client.send("POST", path, None).await;
        assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_compressed_and_what_holds_a_secret_is_not() {
    let app = granted().await;
    let zipped = [("accept-encoding", "gzip")];
    let list = app.client.send_raw("GET", "/api/v1/systems", &zipped, Bytes::new()).await;
    assert_eq!(list.header("content-encoding"), "gzip");
    assert!(list.header("etag").starts_with("W/\""), "{}", list.header("etag"));
    let headers = [("accept-encoding", "gzip"), ("content-type", "application/json")];
    let body = Bytes::from(json!({"name": "k", "scopes": ["proxy"]}).to_string());
    let made = app.client.send_raw("POST", "/api/v1/api-keys", &headers, body).await;
    assert_eq!((made.status, made.header("content-encoding")), (201, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_go_on() {
    let wish = Wish::default().set("api.requests_per_second", "1").set("api.burst", "5");
    let mut app = wish.set("api.unauthenticated_per_second", "1").set("api.unauthenticated_burst", "2").start().await;
    app.client.key = Some(key(&app, &["all"], None).await);
    let first = app.get("/api/v1/instance").await;
    assert_eq!(first.header("ratelimit"), "\"default\";r=4;t=1");
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=5;w=5");
    let mut last = first;
    for _ in 0..5 {
        last = app.get("/api/v1/instance").await;
    }
    assert_eq!(last.problem(429), "rate_limited");
    assert_eq!((last.header("retry-after"), last.header("ratelimit")), ("1", "\"default\";r=0;t=1"));
    // Another key has a bucket of its own, and so has an address without one.
    let other = with_key(&app, key(&app, &["all"], None).await);
    assert_eq!(other.send("GET", "/api/v1/instance", None).await.status, 200);
    let stranger = with_key(&app, "jbx_wrong".into());
    let answers = [stranger.send("GET", "/api/v1/instance", None).await, stranger.send("GET", "/api/v1/x", None).await];
    for answer in answers {
        assert_eq!(answer.problem(401), "unauthenticated");
        assert!(!answer.header("ratelimit").is_empty());
    }
    assert_eq!(stranger.send("GET", "/api/v1/instance", None).await.problem(429), "rate_limited");
    for _ in 0..20 {
        assert_eq!(app.get("/healthz").await.status, 200);
    }
}
