//! Endpoints: made, changed, seen by those who may, refused where the policy forbids the address.

use bytes::Bytes;
use serde_json::json;

use super::{Bench, answers, as_key, customer, text};
use crate::fake::FakeSystem;

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_made_shown_changed_and_removed() {
    let bench = Bench::start().await;
    let app = &bench.app;
    let made = app
        .post(
            "/api/v1/webhook-endpoints",
            json!({"url": "http://127.0.0.1:9/hook?token=x", "event_types": ["credits.granted", "credits.low"], "description": " ERP "}),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let id = text(&made, "id");
    assert!(id.starts_with("whe_"), "{id}");
    let secret = text(&made, "secret");
    assert_eq!(
        data_encoding::BASE64
            .decode(secret.strip_prefix("whsec_").expect("its prefix").as_bytes())
            .map(|key| key.len()),
        Ok(32)
    );
    assert_eq!(
        (&made["description"], &made["status"], &made["disabled"]),
        (&json!("ERP"), &json!("enabled"), &json!(false))
    );

    let path = format!("/api/v1/webhook-endpoints/{id}");
    let shown = app.get(&path).await;
    assert!(shown.header("etag").starts_with("\"1"), "{}", shown.header("etag"));
    assert!(!shown.text().contains("whsec_"), "{}", shown.text());
    assert_eq!(shown.json()["event_types"], json!(["credits.low", "credits.granted"]));
    assert!(!app.get("/api/v1/webhook-endpoints").await.text().contains("whsec_"));

    let changed = app.patch(&path, json!({"event_types": null, "description": null})).await.expect(200);
    assert_eq!(
        (&changed["event_types"], &changed["description"], &changed["version"]),
        (&json!(null), &json!(null), &json!(2))
    );
    let stale = app.client.send_raw(
        "PATCH",
        &path,
        &[("content-type", "application/json"), ("if-match", "\"1\"")],
        Bytes::from_static(b"{\"description\":\"late\"}"),
    );
    assert_eq!(stale.await.problem(409), "conflict");
    assert_eq!(app.patch(&path, json!({"secret": "whsec_mine"})).await.problem(422), "validation_failed");

    app.delete(&path).await.expect(204);
    assert_eq!(app.get(&path).await.problem(404), "not_found");
    assert_eq!(app.delete(&path).await.problem(404), "not_found");
    let audit = app.get("/api/v1/audit?action=webhook_endpoint.").await.expect(200);
    let actions: Vec<String> =
        audit["data"].as_array().into_iter().flatten().rev().map(|row| text(row, "action")).collect();
    assert_eq!(actions, ["webhook_endpoint.created", "webhook_endpoint.changed", "webhook_endpoint.deleted"]);
    assert!(!audit.to_string().contains("token=x"), "an address’s query may hold a token: {audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_told_by_field_and_idempotency_holds() {
    let bench = Bench::start().await;
    let app = &bench.app;
    let refused = app
        .post(
            "/api/v1/webhook-endpoints",
            json!({"url": "hook", "event_types": ["nothing.at_all"], "customer_ids": ["cus_x"]}),
        )
        .await
        .expect(422);
    let fields: Vec<String> =
        refused["errors"].as_array().into_iter().flatten().map(|error| text(error, "field")).collect();
    assert_eq!(fields, ["url", "event_types[0]", "customer_ids[0]"]);
    let unknown = json!({"url": "http://127.0.0.1:9", "customer_ids": ["cus_01kc0000000000000000000000"]});
    assert_eq!(
        app.post("/api/v1/webhook-endpoints", unknown).await.expect(422)["errors"][0]["field"],
        "customer_ids[0]"
    );

    let once = || async {
        let headers = [("content-type", "application/json"), ("idempotency-key", "\"one\"")];
        let body = Bytes::from_static(b"{\"url\":\"http://127.0.0.1:9/once\"}");
        app.client.send_raw("POST", "/api/v1/webhook-endpoints", &headers, body).await
    };
    let first = once().await.expect(201);
    assert_eq!(once().await.expect(201), first, "whoever did not hear the answer gets it again, secret and all");
    let all = app.get("/api/v1/webhook-endpoints").await.expect(200);
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1));
    for limit in ["0", "201", "x"] {
        assert_eq!(
            app.get(&format!("/api/v1/webhook-endpoints?limit={limit}")).await.problem(422),
            "validation_failed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_on_where_they_stopped() {
    let bench = Bench::start().await;
    let mut made = Vec::new();
    for number in 0..5 {
        bench.advance(1);
        made.push(bench.endpoint(json!({"url": format!("http://127.0.0.1:9/{number}")})).await.0);
    }
    made.reverse();
    let (mut found, mut path) = (Vec::new(), "/api/v1/webhook-endpoints?limit=2".to_owned());
    loop {
        let page = bench.app.get(&path).await.expect(200);
        found.extend(page["data"].as_array().into_iter().flatten().map(|one| text(one, "id")));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/webhook-endpoints?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found, made);
    assert_eq!(bench.app.get("/api/v1/webhook-endpoints?cursor=abc").await.problem(422), "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_address_is_refused_and_nothing_is_sent() {
    let receiver = FakeSystem::start(answers(200)).await;
    let port = receiver.address().port();
    // Loopback at any port but the receiver's, and no plain HTTP beyond it.
    let bench = Bench::with(|wish| wish.set("egress.deny", &format!("127.0.0.1:{port}"))).await;
    let app = &bench.app;
    for url in [receiver.url(), "http://10.1.2.3/hook".into(), "https://169.254.169.254/latest".into()] {
        let answer = app.post("/api/v1/webhook-endpoints", json!({ "url": url })).await;
        assert_eq!(answer.problem(403), "egress_denied", "{url}");
        assert!(answer.json()["detail"].as_str().is_some_and(|text| text.contains("egress")), "{}", answer.text());
    }
    // An endpoint of an allowed address is not led elsewhere either.
    let (id, _) = bench.endpoint(json!({"url": "http://127.0.0.1:9/hook"})).await;
    let path = format!("/api/v1/webhook-endpoints/{id}");
    assert_eq!(app.patch(&path, json!({"url": receiver.url()})).await.problem(403), "egress_denied");
    assert_eq!(app.get(&path).await.expect(200)["url"], "http://127.0.0.1:9/hook");
    bench.quiet(&receiver, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_to_an_address_that_was_denied_since_sends_nothing() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    let denied = junctionbox::upstream::EgressSettings {
        deny: vec!["127.0.0.0/8".into()],
        ..junctionbox::upstream::EgressSettings::standard()
    };
    let policy = junctionbox::upstream::EgressPolicy::parse(&denied).expect("a policy");
    bench.app.app().upstream.reload_egress(policy);
    let answer = bench.app.post(&format!("/api/v1/webhook-endpoints/{id}/test"), json!({})).await;
    assert_eq!(answer.problem(403), "egress_denied");
    bench.happen().await;
    let failed = bench.delivery(&id, |delivery| delivery["try_count"] == 1).await;
    assert!(failed["last_outcome"].as_str().is_some_and(|text| text.contains("egress")), "{failed}");
    bench.quiet(&receiver, 0).await;
    assert!(!bench.events().await.contains(&"test".to_owned()), "a refused test leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_bound_to_customers_sees_and_makes_endpoints_of_these_alone() {
    let bench = Bench::start().await;
    let app = &bench.app;
    let (mine, other) = (customer(app, "Mine").await, customer(app, "Other").await);
    let (of_all, _) = bench.endpoint(json!({"url": "http://127.0.0.1:9/all"})).await;
    let (of_other, _) = bench.endpoint(json!({"url": "http://127.0.0.1:9/other", "customer_ids": [other]})).await;
    let (of_both, _) = bench.endpoint(json!({"url": "http://127.0.0.1:9/both", "customer_ids": [mine, other]})).await;
    let bound = as_key(app, &["webhooks:write"], Some(&[&mine])).await;
    let made = bound.send("POST", "/api/v1/webhook-endpoints", Some(json!({"url": "http://127.0.0.1:9/mine"}))).await;
    let made = made.expect(201);
    assert_eq!(made["customer_ids"], json!([mine]), "left out, it means the key’s own customers");
    let foreign = json!({"url": "http://127.0.0.1:9/x", "customer_ids": [other]});
    assert_eq!(bound.send("POST", "/api/v1/webhook-endpoints", Some(foreign)).await.problem(422), "validation_failed");
    let seen = bound.send("GET", "/api/v1/webhook-endpoints", None).await.expect(200);
    assert_eq!(seen["data"].as_array().map(Vec::len), Some(1), "{seen}");
    for id in [of_all, of_other, of_both] {
        let path = format!("/api/v1/webhook-endpoints/{id}");
        for (method, path) in [
            ("GET", path.clone()),
            ("PATCH", path.clone()),
            ("DELETE", path.clone()),
            ("GET", format!("{path}/deliveries")),
            ("POST", format!("{path}/rotate-secret")),
            ("POST", format!("{path}/test")),
        ] {
            let body = (method == "PATCH").then(|| json!({"description": "x"}));
            assert_eq!(bound.send(method, &path, body).await.problem(404), "not_found", "{method} {path}");
        }
    }
    let path = format!("/api/v1/webhook-endpoints/{}", text(&made, "id"));
    let widened = bound.send("PATCH", &path, Some(json!({"customer_ids": null}))).await.expect(200);
    assert_eq!(widened["customer_ids"], json!([mine]), "a bound key cannot widen an endpoint beyond itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_takes_one_scope_and_writing_another() {
    let bench = Bench::start().await;
    let (id, _) = bench.endpoint(json!({"url": "http://127.0.0.1:9/"})).await;
    let path = format!("/api/v1/webhook-endpoints/{id}");
    let (reader, stranger) =
        (as_key(&bench.app, &["webhooks:read"], None).await, as_key(&bench.app, &["credits:write"], None).await);
    reader.send("GET", &path, None).await.expect(200);
    reader.send("GET", &format!("{path}/deliveries"), None).await.expect(200);
    assert_eq!(stranger.send("GET", &path, None).await.problem(403), "forbidden");
    for (method, path) in [
        ("POST", "/api/v1/webhook-endpoints".to_owned()),
        ("PATCH", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/rotate-secret")),
        ("POST", format!("{path}/test")),
        ("POST", format!("{path}/recover")),
    ] {
        let body = match (method, path.ends_with("recover")) {
            (_, true) => Some(json!({"since": "2026-01-01T00:00:00Z"})),
            ("POST" | "PATCH", _) if !path.ends_with("test") && !path.ends_with("secret") => {
                Some(json!({"url": "http://127.0.0.1:9/"}))
            }
            _ => None,
        };
        assert_eq!(reader.send(method, &path, body).await.problem(403), "forbidden", "{method} {path}");
    }
}
