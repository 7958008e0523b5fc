//! The operator's OAuth application proves itself where it belongs and nowhere else, whatever address a customer or a caller
//! names: when connecting, by the portal, and when a token is renewed.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{customer, granted, text};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

async fn application(app: &TestApp, system: &str, more: Value) -> String {
    let mut body = json!({"system": system, "client_id": "ours", "client_secret": "very-secret"});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    text(&app.post("/api/v1/oauth-applications", body).await.expect(201), "id")
}

/// Takes every client.
fn generous() -> Behaviour {
    Behaviour::json(200, "{\"access_token\":\"a-1\",\"refresh_token\":\"r-1\",\"expires_in\":600,\"result\":[]}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_cannot_choose_who_receives_the_applications_secret() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    let evil = FakeSystem::start(generous()).await;
    let grants = json!({"scheme": "oauth2_client_credentials"});
    let consent = json!({"scheme": "oauth2_authorization_code"});
    let rows = [
        ("exact-online", json!({}), consent.clone(), "base_url"),
        ("sage-intacct-rest", json!({}), json!({"scheme": "oauth2_client_credentials", "username": "u@c"}), "base_url"),
        ("servicenow", json!({}), grants.clone(), "base_url"),
        ("microsoft-graph", json!({"tenant_id": "t", "authority_url": evil.url()}), grants, "parameters.authority_url"),
        (
            "microsoft-graph",
            json!({"tenant_id": "t", "authority_url": evil.url()}),
            consent,
            "parameters.authority_url",
        ),
    ];
    for (system, parameters, mut auth, field) in rows {
        let list = app.get(&format!("/api/v1/oauth-applications?system={system}")).await.expect(200);
        let id = match list["data"][0]["id"].as_str() {
            Some(known) => known.to_owned(),
            None => application(&app, system, json!({})).await,
        };
        auth["application_id"] = id.into();
        for verify in [true, false] {
            let wish = json!({
                "customer_id": brewery, "system": system, "hosting": "cloud", "base_url": evil.url(),
                "parameters": parameters, "auth": auth, "verify": verify,
            });
            let no = app.post("/api/v1/connections", wish).await;
            assert_eq!(no.problem(422), "validation_failed", "{system}");
            let error = no.json()["errors"][0].clone();
            assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!("address_not_pinned")), "{system}");
        }
    }
    assert_eq!(evil.seen().len(), 0, "nothing was sent");

    // Where the vendor's own host is named, the sign-in goes on.
    let id = app.get("/api/v1/oauth-applications?system=exact-online").await.expect(200)["data"][0]["id"].clone();
    let wish = |url: &str| {
        json!({
            "customer_id": brewery, "system": "exact-online", "hosting": "cloud", "base_url": url, "verify": false,
            "auth": {"scheme": "oauth2_authorization_code", "application_id": id},
        })
    };
    assert_eq!(app.post("/api/v1/connections", wish("https://start.exactonline.be")).await.status, 201);
    for near in ["http://start.exactonline.be", "https://start.exactonline.be:8443", "https://x.start.exactonline.be"] {
        assert_eq!(app.post("/api/v1/connections", wish(near)).await.problem(422), "validation_failed", "{near}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_on_the_portal_cannot_either() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    let evil = FakeSystem::start(generous()).await;
    for (system, fields) in [
        ("exact-online", vec![("base_url", evil.url())]),
        ("microsoft-graph", vec![("parameters.tenant_id", "t".to_owned()), ("parameters.authority_url", evil.url())]),
    ] {
        application(&app, system, json!({})).await;
        let open = json!({"customer_id": brewery, "system": system, "verify": false});
        let id = text(&app.post("/api/v1/connections", open).await.expect(201), "id");
        let links = format!("/api/v1/connections/{id}/links");
        let made = app.post(&links, json!({"purpose": "connect"})).await.expect(201);
        let link = text(&made, "url");
        let link = link.get(link.find("/portal/").expect("a portal link")..).unwrap_or_default();
        let mut browser = app.client.clone();
        browser.key = None;
        for way in ["0", "1"] {
            let page = browser.send("GET", &format!("{link}?way={way}"), None).await;
            assert!(!page.text().contains("authority_url"), "{}", page.text());
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&fields)
                .append_pair("way", way)
                .finish();
            let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
            let answer = browser.send_raw("POST", link, &headers, Bytes::from(body)).await;
            assert!(
                !answer.text().contains("code_challenge") || answer.text().contains("login.microsoftonline.com"),
                "{}",
                answer.text()
            );
        }
    }
    assert_eq!(evil.seen().len(), 0, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_not_renewed_where_the_application_no_longer_belongs() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    let system = FakeSystem::start(generous()).await;
    let token_url = format!("{}/oauth_token.do", system.url());
    let id = application(&app, "servicenow", json!({ "token_url": token_url })).await;
    let wish = json!({
        "customer_id": brewery, "system": "servicenow", "hosting": "cloud", "base_url": system.url(),
        "auth": {"scheme": "oauth2_client_credentials", "application_id": id},
    });
    let made = app.post("/api/v1/connections", wish).await.expect(201);
    assert_eq!(made["status"], "active", "{made}");
    app.patch(&format!("/api/v1/oauth-applications/{id}"), json!({"token_url": null})).await.expect(200);
    system.forget();
    system.behave(Behaviour::json(401, "{}"));
    let check = format!("/api/v1/connections/{}/check", text(&made, "id"));
    let found = app.post(&check, json!({})).await.expect(200).to_string();
    assert!(found.contains("proves itself only where it belongs"), "{found}");
    let tokens = system.seen().iter().filter(|seen| seen.target.contains("oauth_token")).count();
    assert_eq!(tokens, 0, "the secret stayed here");
}

/// Each beginning is kept in memory: one link does not fill it up.
#[tokio::test(flavor = "multi_thread")]
async fn one_link_begins_only_so_many_sign_ins() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    application(&app, "exact-online", json!({})).await;
    let link = |url: &'static str| {
        let (app, brewery) = (&app, brewery.clone());
        async move {
            let open = json!({"customer_id": brewery, "system": "exact-online", "base_url": url, "verify": false});
            let id = text(&app.post("/api/v1/connections", open).await.expect(201), "id");
            let links = format!("/api/v1/connections/{id}/links");
            let made = text(&app.post(&links, json!({"purpose": "connect"})).await.expect(201), "url");
            made.get(made.find("/portal/").expect("a portal link")..).unwrap_or_default().to_owned()
        }
    };
    let (first, second) = (link("https://start.exactonline.nl").await, link("https://start.exactonline.be").await);
    let mut browser = app.client.clone();
    browser.key = None;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(browser.send("GET", &format!("{first}/sign-in"), None).await.status);
    }
    assert_eq!(statuses, [vec![303; 10], vec![429; 2]].concat());
    assert_eq!(browser.send("GET", &format!("{second}/sign-in"), None).await.status, 303);
}

/// Whoever holds a link for new credentials says who signs in, not which server is asked for tokens.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_reconnect_does_not_choose_the_token_server() {
    let app = granted().await;
    let brewery = customer(&app, "Brauerei").await;
    let (system, evil) =
        (FakeSystem::start(Behaviour::basic("jbx", "first")).await, FakeSystem::start(generous()).await);
    let wish = json!({
        "customer_id": brewery, "system": "generic-rest", "hosting": "cloud", "base_url": system.url(),
        "auth": {"scheme": "basic", "username": "jbx", "password": "first"},
    });
    let id = text(&app.post("/api/v1/connections", wish).await.expect(201), "id");
    let links = format!("/api/v1/connections/{id}/links");
    let made = text(&app.post(&links, json!({"purpose": "reconnect"})).await.expect(201), "url");
    let link = made.get(made.find("/portal/").expect("a portal link")..).unwrap_or_default();
    let mut browser = app.client.clone();
    browser.key = None;
    for way in 0..12 {
        let page = browser.send("GET", &format!("{link}?way={way}"), None).await;
        assert!(!page.text().contains("_url\""), "way {way}: {}", page.text());
        let (way, token_url) = (way.to_string(), format!("{}/token", evil.url()));
        let fields = [
            ("way", way.as_str()),
            ("auth.client_id", "c"),
            ("auth.client_secret", "s"),
            ("auth.username", "jbx"),
            ("auth.password", "second"),
            ("auth.token_url", token_url.as_str()),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        browser.send_raw("POST", link, &headers, Bytes::from(body)).await;
    }
    assert_eq!(evil.seen().len(), 0);
}
