//! What passes the proxy, and what is taken off on the way; its log.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::{Stage, status_of};
use crate::fake::Behaviour;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_arrives_as_it_was_written_and_signed() {
    let stage = Stage::start().await;
    let below = "/a//b;v=1/Items('A%20B%2fC')?$filter=x%20eq%20'y'&j={a:[1|2]}&d&e=%";
    let headers = "Accept: a/b\r\nAccept: c/d\r\nIf-Match: \"1\"\r\nCookie: mine=1\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\n\
        Via: 1.1 x\r\nTE: trailers\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nX-Kept: a, b\r\nExpect: 100-continue\r\nProxy-Authorization: Basic eA==\r\n\
        Idempotency-Key: k\r\nContent-Length: 5\r\n"
        .replace("Keep-Alive: 5\r\n", "Keep-Alive: 5\r\nConnection: X-Hop\r\n");
    let answer = stage.by_hand("PATCH", below, &headers, "hello").await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n"), "{answer}");
    let answer = answer.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(status_of(answer), 200, "{answer}");
    let seen = stage.system.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.body.as_slice()), ("PATCH", below, &b"hello"[..]));
    let named = |name: &str| {
        seen.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(named("accept"), ["a/b", "c/d"]);
    assert_eq!(named("if-match"), ["\"1\""]);
    assert_eq!(named("x-kept"), ["a, b"]);
    assert_eq!(named("content-length"), ["5"]);
    assert_eq!(named("authorization"), ["Basic amJ4Omxvbmctc2VjcmV0"]);
    for name in [
        "cookie",
        "x-forwarded-for",
        "forwarded",
        "via",
        "te",
        "keep-alive",
        "x-hop",
        "expect",
        "proxy-authorization",
        "idempotency-key",
        "transfer-encoding",
        "x-request-id",
    ] {
        assert_eq!(named(name), Vec::<&str>::new(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_back_without_the_systems_session() {
    let stage = Stage::start().await;
    stage.system.behave(Behaviour::with(
        404,
        &[
            ("Set-Cookie", "SAP_SESSIONID=secret"),
            ("Set-Cookie2", "x"),
            ("Connection", "X-Hop"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Strict-Transport-Security", "max-age=1"),
            ("Alt-Svc", "h2"),
            ("Junctionbox-Upstream", "spoofed"),
            ("X-Request-Id", "theirs"),
            ("Retry-After", "7"),
            ("ETag", "\"5\""),
            ("Content-Encoding", "gzip"),
            ("X-Twice", "1"),
            ("X-Twice", "2"),
        ],
        "not here",
    ));
    let answer =
        stage.app.client.send_raw("GET", &stage.path("/x"), &[("accept-encoding", "gzip")], Bytes::new()).await;
    assert_eq!((answer.status, answer.text().as_str()), (404, "not here"));
    for name in ["set-cookie", "set-cookie2", "x-hop", "keep-alive", "strict-transport-security", "alt-svc"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    assert_eq!(answer.headers.get_all("junctionbox-upstream").iter().collect::<Vec<_>>(), ["true"]);
    assert!(answer.header("x-request-id").starts_with("req_"), "{answer:?}");
    assert_eq!(
        (answer.header("retry-after"), answer.header("etag"), answer.header("content-encoding")),
        ("7", "\"5\"", "gzip")
    );
    assert_eq!(answer.headers.get_all("x-twice").iter().count(), 2);
    assert_eq!(answer.header("content-length"), "8");
    // It is the caller's 404: nothing is learnt from it.
    assert_eq!(stage.status().await["status"], "active");
    assert_eq!(stage.system.count(None), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_keep_their_form() {
    let stage = Stage::start().await;
    stage.system.behave(Behaviour::decided(|seen| match seen.target.as_str() {
        "/none" => Behaviour::with(204, &[], ""),
        "/same" => Behaviour::with(304, &[("ETag", "\"1\"")], ""),
        _ => Behaviour::json(200, ""),
    }));
    let none = stage.by_hand("DELETE", "/none", "", "").await;
    assert_eq!(status_of(&none), 204, "{none}");
    assert!(!none.to_lowercase().contains("transfer-encoding") && none.ends_with("\r\n\r\n"), "{none}");
    let same = stage.by_hand("GET", "/same", "If-None-Match: \"1\"\r\n", "").await;
    assert_eq!(status_of(&same), 304, "{same}");
    assert!(same.to_lowercase().contains("etag: \"1\"") && same.ends_with("\r\n\r\n"), "{same}");
    let head = stage.by_hand("HEAD", "/x", "", "").await;
    assert_eq!(status_of(&head), 200, "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(stage.system.seen()[2].method, "HEAD");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_is_not_served_on() {
    let wish = Stage::wish().set("health.response_timeout_seconds", "60");
    let stage = Stage::with(wish, Behaviour::json(200, "[]"), json!({})).await;
    stage.system.behave(Behaviour::Hang);
    let key = stage.app.client.key.clone().expect("a key");
    let request = format!("GET {} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\n\r\n", stage.path("/slow"));
    assert_eq!(stage.raw(request.as_bytes(), Duration::from_millis(500)).await, "");
    let lines = stage.log("?status=499").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["path"], &lines[0]["complete"]), (&json!("/slow"), &json!(false)));
    assert!(lines[0]["total_ms"].as_u64().is_some_and(|ms| ms < 5_000), "{lines:?}");
    assert_eq!(stage.status().await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_who_asked_what_and_how_it_ended() {
    let stage = Stage::start().await;
    stage
        .app
        .client
        .send_raw("POST", &stage.path("/orders?secret=1"), &[], Bytes::from_static(b"hello"))
        .await
        .expect(200);
    stage.system.behave(Behaviour::with(404, &[], "no"));
    stage.app.get(&stage.path("/gone")).await;
    stage.app.get(&stage.path("/%2e%2e/x")).await.problem(422);
    stage.app.post(&format!("/api/v1/connections/{}/pause", stage.id), json!(null)).await.expect(200);
    stage.app.get(&stage.path("/late")).await.problem(402);
    let lines = stage.log("").await;
    let facts: std::collections::BTreeSet<_> =
        lines.iter().map(|line| (line["path"].as_str(), line["status"].as_u64(), line["code"].as_str())).collect();
    // Requests of one millisecond stand in no certain order.
    assert_eq!(
        facts.into_iter().collect::<Vec<_>>(),
        [
            (Some("/%2e%2e/x"), Some(422), Some("validation_failed")),
            (Some("/gone"), Some(404), None),
            (Some("/late"), Some(402), Some("connection_inactive")),
            (Some("/orders"), Some(200), None),
        ]
    );
    let first = lines.iter().find(|line| line["path"] == "/orders").expect("the first request");
    assert_eq!(
        (&first["method"], &first["bytes_sent"], &first["bytes_received"]),
        (&json!("POST"), &json!(5), &json!(2))
    );
    assert_eq!(
        (&first["answered_by"], &first["api_key_name"], &first["complete"]),
        (&json!("system"), &json!("test"), &json!(true))
    );
    assert!(first["api_key_id"].as_str().is_some_and(|id| id.starts_with("key_")), "{first}");
    assert!(!lines.iter().any(|line| line.to_string().contains("secret")), "{lines:?}");
    assert_eq!(stage.log("?status=4xx").await.len(), 3);
    let page = stage.app.get(&format!("/api/v1/connections/{}/requests?limit=3", stage.id)).await.expect(200);
    let next = page["next_cursor"].as_str().expect("a cursor");
    let rest =
        stage.app.get(&format!("/api/v1/connections/{}/requests?limit=3&cursor={next}", stage.id)).await.expect(200);
    assert_eq!((page["data"].as_array().map(Vec::len), rest["data"].as_array().map(Vec::len)), (Some(3), Some(1)));
    stage.app.get(&format!("/api/v1/connections/{}/requests?status=many", stage.id)).await.problem(422);
    let metrics = stage.app.get("/metrics").await.text();
    assert!(
        metrics.contains("junctionbox_proxied_requests_total{answered_by=\"system\",status=\"2xx\"} 1"),
        "{metrics}"
    );
    assert!(metrics.contains("junctionbox_proxied_bytes_total{kind=\"sent\"} 5"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_has_no_body_keeps_the_callers_connection() {
    let stage = Stage::start().await;
    for status in [204, 304] {
        // A length may stand in the head of a 304: it is the length of what did not change.
        stage.system.behave(Behaviour::decided(move |_| Behaviour::Answer {
            status,
            headers: vec![("ETag".into(), "\"v1\"".into()), ("Content-Length".into(), "12".into())],
            body: String::new(),
        }));
        let answer = stage.by_hand("GET", "/x", "", "").await;
        assert_eq!(status_of(&answer), status, "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let head = head.to_ascii_lowercase();
        assert!(head.contains("etag: \"v1\"") && head.contains("junctionbox-upstream: true"), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        assert_eq!(body, "", "a byte after the head would be taken for the next answer");
    }
}
