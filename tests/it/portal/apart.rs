//! The portal on a listener of its own: what belongs to another group is 404 there, and the other way round.

use bytes::Bytes;
use junctionbox::server::listeners::Group;
use serde_json::json;

use crate::api::{customer, key, text};
use crate::app::Wish;
use crate::client::Client;

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_stand_apart_do_not_answer_for_each_other() {
    let mut app = Wish::default().set("listeners.portal", "127.0.0.1:0").start().await;
    app.client.key = Some(key(&app, &["all"], None).await);
    let at = |group| Client::new(app.running().url(group).expect("an address").as_str().trim_end_matches('/'));
    let (portal, rest) = (at(Group::Portal), at(Group::Api));
    for path in
        ["/", "/connections", "/sign-in", "/setup/x", "/api/v1/instance", "/api/openapi.json", "/metrics", "/settings"]
    {
        let answer = portal.send_raw("GET", path, &[], Bytes::new()).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let page = portal.send("GET", "/portal/nothing", None).await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("This link does not work"), "{}", page.text());
    // Its stylesheet is at hand there.
    let from = page.text().find("/assets/").expect("a stylesheet");
    let sheet: String = page.text()[from..].chars().take_while(|letter| *letter != '"').collect();
    assert_eq!(portal.send("GET", &sheet, None).await.status, 200, "{sheet}");
    assert_eq!(portal.send("GET", "/healthz", None).await.status, 200);

    let elsewhere = rest.send("GET", "/portal/nothing", None).await;
    assert_eq!(elsewhere.status, 404);
    assert!(!elsewhere.text().contains("This link does not work"), "{}", elsewhere.text());
    // Links are made from the portal's own address.
    let owner = customer(&app, "Hohenfels").await;
    let made = app.post("/api/v1/connections", json!({"customer_id": owner, "verify": false})).await.expect(201);
    let links = format!("/api/v1/connections/{}/links", text(&made, "id"));
    let link = app.post(&links, json!({"purpose": "connect"})).await.expect(201);
    let base = app.running().url(Group::Portal).expect("an address").to_string();
    let path = text(&link, "url").strip_prefix(base.trim_end_matches('/')).expect("the portal's address").to_owned();
    assert_eq!(portal.send("GET", &path, None).await.status, 200);
    assert_eq!(rest.send("GET", &path, None).await.status, 404);
}
