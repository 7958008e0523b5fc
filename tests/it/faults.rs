//! What goes wrong with a system, and what the status says: an outage, however long, is never a refused credential.

use std::time::Duration;

use junctionbox::base::{ManualClock, Timestamp};
use serde_json::{Value, json};

use crate::api::{customer, granted_at, text};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

const PAGE: &str = "<html><form><input type=password name=p></form></html>";

async fn connected(app: &TestApp, system: &FakeSystem) -> String {
    let owner = customer(app, "Plant").await;
    let wish = json!({
        "customer_id": owner, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
        "auth": {"scheme": "basic", "username": "jbx", "password": "long-secret"},
    });
    text(&app.post("/api/v1/connections", wish).await.expect(201), "id")
}

async fn check(app: &TestApp, id: &str) -> Value {
    app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_status_and_reason() {
    let well = || Behaviour::json(200, "[]");
    let with = |status, headers: &[(&str, &str)]| Behaviour::with(status, headers, "{}");
    let rows = [
        (Behaviour::Hang, "unreachable", "response_timeout", 2),
        (Behaviour::Reset, "unreachable", "connection_reset", 2),
        (Behaviour::CloseMidAnswer, "unreachable", "connection_reset", 2),
        (with(503, &[("retry-after", "1")]), "unreachable", "server_error", 10),
        (with(429, &[("retry-after", "1")]), "degraded", "rate_limited", 9),
        (with(403, &[]), "degraded", "permission_reduced", 8),
        (with(404, &[]), "degraded", "unexpected_response", 12),
        (Behaviour::Slow(Duration::from_millis(1200)), "degraded", "slow", 12),
        (Behaviour::html(200, PAGE), "reauthorization_required", "login_page", 11),
    ];
    for (behaviour, status, reason, rule) in rows {
        let app = granted_at(None).await;
        let system = FakeSystem::start(well()).await;
        let id = connected(&app, &system).await;
        let words = format!("{behaviour:?}");
        system.behave(behaviour);
        let mut last = Value::Null;
        for _ in 0..3 {
            last = check(&app, &id).await;
        }
        let found = (&last["status"], &last["reason"]);
        assert_eq!(found, (&json!(status), &json!(reason)), "{words}: {last:#}");
        let transitions = app.get(&format!("/api/v1/connections/{id}/transitions")).await.expect(200);
        let newest = &transitions["data"][0];
        assert_eq!((&newest["status"], &newest["rule"]), (&json!(status), &json!(rule)), "{words}: {newest:#}");
        assert!(system.seen().iter().all(|seen| seen.method == "GET" && seen.target == "/"), "{words}");
        if status == "reauthorization_required" {
            continue;
        }
        system.behave(well());
        check(&app, &id).await;
        assert_eq!(check(&app, &id).await["status"], "active", "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_ten_days_asks_nobody_for_a_new_password() {
    let clock = ManualClock::at(Timestamp::parse("2026-03-01T08:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(Behaviour::json(200, "[]")).await;
    let id = connected(&app, &system).await;
    let path = format!("/api/v1/connections/{id}/status");
    let address = system.address();
    drop(system);
    for hour in 0..240 {
        clock.advance(Duration::from_secs(3600));
        let before = app.app().engine.beat().checks;
        app.app().engine.tick().await;
        // The longest back-off is ten minutes: each hour has a check of its own.
        tokio::time::timeout(Duration::from_secs(20), async {
            while app.app().engine.beat().checks == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no check in hour {hour}"));
        let found = app.get(&path).await.expect(200);
        assert_ne!(found["status"], "reauthorization_required", "after {hour} h");
    }
    let down = app.get(&path).await.expect(200);
    assert_eq!(down["status"], "unreachable", "{down}");
    assert_eq!(down["reason"], "connection_refused", "{down}");
    let _back = FakeSystem::start_at(address, Behaviour::json(200, "[]")).await;
    let first = check(&app, &id).await;
    assert_eq!(first["status"], "unreachable", "one good check is not enough: {first}");
    assert_eq!(check(&app, &id).await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_announced_before_it_ends() {
    let clock = ManualClock::at(Timestamp::parse("2026-03-01T08:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(Behaviour::json(200, "[]")).await;
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut wanted = rcgen::CertificateParams::new(vec!["jbx.example".to_owned()]).expect("a name");
    wanted.not_before = rcgen::date_time_ymd(2026, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2026, 4, 30);
    let certificate = wanted.self_signed(&key).expect("a certificate");
    let wish = json!({
        "customer_id": customer(&app, "Plant").await, "system": "generic-rest", "hosting": "on_premises",
        "base_url": system.url(),
        "auth": {
            "scheme": "basic", "username": "jbx", "password": "long-secret",
            "client_certificate": certificate.pem(), "client_key": key.serialize_pem(),
        },
    });
    let made = app.post("/api/v1/connections", wish).await.expect(201);
    assert_eq!(made["expires_at"], "2026-04-30T00:00:00Z", "{made}");
    let connections = &app.app().connections;
    let announced = |days: u64| {
        clock.advance(Duration::from_secs(days * 86_400));
        connections.warn_of_ends()
    };
    let found = [announced(0).await, announced(35).await, announced(5).await, announced(15).await, announced(4).await];
    let found: Vec<usize> = found.into_iter().map(|count| count.expect("written")).collect();
    assert_eq!(found, [0, 1, 0, 1, 1], "at 30, 7 and 1 days, each once");
    let events = app.get("/api/v1/events?type=connection.expiring").await.expect(200);
    assert_eq!(events["data"].as_array().map(Vec::len), Some(3), "{events}");
    assert_eq!(events["data"][0]["data"]["expires_at"], "2026-04-30T00:00:00Z", "{events}");
}

/// Two connections share a user and its password; the password dies, and a person who connects a third finds out.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_person_found_refused_is_refused_for_all_who_hold_it_and_asked_no_more() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "long-secret")).await;
    let (first, second) = (connected(&app, &system).await, connected(&app, &system).await);
    system.behave(Behaviour::basic("jbx", "another-secret"));
    system.forget();
    let wish = json!({
        "customer_id": customer(&app, "Other plant").await, "system": "generic-rest", "hosting": "on_premises",
        "base_url": system.url(), "auth": {"scheme": "basic", "username": "jbx", "password": "long-secret"},
    });
    app.post("/api/v1/connections", wish).await.expect(422);
    for id in [&first, &second] {
        let status = app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
        assert_eq!(status["status"], "reauthorization_required", "{status}");
        assert_eq!(status["reason"], "credentials_rejected", "{status}");
        check(&app, id).await;
        let forwarded = app.get(&format!("/api/v1/connections/{id}/proxy/orders")).await;
        forwarded.expect(424);
    }
    let events = app.get("/api/v1/events?type=connection.reauthorization_required").await.expect(200);
    assert_eq!(events["data"].as_array().map(Vec::len), Some(2), "each is told once: {events}");
    assert_eq!(system.seen().len(), 1, "one attempt of all: {:?}", system.seen());
}

/// A connection that was stored unproven holds a secret that was refused meanwhile: a check tells so without asking.
#[tokio::test(flavor = "multi_thread")]
async fn an_unproven_connection_with_a_refused_secret_learns_it_without_an_attempt() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "another-secret")).await;
    let owner = customer(&app, "Plant").await;
    let wish = |verify: bool| {
        json!({
            "customer_id": owner, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
            "verify": verify, "auth": {"scheme": "basic", "username": "jbx", "password": "long-secret"},
        })
    };
    app.post("/api/v1/connections", wish(true)).await.expect(422);
    system.forget();
    let id = text(&app.post("/api/v1/connections", wish(false)).await.expect(201), "id");
    let checked = check(&app, &id).await;
    assert_eq!(checked["status"], "reauthorization_required", "{checked}");
    assert_eq!(checked["reason"], "credentials_rejected", "{checked}");
    assert!(system.seen().is_empty(), "{:?}", system.seen());
}

/// The day that an operator said outlives what happens to the connection beside a reconnect, and ends with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_warning_ends_with_its_connection() {
    let clock = ManualClock::at(Timestamp::parse("2026-03-01T08:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(Behaviour::json(200, "[]")).await;
    let id = connected(&app, &system).await;
    let connections = &app.app().connections;
    let end = Timestamp::parse("2026-03-20T00:00:00Z").expect("a time");
    let who = junctionbox::access::Principal::system();
    connections.set_secret_end(&who, id.parse().expect("an id"), Some(end)).await.expect("a day ahead");
    assert_eq!(connections.warn_of_ends().await.expect("written"), 1);
    assert_eq!(connections.alarms().await.expect("read").len(), 1);
    app.post(&format!("/api/v1/connections/{id}/disconnect"), Value::Null).await.expect(200);
    assert!(connections.alarms().await.expect("read").is_empty(), "nothing that has ended warns");
}
