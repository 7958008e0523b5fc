//! Connecting, editing, reconnecting and ending a connection by forms alone.

use super::{Browser, customer, grant};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

/// The hidden ticket of the page that says the cost.
fn ticket(html: &str) -> String {
    html.split("name=\"ticket\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_is_checked_then_connected_then_reconnected() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    assert!(browser.page("/connections/new").await.contains("There is no customer yet"));
    grant(&app, 10).await;
    let brewery = customer(&app, "Brauerei Müller").await.to_string();
    let system = FakeSystem::start(Behaviour::basic("jbx", "right")).await;
    let choose = browser.page("/connections/new").await;
    assert!(choose.contains("value=\"generic-rest\"") && choose.contains("Brauerei Müller"));
    let form = browser.page(&format!("/connections/new?customer_id={brewery}&system=generic-rest")).await;
    assert!(form.contains("name=\"base_url\"") && form.contains("name=\"probe.path\""), "{form}");

    let url = system.url();
    let fields = |password: &'static str| {
        vec![
            ("customer_id", brewery.clone()),
            ("system", "generic-rest".into()),
            ("hosting", "on_premises".into()),
            ("base_url", url.clone()),
            ("scheme", "basic".into()),
            ("auth.username", "jbx".into()),
            ("auth.password", password.into()),
            ("tier", "2".into()),
            ("do", "check".into()),
        ]
    };
    async fn send(browser: &Browser<'_>, fields: Vec<(&str, String)>) -> crate::client::Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/connections/new", &fields).await
    }
    let wrong = send(&browser, fields("wrong-secret")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Nothing was stored") && !wrong.text().contains("wrong-secret"), "{}", wrong.text());
    let checked = send(&browser, fields("right")).await;
    assert_eq!(checked.status, 200, "{}", checked.text());
    let text = checked.text();
    assert!(text.contains("Connect for 4 credits") && !text.contains("\"right\""), "{text}");
    assert!(browser.page("/connections").await.contains("No connection yet"), "nothing is stored by a check");
    let ticket = ticket(&text);
    let made = browser.post("/connections/new", &[("ticket", &ticket), ("do", "connect")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let path = made.header("location").to_owned();
    let page = browser.page(&path).await;
    assert!(page.contains("Active"), "{page}");
    let again = browser.post("/connections/new", &[("ticket", &ticket), ("do", "connect")]).await;
    assert!(again.text().contains("was used already"));

    let edited = browser
        .post(
            &format!("{path}/edit"),
            &[("name", "ECC Werk 2"), ("check_interval_seconds", "60"), ("metadata", "plant = 2"), ("version", "1")],
        )
        .await;
    assert_eq!(edited.status, 303, "{}", edited.text());
    assert!(browser.page(&path).await.contains("ECC Werk 2"));

    system.behave(Behaviour::basic("jbx", "newer"));
    assert_eq!(browser.post(&format!("{path}/check"), &[]).await.status, 303);
    assert!(browser.page(&path).await.contains("Reauthorization required"));
    let reconnect = browser.page(&format!("{path}/reconnect")).await;
    assert!(reconnect.contains("value=\"jbx\"") && !reconnect.contains("\"right\""), "{reconnect}");
    let fields = [
        ("base_url", url.clone()),
        ("scheme", "basic".into()),
        ("auth.username", "jbx".into()),
        ("auth.password", "newer".into()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = browser.post(&format!("{path}/reconnect"), &fields).await;
    assert_eq!((done.status, done.header("location")), (303, path.as_str()), "{}", done.text());
    assert!(browser.page("/").await.contains("The one connection works"));

    let question = browser.page(&format!("{path}/disconnect")).await;
    assert!(question.contains("Disconnect and return 4 credits"), "{question}");
    assert_eq!(browser.post(&format!("{path}/disconnect"), &[]).await.status, 303);
    assert!(browser.page("/credits").await.contains("disconnected"));
    assert_eq!(browser.get(&format!("{path}/reconnect")).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_of_the_navigation_answers() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    for path in [
        "/",
        "/customers",
        "/connections",
        "/credits",
        "/systems",
        "/systems/sap-ecc",
        "/audit",
        "/settings/instance",
        "/settings/appearance",
        "/keys",
    ] {
        let page = browser.page(path).await;
        assert!(page.contains("<main"), "{path}");
    }
    assert_eq!(browser.get("/settings").await.status, 303);
    assert_eq!(browser.get("/nothing").await.status, 404);
    assert_eq!(browser.get("/connections/con_nonsense").await.status, 404);
    assert_eq!(browser.get("/customers/cus_nonsense").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_keys_are_made_and_taken_away() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    let invited =
        browser.post("/settings/users", &[("name", "Piotr"), ("email", "p@plant.example"), ("role", "operator")]).await;
    assert_eq!(invited.status, 200, "{}", invited.text());
    assert!(invited.text().contains("/setup/"), "{}", invited.text());
    let taken =
        browser.post("/settings/users", &[("name", "Other"), ("email", "p@plant.example"), ("role", "viewer")]).await;
    assert_eq!(taken.status, 422);
    let bare = browser.post("/settings/api-keys", &[("name", "erp-sync")]).await;
    assert_eq!(bare.status, 422, "a key without scopes is none");
    let made = browser.post("/settings/api-keys", &[("name", "erp-sync"), ("scopes", "proxy"), ("ends", "30")]).await;
    let text = made.text();
    assert!(text.contains("value=\"jbx_"), "{text}");
    let list = browser.page("/settings/api-keys").await;
    assert!(list.contains("erp-sync") && !list.contains("value=\"jbx_"));
    let revoke =
        list.split("href=\"").find_map(|part| part.split('"').next().filter(|path| path.ends_with("/revoke"))).unwrap();
    assert!(browser.page(revoke).await.contains("It was never used"));
    assert_eq!(browser.post(revoke, &[]).await.status, 303);
    assert!(browser.page("/settings/api-keys").await.contains("revoked"));
    let viewer = Browser::of_role(&app, junctionbox::access::Role::Viewer).await;
    let own = viewer.get("/settings/users").await;
    assert_eq!(own.status, 303);
    assert!(viewer.page(own.header("location")).await.contains("Present password"));
    assert_eq!(viewer.get("/settings/api-keys").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_takes_a_chain_a_key_and_an_authority() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    grant(&app, 10).await;
    let brewery = customer(&app, "Brauerei").await.to_string();
    let system = FakeSystem::start(Behaviour::basic("jbx", "right")).await;
    let made = rcgen::generate_simple_self_signed(vec!["client.example".into()]).expect("a certificate");
    let certificate = made.cert.pem();
    let chain = certificate.repeat(14_000 / certificate.len());
    let url = system.url();
    let fields = [
        ("customer_id", brewery.as_str()),
        ("system", "generic-rest"),
        ("hosting", "on_premises"),
        ("base_url", url.as_str()),
        ("scheme", "basic"),
        ("auth.username", "jbx"),
        ("auth.password", "right"),
        ("auth.client_certificate", chain.as_str()),
        ("auth.client_key", &made.signing_key.serialize_pem()),
        ("auth.ca_certificate", chain.as_str()),
        ("do", "check"),
    ];
    let body: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(body > 25_000, "{body}");
    let checked = browser.post("/connections/new", &fields).await;
    assert_eq!(checked.status, 200, "{}", checked.text());
    let ticket = ticket(&checked.text());

    // What was typed waits for “Connect”, and goes with the session.
    let drafts = &app.app().drafts;
    let waits = || drafts.look(&browser.csrf, &ticket, app.app().clock.now()).is_some();
    assert!(waits());
    assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
    assert!(!waits());
}
