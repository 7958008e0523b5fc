//! Commands over a real appliance and a system that changes its mind.

use std::collections::BTreeMap;

use junctionbox::access::Principal;
use junctionbox::base::Secret;
use junctionbox::connections::{NewAuth, NewConnection};
use junctionbox::server::control::ControlRequest;
use serde_json::json;

use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

fn connection(customer: &str, url: &str) -> NewConnection {
    let fields = [("username", "JBX"), ("password", "right")];
    NewConnection {
        customer_id: customer.parse().unwrap(),
        system: "generic-rest".into(),
        hosting: "cloud".into(),
        base_url: url.into(),
        parameters: BTreeMap::new(),
        auth: NewAuth {
            scheme: "basic".into(),
            fields: fields.map(|(name, value)| (name.to_owned(), Secret::new(value))).into(),
        },
        name: Some("Plant".into()),
        check_interval_seconds: None,
        verify: true,
        metadata: None,
        probe: None,
        tier: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_credits_and_connections_by_command() {
    let app = TestApp::start().await;
    let fake = FakeSystem::start(Behaviour::basic("JBX", "right")).await;
    let made = app.command(ControlRequest::CustomerCreate { fields: json!({"name": "Müller"}) }).await;
    assert_eq!(made.exit, 0, "{:?}", made.lines);
    let customer = made.value["id"].as_str().unwrap().to_owned();
    let granted = app.command(ControlRequest::CreditsGrant { amount: 5, note: "first".into() }).await;
    assert_eq!(granted.value["available"], 5);
    let wrong = app.command(ControlRequest::CreditsGrant { amount: -5, note: "first".into() }).await;
    assert_eq!((wrong.exit, wrong.value["errors"][0]["field"].as_str()), (2, Some("amount")));

    let new = connection(&customer, &fake.url());
    let connected = app.app().connections.connect(&Principal::cli(), new).await.expect("it connects");
    let list = ControlRequest::ConnectionList { customer: None, status: None, system: None, q: None, cursor: None };
    let listed = app.command(list).await;
    assert_eq!(listed.value["data"][0]["status"], "active", "{:?}", listed.lines);
    assert_eq!(app.command(ControlRequest::CreditsStatus).await.value["in_use"], 1);

    let check = ControlRequest::ConnectionCheck { connection: connected.id.to_string() };
    assert_eq!(app.command(check.clone()).await.exit, 0);
    fake.behave(Behaviour::json(403, "{}"));
    let checked = app.command(check.clone()).await;
    assert_eq!(
        (checked.exit, checked.value["reason"].as_str()),
        (3, Some("permission_reduced")),
        "{:?}",
        checked.lines
    );
    fake.behave(Behaviour::basic("JBX", "another"));
    fake.forget();
    let checked = app.command(check.clone()).await;
    assert_eq!(checked.value["status"], "reauthorization_required", "{:?}", checked.lines);
    let sent = fake.count(None);
    assert!(sent <= 2, "{sent} attempts with a refused password");
    let checked = app.command(check).await;
    assert_eq!(fake.count(None), sent, "a refused secret is not sent again: {:?}", checked.lines);
    let ledger = app.command(ControlRequest::CreditsVerify).await;
    assert_eq!(ledger.exit, 0, "{:?}", ledger.lines);
    assert!(
        app.get("/metrics").await.text().contains("junctionbox_connections{status=\"reauthorization_required\"} 1")
    );
}
