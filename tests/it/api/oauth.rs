//! OAuth applications over the API, and sign-ins whose tokens are kept: a consent that is still to be given, a refresh token
//! made elsewhere, an address that moves with the token, an end that is known beforehand.

use std::time::Duration;

use junctionbox::base::{ManualClock, Timestamp};
use serde_json::{Value, json};

use super::{customer, granted, granted_at, key, text, with_key};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

fn exact() -> Value {
    json!({"system": "exact-online", "name": "Benelux", "client_id": "abc", "client_secret": "very-secret"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_registered_changed_and_ended_without_ever_showing_its_secret() {
    let app = granted().await;
    let answer = app.post("/api/v1/oauth-applications", exact()).await;
    let made = answer.expect(201);
    let path = format!("/api/v1/oauth-applications/{}", text(&made, "id"));
    assert_eq!(answer.header("location"), path);
    assert!(text(&made, "id").starts_with("app_") && text(&made, "redirect_url").ends_with("/oauth/callback"));
    assert_eq!(
        (&made["has_client_secret"], &made["scopes"], &made["refused_since"]),
        (&json!(true), &json!([]), &json!(null))
    );
    let changed = app.patch(&path, json!({"scopes": ["read"], "issuer": "https://idp.example", "version": 1})).await;
    assert_eq!(changed.expect(200)["version"], 2);
    assert_eq!(app.patch(&path, json!({"name": "x", "version": 1})).await.problem(409), "conflict");
    let cleared = app.patch(&path, json!({"issuer": null})).await.expect(200);
    assert_eq!((&cleared["issuer"], &cleared["scopes"]), (&json!(null), &json!(["read"])));
    let list = app.get("/api/v1/oauth-applications?system=exact-online").await.expect(200);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(app.get("/api/v1/oauth-applications?system=xero").await.expect(200)["data"], json!([]));
    let audit = app.get("/api/v1/audit?action=application.").await.expect(200).to_string();
    assert!(audit.contains("application.created") && audit.contains("application.changed"), "{audit}");
    for text in [made.to_string(), cleared.to_string(), list.to_string(), audit] {
        assert!(!text.contains("very-secret"), "{text}");
    }
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_cannot_work_is_refused_field_by_field() {
    let app = granted().await;
    let fields = |answer: Value| -> Vec<String> {
        answer["errors"].as_array().into_iter().flatten().map(|error| text(error, "field")).collect()
    };
    let rows = [
        (json!({"system": "nothing", "client_id": "a"}), vec!["system"]),
        (json!({"system": "netbox", "client_id": "a", "client_secret": "s"}), vec!["system"]),
        (json!({"system": "exact-online", "client_id": "a"}), vec!["client_secret"]),
        (json!({"system": "generic-rest", "client_id": "a", "client_secret": "s"}), vec!["authorize_url", "token_url"]),
        (
            json!({"system": "exact-online", "client_id": "a", "client_secret": "s", "client_auth": "magic"}),
            vec!["client_auth"],
        ),
        (
            json!({"system": "exact-online", "client_id": "a", "client_auth": "private_key_jwt", "private_key": "x"}),
            vec!["private_key"],
        ),
        (json!({"system": "exact-online", "client_id": "a", "client_secret": "s", "colour": "red"}), vec!["colour"]),
    ];
    for (body, wanted) in rows {
        let answer = app.post("/api/v1/oauth-applications", body.clone()).await.expect(422);
        assert_eq!(fields(answer), wanted, "{body}");
    }
    // It serves all customers: a key of some may look, and change nothing.
    let mine = customer(&app, "Mine").await;
    let bound = with_key(&app, key(&app, &["all"], Some(&[&mine])).await);
    assert_eq!(bound.send("POST", "/api/v1/oauth-applications", Some(exact())).await.problem(403), "forbidden");
    let reader = with_key(&app, key(&app, &["connections:read"], None).await);
    assert_eq!(reader.send("GET", "/api/v1/oauth-applications", None).await.status, 200);
    assert_eq!(reader.send("POST", "/api/v1/oauth-applications", Some(exact())).await.problem(403), "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_is_still_to_be_given_is_a_pending_connection() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    let wish = |verify: bool| {
        json!({
            "customer_id": brewery, "system": "exact-online", "hosting": "cloud", "base_url": "https://start.exactonline.nl",
            "auth": {"scheme": "oauth2_authorization_code"}, "verify": verify,
        })
    };
    let none = app.post("/api/v1/connections", wish(true)).await.expect(422);
    assert_eq!(none["errors"][0]["field"], "auth.application_id", "{none}");
    let made = app.post("/api/v1/oauth-applications", exact()).await.expect(201);
    let person = app.post("/api/v1/connections", wish(true)).await.expect(422);
    assert_eq!(
        (&person["errors"][0]["field"], &person["errors"][0]["code"]),
        (&json!("auth.scheme"), &json!("consent_required"))
    );
    let pending = app.post("/api/v1/connections", wish(false)).await.expect(201);
    assert_eq!((&pending["status"], &pending["auth"]["application_id"]), (&json!("pending"), &made["id"]));
    let id = text(&pending, "id");
    assert_eq!(
        app.post(&format!("/api/v1/connections/{id}/check"), json!({})).await.problem(409),
        "connection_pending"
    );
    let path = format!("/api/v1/oauth-applications/{}", text(&made, "id"));
    assert_eq!(app.delete(&path).await.problem(409), "conflict");
    app.post(&format!("/api/v1/connections/{id}/disconnect"), json!({})).await.expect(200);
    assert_eq!(app.delete(&path).await.status, 204);
}

/// Rotates refresh tokens, each good once and living for `life` seconds.
fn rotating(life: u64) -> Behaviour {
    let state = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    Behaviour::decided(move |seen| {
        use std::sync::atomic::Ordering::SeqCst;
        if !seen.target.contains("/token") {
            let good = format!("Bearer access-{}", state.load(SeqCst));
            return if seen.authorization() == Some(good.as_str()) {
                Behaviour::json(200, "{\"total\":0}")
            } else {
                Behaviour::json(401, "{}")
            };
        }
        let now = state.load(SeqCst);
        if !String::from_utf8_lossy(&seen.body).contains(&format!("refresh_token=refresh-{now}")) {
            return Behaviour::json(400, "{\"error\":\"invalid_grant\"}");
        }
        let next = state.fetch_add(1, SeqCst) + 1;
        Behaviour::json(
            200,
            &format!(
                "{{\"access_token\":\"access-{next}\",\"refresh_token\":\"refresh-{next}\",\"expires_in\":600,\
                 \"refresh_token_expires_in\":{life}}}"
            ),
        )
    })
}

async fn workday(app: &TestApp, system: &FakeSystem, token: &str) -> Value {
    let wish = json!({
        "customer_id": customer(app, "Brauerei").await, "system": "workday", "hosting": "cloud", "base_url": system.url(),
        "parameters": {"tenant": "acme"},
        "auth": {"scheme": "oauth2_authorization_code", "client_id": "c", "client_secret": "s", "refresh_token": token},
    });
    app.post("/api/v1/connections", wish).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_made_elsewhere_is_exchanged_kept_and_rotated_over_restarts() {
    let clock = ManualClock::at(Timestamp::parse("2026-01-05T10:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(rotating(20 * 86_400)).await;
    let wrong = workday(&app, &system, "refresh-9").await;
    assert_eq!((&wrong["code"], &wrong["reason"]), (&json!("verification_failed"), &json!("token_revoked")), "{wrong}");
    let made = workday(&app, &system, "refresh-0").await;
    assert_eq!(made["status"], "active", "{made}");
    assert!(!made.to_string().contains("refresh-"), "{made}");
    let id = text(&made, "id");
    let status = app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    assert_eq!(status["expires_at"], "2026-01-25T10:00:00Z");
    // The end is near enough to be told, once.
    for wanted in [1, 0] {
        assert_eq!(app.app().connections.warn_of_ends().await.ok(), Some(wanted));
    }
    let told = app.get("/api/v1/events?type=connection.expiring").await.expect(200);
    assert_eq!(told["data"][0]["data"]["expires_at"], "2026-01-25T10:00:00Z", "{told}");
    // The access token ends; the next is fetched with the kept one, over a restart too.
    clock.advance(Duration::from_secs(700));
    let check = format!("/api/v1/connections/{id}/check");
    assert_eq!(app.post(&check, json!({})).await.expect(200)["status"], "active");
    let key = app.client.key.clone();
    let mut app = app.restart().await;
    app.client.key = key;
    clock.advance(Duration::from_secs(700));
    assert_eq!(app.post(&check, json!({})).await.expect(200)["status"], "active");
    let tokens = system.seen().iter().filter(|seen| seen.target.contains("/token")).count();
    assert_eq!(tokens, 4, "one was refused, one exchanged, two refreshed");
    // Each refresh moved the end ahead: it is none that people have to meet.
    let status = app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    assert_eq!(status["expires_at"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_another_address_moves_the_connection_with_it() {
    let app = granted().await;
    let home = FakeSystem::start(Behaviour::json(200, "{\"orders\":[]}")).await;
    let url = home.url();
    let front = FakeSystem::start(Behaviour::decided(move |seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        if !body.contains("password=once") {
            return Behaviour::json(400, "{\"code\":5,\"error\":\"invalid_grant\"}");
        }
        let token = format!(
            "{{\"access_token\":\"a-1\",\"refresh_token\":\"r-1\",\"expires_in\":3600,\"geolocation\":\"{url}\"}}"
        );
        Behaviour::json(200, &token)
    }))
    .await;
    let wish = json!({
        "customer_id": customer(&app, "Brauerei").await, "system": "sap-concur", "hosting": "cloud", "base_url": front.url(),
        "auth": {"scheme": "oauth2_password", "client_id": "c", "client_secret": "s", "username": "u-1", "password": "once"},
    });
    let made = app.post("/api/v1/connections", wish).await.expect(201);
    assert_eq!((&made["status"], &made["base_url"]), (&json!("active"), &json!(home.url())), "{made}");
    let id = text(&made, "id");
    let forwarded = app.get(&format!("/api/v1/connections/{id}/proxy/api/v3.0/expense/reports")).await;
    assert_eq!(forwarded.expect(200), json!({"orders": []}));
    assert_eq!(home.seen()[0].authorization(), Some("Bearer a-1"));
    assert_eq!(front.seen().len(), 1, "the one-day token was used once");
}
