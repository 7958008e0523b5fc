//! What a customer sees who opens a link, what scanners and guessers get, and that nothing of the inner network shows.

use std::time::Duration;

use bytes::Bytes;
use junctionbox::base::{ManualClock, Timestamp};
use serde_json::{Value, json};

use super::links::{reconnect_url, refuse, refused, wish};
use crate::api::{customer, granted_at, text};
use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::fake::{Behaviour, FakeSystem};

/// A browser without a key.
pub fn browser(app: &TestApp) -> Client {
    let mut client = app.client.clone();
    client.key = None;
    client
}

/// The path of a link's address.
pub fn path(url: &Value) -> String {
    let url = url.as_str().unwrap_or_else(|| panic!("no link: {url}"));
    url.find("/portal/").and_then(|at| url.get(at..)).expect("a portal link").to_owned()
}

pub async fn look(app: &TestApp, path: &str) -> Answer {
    browser(app).send("GET", path, None).await
}

pub async fn look_in(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser(app).send_raw("GET", path, headers, Bytes::new()).await
}

pub async fn send(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    browser(app).send_raw("POST", path, &headers, Bytes::from(body)).await
}

/// Neither the address of the system nor anything that it answered.
#[track_caller]
pub fn shows_nothing_inside(page: &Answer, system: &FakeSystem) {
    let text = page.text();
    for inner in [system.url(), system.address().to_string(), system.address().port().to_string()] {
        assert!(!text.contains(&inner), "{inner} in {text}");
    }
    for secret in ["127.0.0.1", "first-secret", "second-secret", "wrong-secret", "secret-body", "realm="] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reconnects_and_scanners_use_nothing_up() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let link = path(&reconnect_url(&app, &id).await);

    // A mail scanner opens the link in every way, again and again.
    for _ in 0..5 {
        for method in ["GET", "HEAD"] {
            let answer = browser(&app).send(method, &link, None).await;
            assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        }
    }
    let page = look(&app, &link).await;
    for part in
        ["Reconnect your", "ECC Plant 2", "has refused our sign-in since", "name=\"auth.username\"", "value=\"jbx\""]
    {
        assert!(page.text().contains(part), "no {part} in {}", page.text());
    }
    shows_nothing_inside(&page, &system);
    for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
        assert_eq!(page.header(name), value, "{name}");
    }
    assert!(page.header("x-robots-tag").contains("noindex"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!page.text().contains("<script") && !page.text().contains(" style="));

    // A wrong password leaves all as it is; the form comes back with the user, not with the password.
    let wrong = send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "wrong-secret")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(
        wrong.text().contains("does not accept this") && wrong.text().contains("value=\"jbx\""),
        "{}",
        wrong.text()
    );
    // What the page says of the wait is what there is, not a round number.
    let retry: u64 = wrong.header("retry-after").parse().expect("seconds");
    assert!((840..=900).contains(&retry) && wrong.text().contains("possible in 15 min"), "{retry} {}", wrong.text());
    shows_nothing_inside(&wrong, &system);
    let status = app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    assert_eq!(status["status"], "reauthorization_required");
    // The next one has to wait, and is told so.
    let early = send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "second-secret")]).await;
    assert_eq!(early.status, 429, "{}", early.text());
    assert!(early.text().contains("in 15 min") && !early.header("retry-after").is_empty(), "{}", early.text());
    // The same wrong one is not sent again.
    system.forget();
    let again = send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "wrong-secret")]).await;
    assert!(again.text().contains("This very secret was refused before"), "{}", again.text());
    assert_eq!(system.count(None), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_uses_the_link_up() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let link = path(&reconnect_url(&app, &id).await);
    let done = send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "second-secret")]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("Reconnected") && done.text().contains("you can close this page"), "{}", done.text());
    shows_nothing_inside(&done, &system);
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!((&now["status"], &now["credits"]), (&json!("active"), &json!(2)), "{now}");
    // Opened and sent again: one clear page, and nothing is changed.
    system.forget();
    for answer in [
        look(&app, &link).await,
        send(&app, &link, &[("auth.username", "jbx"), ("auth.password", "third-secret")]).await,
    ] {
        assert_eq!(answer.status, 410, "{}", answer.text());
        assert!(answer.text().contains("This link was used") && !answer.text().contains("<form"), "{}", answer.text());
    }
    assert_eq!(system.count(None), 0, "a used link asks nobody");
    // The log of deeds names the link, never its token.
    let audit = app.get("/api/v1/audit?limit=200").await.expect(200).to_string();
    assert!(audit.contains("lnk_") && audit.contains("the customer, by link"), "{audit}");
    let token = link.trim_start_matches("/portal/");
    assert!(!audit.contains(token));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_dies_on_time_with_its_episode_and_when_it_is_taken_back() {
    let clock = ManualClock::at(Timestamp::parse("2026-11-24T08:00:00Z").expect("a time"));
    let app = granted_at(Some(&clock)).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let link = path(&reconnect_url(&app, &id).await);
    clock.advance(Duration::from_secs(30 * 24 * 3600 - 1));
    assert_eq!(look(&app, &link).await.status, 200);
    clock.advance(Duration::from_secs(1));
    let over = look(&app, &link).await;
    assert_eq!(over.status, 410, "{}", over.text());
    assert!(over.text().contains("This link has ended"), "{}", over.text());

    let links = format!("/api/v1/connections/{id}/links");
    let made = app.post(&links, json!({"purpose": "reconnect"})).await.expect(201);
    let second = path(&made["url"]);
    assert_eq!(look(&app, &second).await.status, 200);
    app.delete(&format!("/api/v1/links/{}", text(&made, "id"))).await;
    assert_eq!(look(&app, &second).await.status, 410);
    let sent = send(&app, &second, &[("auth.username", "jbx"), ("auth.password", "second-secret")]).await;
    assert_eq!(sent.status, 410);

    // The administrator unlocks the user, and the old secret works again: the episode ends without the link.
    let third = path(&app.post(&links, json!({"purpose": "reconnect"})).await.expect(201)["url"]);
    system.behave(Behaviour::basic("jbx", "first-secret"));
    app.post(&format!("/api/v1/connections/{id}/retry-credentials"), Value::Null).await.expect(200);
    let mended = look(&app, &third).await;
    assert_eq!(mended.status, 410, "{}", mended.text());
    assert!(mended.text().contains("Nothing is left to do"), "{}", mended.text());
    // The next episode has a link of its own; the old ones stay dead.
    refuse(&app, &system, &id).await;
    let fourth = path(&reconnect_url(&app, &id).await);
    assert_eq!(look(&app, &fourth).await.status, 200);
    for dead in [&link, &second, &third] {
        assert_eq!(look(&app, dead).await.status, 410, "{dead}");
    }
    app.post(&format!("/api/v1/connections/{id}/disconnect"), Value::Null).await.expect(200);
    assert_eq!(look(&app, &fourth).await.status, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_guessed_tokens_find_one_page_and_are_slowed_down() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let link = path(&reconnect_url(&app, &id).await);
    let other = granted_at(None).await;
    let foreign = {
        let system = FakeSystem::start(Behaviour::Hang).await;
        let id = refused(&other, &system).await;
        path(&reconnect_url(&other, &id).await)
    };
    let long = "/portal/".to_owned() + &"x".repeat(5000);
    let cut = link.get(..link.len() - 1).expect("letters").to_owned();
    let wrong = [
        foreign.as_str(),
        &cut,
        "/portal/x",
        "/portal/%00",
        "/portal/%2e%2e%2fapi",
        "/portal/..%2f..",
        &long,
        "/portal/a/b",
    ];
    for path in wrong {
        let page = look(&app, path).await;
        assert_eq!(page.status, 404, "{path}: {}", page.text());
        assert!(page.text().contains("This link does not work"), "{path}: {}", page.text());
        assert!(!page.text().contains("Hohenfels") && !page.text().contains("generic"), "{}", page.text());
    }
    let mut slowed = 0;
    for _ in 0..5 {
        let page = look(&app, &foreign).await;
        if page.status == 429 {
            assert!(
                !page.header("retry-after").is_empty() && page.text().contains("Too many tries"),
                "{}",
                page.text()
            );
            slowed += 1;
        }
    }
    assert!(slowed >= 2, "{slowed}");
    // A right link opens all the same: colleagues behind one address are not shut out.
    assert_eq!(look(&app, &link).await.status, 200);
    // A form from another site changes nothing.
    let body = "auth.username=jbx&auth.password=second-secret";
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
    system.forget();
    let crossed = browser(&app).send_raw("POST", &link, &headers, Bytes::from(body)).await;
    assert_eq!((crossed.status, system.count(None)), (200, 0), "{}", crossed.text());
    // Sent in a loop, a form is slowed down too.
    let mut last = 0;
    for _ in 0..12 {
        last = send(&app, &link, &[("auth.username", "jbx")]).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_languages_by_customer_switch_cookie_and_browser() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let owner = app.post("/api/v1/customers", json!({"name": "Hohenfels", "locale": "de-DE"})).await.expect(201);
    system.behave(Behaviour::basic("jbx", "first-secret"));
    let made = app.post("/api/v1/connections", wish(&text(&owner, "id"), &system, "first-secret")).await.expect(201);
    let id = text(&made, "id");
    refuse(&app, &system, &id).await;
    let link = path(&reconnect_url(&app, &id).await);

    let page = look(&app, &link).await;
    assert!(page.text().contains("<html lang=\"de\">") && page.text().contains("wieder verbinden"), "{}", page.text());
    assert!(page.text().contains("Kennwort</label>"), "{}", page.text());
    for (code, words) in [
        ("en", "Check and reconnect"),
        ("de", "Prüfen und wieder verbinden"),
        ("fr", "Vérifier et reconnecter"),
        ("es", "Comprobar y volver a conectar"),
    ] {
        let page = look(&app, &format!("{link}?lang={code}")).await;
        assert!(page.text().contains(words), "{code}: {}", page.text());
        assert_eq!(page.header("content-language"), code);
        shows_nothing_inside(&page, &system);
        let cookie = page.header("set-cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/portal"), "{cookie}");
        let kept = cookie.split(';').next().unwrap_or_default();
        let page = look_in(&app, &link, &[("cookie", kept)]).await;
        assert!(page.text().contains(words), "{code} by cookie");
    }
    // Without a link there is no customer: then the browser's wish counts, and English in the end.
    let page = look_in(&app, "/portal/nothing", &[("accept-language", "it, fr;q=0.8")]).await;
    assert!(page.text().contains("Ce lien ne fonctionne pas"), "{}", page.text());
    let page = look_in(&app, "/portal/nothing", &[("accept-language", "it")]).await;
    assert!(page.text().contains("This link does not work"));
    // The event's steps are in the customer's language too.
    let events = app.get(&format!("/api/v1/events?connection_id={id}")).await.expect(200);
    let mut all = events["data"].as_array().into_iter().flatten();
    let event = all.find(|event| event["type"] == "connection.reauthorization_required").expect("the event");
    assert!(text(&event["data"], "instructions").contains("Bitten Sie"), "{event}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_of_a_system_is_told_in_the_customers_words() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let link = path(&reconnect_url(&app, &id).await);
    let fields = [("auth.username", "jbx"), ("auth.password", "second-secret")];
    let body = "secret-body http://127.0.0.1:1/inner";
    for (behaviour, said) in [
        (Behaviour::Reset, "We cannot reach"),
        (Behaviour::Hang, "We cannot reach"),
        (Behaviour::json(503, body), "We cannot reach"),
        (Behaviour::json(403, body), "a right is missing"),
        (Behaviour::with(429, &[("retry-after", "60")], body), "asks for a pause"),
        (Behaviour::json(404, body), "differently than expected"),
    ] {
        system.behave(behaviour.clone());
        let page = send(&app, &link, &fields).await;
        assert_eq!(page.status, 422, "{behaviour:?}: {}", page.text());
        assert!(page.text().contains(said), "{behaviour:?}: {}", page.text());
        shows_nothing_inside(&page, &system);
    }
    // Nothing was used up: the same password works now.
    system.behave(Behaviour::basic("jbx", "second-secret"));
    assert_eq!(send(&app, &link, &fields).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_at_its_field() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let links = format!("/api/v1/connections/{id}/links");
    let link =
        path(&app.post(&links, json!({"purpose": "reconnect", "change_base_url": true})).await.expect(201)["url"]);
    let page = look(&app, &link).await;
    assert!(page.text().contains("name=\"base_url\""), "{}", page.text());
    shows_nothing_inside(&page, &system);
    let page =
        send(&app, &link, &[("base_url", "sap.example"), ("auth.username", "new-user"), ("auth.password", "")]).await;
    assert_eq!(page.status, 422, "{}", page.text());
    for part in [
        "2 fields need a change.",
        "This is no address",
        "Fill this in.",
        "value=\"new-user\"",
        "value=\"sap.example\"",
    ] {
        assert!(page.text().contains(part), "no {part} in {}", page.text());
    }
    // Another address, as the link allows.
    let moved = FakeSystem::start(Behaviour::basic("new-user", "fresh")).await;
    let done =
        send(&app, &link, &[("base_url", &moved.url()), ("auth.username", "new-user"), ("auth.password", "fresh")])
            .await;
    assert_eq!(done.status, 200, "{}", done.text());
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!(now["base_url"], moved.url());

    // A link that does not allow it takes none.
    moved.behave(Behaviour::basic("new-user", "next"));
    app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await.expect(200);
    let link = path(&reconnect_url(&app, &id).await);
    let fields = [("base_url", system.url()), ("auth.username", "new-user".into()), ("auth.password", "next".into())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(send(&app, &link, &fields).await.status, 200);
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!(now["base_url"], moved.url(), "the address stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_connects_a_system_that_was_chosen_and_one_of_its_own_choice() {
    let app = granted_at(None).await;
    let owner = customer(&app, "Valdarno").await;
    let system = FakeSystem::start(Behaviour::basic("JBX", "first-secret")).await;
    let open = json!({"customer_id": owner, "system": "sap-ecc", "verify": false, "base_url": system.url()});
    let id = text(&app.post("/api/v1/connections", open).await.expect(201), "id");
    let links = format!("/api/v1/connections/{id}/links");
    let link = path(&app.post(&links, json!({"purpose": "connect"})).await.expect(201)["url"]);
    let page = look(&app, &link).await;
    for part in ["Connect your SAP ECC", "transaction SU01", "name=\"parameters.sap-client\"", "Check and connect"] {
        assert!(page.text().contains(part), "no {part} in {}", page.text());
    }
    assert!(!page.text().contains("name=\"base_url\""), "the operator gave it");
    shows_nothing_inside(&page, &system);
    let fields = [("parameters.sap-client", "100"), ("auth.username", "JBX"), ("auth.password", "first-secret")];
    let done = send(&app, &link, &fields).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!((&now["status"], &now["parameters"]), (&json!("active"), &json!({"sap-client": "100"})), "{now}");
    let types = app.get(&format!("/api/v1/events?connection_id={id}")).await.expect(200);
    let types: Vec<String> = types["data"].as_array().into_iter().flatten().map(|event| text(event, "type")).collect();
    assert_eq!(types, ["connection.activated", "connection.created"], "newest first");

    // The customer chooses: what it costs is reserved with the first credentials that work.
    let open = json!({"customer_id": owner, "verify": false, "metadata": {"order": "4711"}});
    let id = text(&app.post("/api/v1/connections", open).await.expect(201), "id");
    let links = format!("/api/v1/connections/{id}/links");
    let link = path(&app.post(&links, json!({"purpose": "connect"})).await.expect(201)["url"]);
    let choose = look(&app, &link).await;
    assert!(
        choose.text().contains("<option value=\"odoo\">") && !choose.text().contains("generic-rest"),
        "{}",
        choose.text()
    );
    let form = look(&app, &format!("{link}?system=erpnext")).await;
    for part in ["name=\"hosting\"", "name=\"base_url\"", "name=\"system\" value=\"erpnext\""] {
        assert!(form.text().contains(part), "no {part} in {}", form.text());
    }
    assert!(look(&app, &format!("{link}?system=generic-rest")).await.text().contains("<option"), "not one of the list");
    let before = app.get("/api/v1/credits").await.expect(200)["in_use"].as_i64();
    system.behave(Behaviour::json(200, "{\"message\":\"jbx@example.com\"}"));
    let url = system.url();
    let fields = [
        ("system", "erpnext"),
        ("hosting", "on_premises"),
        ("base_url", url.as_str()),
        ("auth.key", "key-1"),
        ("auth.secret", "secret-1"),
        ("auth.api_key", "key-1"),
        ("auth.api_secret", "secret-1"),
    ];
    let done = send(&app, &link, &fields).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let now = app.get(&format!("/api/v1/connections/{id}")).await.expect(200);
    assert_eq!(
        (&now["system"], &now["hosting"], &now["status"]),
        (&json!("erpnext"), &json!("on_premises"), &json!("active"))
    );
    let after = app.get("/api/v1/credits").await.expect(200)["in_use"].as_i64();
    assert_eq!(after.zip(before).map(|(after, before)| after - before), now["credits"].as_i64());
    assert!(now["credits"].as_i64().is_some_and(|credits| credits > 0), "{now}");
    let proof = app.get("/api/v1/credits/verify").await.expect(200);
    assert_eq!(proof["ok"], true, "{proof}");
}
