//! Overview, customers and connections: lists, forms, refreshing, and who may do what.

use junctionbox::access::Role;

use super::{Browser, connect, customer, grant};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anything_without_signing_in() {
    let app = TestApp::start().await;
    for path in ["/", "/customers", "/connections?status=active", "/customers/new"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/sign-in"), "{path}: {}", answer.header("location"));
    }
    assert_eq!(
        app.get("/connections?status=active").await.header("location"),
        "/sign-in?next=%2Fconnections%3Fstatus%3Dactive"
    );
    let asked = app.client.send_raw("GET", "/", &[("hx-request", "true")], bytes::Bytes::new()).await;
    assert_eq!((asked.status, asked.header("hx-redirect")), (204, "/sign-in"));
    assert_eq!(app.get("/api/nothing").await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_kept_for_ever_by_their_hash() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    let page = browser.page("/").await;
    let style = page
        .split("href=\"")
        .find_map(|part| part.starts_with("/assets/app.").then(|| part.split('"').next()))
        .flatten();
    let answer = app.get(style.expect("a stylesheet")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(answer.header("cache-control").contains("immutable"));
    assert_eq!(app.get("/assets/app.00000000.css").await.header("cache-control"), "no-cache");
    assert_eq!(app.get("/assets/passwd").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_added_changed_and_deleted() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    assert!(browser.page("/customers").await.contains("No customer yet"));
    let wrong = browser.post("/customers/new", &[("name", " "), ("credit_limit", "many")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("aria-invalid"), "{}", wrong.text());
    let added = browser
        .post(
            "/customers/new",
            &[("name", "Brauerei <Müller> ☕"), ("external_id", "DE-1"), ("locale", "de"), ("metadata", "plant = 2")],
        )
        .await;
    assert_eq!(added.status, 303, "{}", added.text());
    let path = added.header("location").to_owned();
    let page = browser.page(&path).await;
    assert!(page.contains("<bdi>Brauerei &#60;Müller&#62; ☕</bdi>") && page.contains("plant=2"), "{page}");
    let taken = browser.post("/customers/new", &[("name", "Other"), ("external_id", "DE-1")]).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains("Another customer has this external id"));

    let edit = [("name", "Brauerei Müller"), ("locale", "de"), ("version", "1")];
    assert_eq!(browser.post(&format!("{path}/edit"), &edit).await.status, 303);
    let stale = browser.post(&format!("{path}/edit"), &edit[..]).await;
    assert_eq!(stale.status, 422);
    assert!(stale.text().contains("Somebody else changed this customer meanwhile"));

    assert!(browser.page(&format!("{path}/delete")).await.contains("Delete Brauerei Müller?"));
    assert_eq!(browser.post(&format!("{path}/delete"), &[("confirm", "Müller")]).await.status, 422);
    let deleted = browser.post(&format!("{path}/delete"), &[("confirm", "Brauerei Müller")]).await;
    assert_eq!((deleted.status, deleted.header("location")), (303, "/customers"));
    assert_eq!(browser.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_and_without_a_token_change_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    let fields = [("csrf", browser.csrf.as_str()), ("name", "Intruder")];
    assert_eq!(browser.post_raw("/customers/new", &fields, "cross-site").await.status, 403);
    assert_eq!(browser.post_raw("/customers/new", &fields[1..], "same-origin").await.status, 403);
    let viewer = Browser::of_role(&app, Role::Viewer).await;
    let refused = viewer.post("/customers/new", &[("name", "Intruder")]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Your role does not allow this"));
    assert!(!viewer.page("/customers").await.contains("/customers/new"));
    assert!(browser.page("/customers").await.contains("No customer yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_password_stands_first_and_is_not_sent_by_a_bulk_check() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    assert!(browser.page("/").await.contains("<h1>No connection yet</h1>"));
    grant(&app, 10).await;
    let brewery = customer(&app, "Brauerei Müller").await;
    let (good, bad) = (
        FakeSystem::start(Behaviour::json(200, "[]")).await,
        FakeSystem::start(Behaviour::basic("jbx", "right")).await,
    );
    let fine = connect(&app, brewery, "Fine one", &good.url(), "any").await;
    let dead = connect(&app, brewery, "Dead one", &bad.url(), "right").await;
    assert!(browser.page("/").await.contains("All 2 connections work"));

    bad.behave(Behaviour::basic("jbx", "changed"));
    let ids = [("id", fine.id.to_string()), ("id", dead.id.to_string())];
    let ids: Vec<(&str, &str)> = ids.iter().map(|(name, id)| (*name, id.as_str())).collect();
    let fields = [&[("back", "/connections?tier=1")], &ids[..]].concat();
    let said = browser.post("/connections/check", &fields).await;
    assert_eq!((said.status, said.header("location")), (303, "/connections?tier=1"));
    let overview = browser.page("/").await;
    assert!(overview.contains("1 of 2\u{a0}connections needs a hand"), "{overview}");
    assert!(overview.contains(&format!("/connections/{}/reconnect", dead.id)));

    bad.forget();
    assert_eq!(browser.post("/connections/check", &fields).await.status, 303);
    assert_eq!(bad.count(None), 0, "a refused secret was sent again");
    for (query, shown, hidden) in [
        ("view=needs_a_hand", "Dead one", "Fine one"),
        ("status=active", "Fine one", "Dead one"),
        ("q=fine", "Fine one", "Dead one"),
        ("customer_id=nonsense&q=dead", "Dead one", "Fine one"),
    ] {
        let page = browser.page(&format!("/connections?{query}")).await;
        assert!(page.contains(shown) && !page.contains(&format!("<bdi>{hidden}</bdi>")), "{query}: {page}");
    }
    assert!(browser.page("/connections?q=nothing-like-it").await.contains("Nothing matches these filters"));
    assert!(browser.page("/customers").await.contains("Credentials rejected: Dead one"));
    assert!(browser.page(&format!("/customers/{brewery}")).await.contains("Needs a hand"));
    let next = browser.page("/connections?limit=1&sort=name").await;
    assert!(next.contains("1 to 1 of 2") && next.contains("rel=\"next\""), "{next}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_region_is_not_sent_again() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    for path in ["/", "/customers", "/connections"] {
        customer(&app, &format!("Customer for {path}")).await;
        let page = browser.page(path).await;
        let Some(refresh) = page.split("hx-get=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            // An empty list has nothing to refresh.
            continue;
        };
        let refresh = refresh.replace("&amp;", "&");
        let asked = [("hx-request", "true"), ("hx-target", "live")];
        let same = browser.get_with(&refresh, &asked).await;
        assert_eq!(same.status, 204, "{path}: {}", same.text());
        assert!(same.header("junctionbox-clock").ends_with("UTC"));
        let other = browser.get_with(&refresh.replace("v=", "v=0"), &asked).await;
        assert!(other.status == 200 && other.text().starts_with("<div class=\"live\""), "{path}: {}", other.text());
    }
    assert!(!browser.page("/?refresh=off").await.contains("hx-get"));
}
