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
    let metrics = app.get("/metrics").await.text();
    assert!(metrics.contains("junctionbox_connections{status=\"reauthorization_required\"} 1"), "{metrics}");
    let refused = "junctionbox_checks_total{status=\"reauthorization_required\",reason=\"credentials_rejected\"}";
    assert!(metrics.contains(refused), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_owners_and_the_vaults_seal_by_command() {
    let app = TestApp::start().await;
    let link = app.command(ControlRequest::SetupLink).await;
    assert!(link.value["url"].as_str().unwrap().contains("/setup/"), "{:?}", link.lines);
    let key = |scope: &str, customer: Option<&str>| ControlRequest::ApiKeyCreate {
        name: "sync".into(),
        scopes: vec![scope.into()],
        customers: customer.map(str::to_owned).into_iter().collect(),
        expires_at: None,
    };
    let made = app.command(key("connections:read", None)).await;
    let text = made.value["key"].as_str().expect("a key").to_owned();
    assert!(app.app().access.authenticate(&text, None).is_some());
    assert_eq!(app.command(key("everything", None)).await.exit, 2);
    assert_eq!(app.command(key("all", Some("cus_nobody"))).await.exit, 2);
    let listed = app.command(ControlRequest::ApiKeyList { ended: false, cursor: None }).await;
    assert_eq!(listed.value["data"][0]["name"], "sync");
    assert!(!listed.value.to_string().contains(&text));
    assert_eq!(app.command(ControlRequest::ApiKeyRevoke { key: "sync".into() }).await.exit, 0);
    assert!(app.app().access.authenticate(&text, None).is_none());

    let user = |role: &str| ControlRequest::AdminCreate {
        email: format!("{role}@meridian.example"),
        name: role.into(),
        role: role.into(),
        password: None,
    };
    assert_eq!(app.command(ControlRequest::AdminRecover { email: None }).await.exit, 1);
    assert!(app.command(user("owner")).await.value["url"].is_string());
    assert_eq!(app.command(user("owner")).await.exit, 1, "the address is taken");
    assert_eq!(app.command(user("king")).await.exit, 2);
    assert!(app.command(ControlRequest::AdminRecover { email: None }).await.value["url"].is_string());
    assert_eq!(app.command(ControlRequest::SetupLink).await.exit, 1, "there is an owner");

    let rekey = |seal: &str| ControlRequest::VaultRekey { seal: Some(seal.into()), passphrase: None };
    assert_eq!(app.command(rekey("key-file")).await.exit, 0);
    assert_eq!(app.command(rekey("passphrase")).await.exit, 2);
    assert_eq!(app.command(ControlRequest::VaultSeal).await.exit, 0);
    assert_eq!(app.command(rekey("key-file")).await.exit, 1, "a sealed vault has no key to wrap");
    assert_eq!(app.command(ControlRequest::VaultUnseal { passphrase: None }).await.exit, 0);
    assert_eq!(app.command(ControlRequest::AuditVerify { head: None }).await.exit, 0);
}
