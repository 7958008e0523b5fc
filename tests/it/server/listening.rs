//! What every answer carries, what is refused before any face sees it, and groups of routes that are bound apart.

use bytes::Bytes;
use junctionbox::server::listeners::Group;

use crate::app::{TestApp, Wish};
use crate::client::Client;

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_an_id_and_the_headers_that_bound_browsers() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/readyz", "/metrics", "/api/nowhere"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, if path == "/api/nowhere" { 404 } else { 200 }, "{path}: {}", answer.text());
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("strict-transport-security").is_empty(), "plain HTTP is on loopback");
    }
    // Who shows no key learns nothing about what there is.
    assert_eq!(app.get("/api/v1/nowhere").await.problem(401), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_stay_on_this_machine() {
    let app = TestApp::start().await;
    assert!(app.get("/metrics").await.text().contains("junctionbox_build_info"));
    let forwarded = [("x-forwarded-for", "192.0.2.7")];
    let answer = app.client.send_raw("GET", "/metrics", &forwarded, Bytes::new()).await;
    assert_eq!(answer.problem(401), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_with_a_problem() {
    let app = TestApp::start().await;
    let large = Bytes::from(vec![b'x'; 1024 * 1024 + 1]);
    let answer = app.client.send_raw("POST", "/api/v1/customers", &[], large).await;
    assert_eq!(answer.problem(413), "payload_too_large");
    let long = "x".repeat(40_000);
    let answer = app.client.send_raw("GET", "/healthz", &[("x-long", long.as_str())], Bytes::new()).await;
    assert_eq!(answer.problem(431), "payload_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_bound_apart_is_nowhere_else() {
    let app = Wish::default().set("listeners.metrics", "127.0.0.1:0").start().await;
    let metrics = app.running().url(Group::Metrics).unwrap().to_string();
    let metrics = Client::new(metrics.trim_end_matches('/'));
    assert_eq!(metrics.send("GET", "/metrics", None).await.status, 200);
    assert_eq!(metrics.send("GET", "/healthz", None).await.status, 200);
    assert_eq!(app.get("/metrics").await.problem(404), "not_found");
    assert_eq!(metrics.send("GET", "/api/v1/instance", None).await.status, 404);
}
