//! What ends: announced 30, 7 and 1 days before, each once; the contact hears of the last two; new credentials forget
//! the day that somebody said.

use junctionbox::access::Principal;
use junctionbox::base::Timestamp;
use junctionbox::notifications::KnownEnd;
use serde_json::json;

use super::{CONTACT, DAY, OPERATOR, Plant};

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_somebody_said_is_announced_and_forgotten_by_a_reconnect() {
    let plant = Plant::start().await;
    plant.operator(|_| {}).await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    let connection = id.parse().expect("an id");
    let connections = plant.app.app().connections.clone();
    let end = Timestamp::parse("2027-01-10T23:59:00Z");
    let past =
        connections.set_secret_end(&Principal::cli(), connection, Timestamp::parse("2026-11-01T00:00:00Z")).await;
    assert!(past.is_err(), "a day that has passed");
    connections.set_secret_end(&Principal::cli(), connection, end).await.expect("said");
    let status = plant.app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    assert_eq!(status["expires_at"], "2027-01-10T23:59:00Z", "{status}");
    // 47 days ahead: nothing. 30, 7, 1: one warning each.
    let expected = [(10, 0, 0), (8, 1, 0), (1, 1, 0), (22, 2, 1), (2, 2, 1), (4, 3, 2)];
    for (days, operator, contact) in expected {
        plant.clock.advance(std::time::Duration::from_secs(days * DAY));
        for _ in 0..2 {
            connections.warn_of_ends().await.expect("warned");
        }
        plant.pass(10).await;
        assert_eq!((plant.mail.to(OPERATOR).len(), plant.mail.to(CONTACT).len()), (operator, contact), "{days}");
    }
    let mail = plant.mail.to(CONTACT).remove(0);
    assert!(mail.subject().contains("ECC Plant 2: the credentials end on 10 January 2027"), "{}", mail.subject());
    assert!(plant.mail.to(OPERATOR)[0].subject().contains("ECC Plant 2 (Brauerei Hohenfels) ends on 10 January 2027"));

    plant.system.behave(crate::fake::Behaviour::basic("jbx", "another"));
    plant.reconnect(&id).await;
    let status = plant.app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    assert_eq!(status["expires_at"], json!(null), "{status}");
    assert!(connections.secret_ends(&Principal::cli()).await.expect("ends").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_no_connection_has_is_announced_once_per_warning() {
    let plant = Plant::start().await;
    plant.operator(|_| {}).await;
    let ends = |days: i64| KnownEnd {
        key: "server_certificate".into(),
        what: "The certificate of this server".into(),
        ends_at: Timestamp::parse("2026-11-24T08:00:00Z").expect("a time").plus_seconds(days * 86_400),
        path: "/calendar".into(),
    };
    let notifications = plant.app.app().notifications.clone();
    assert_eq!(notifications.warn_of(vec![ends(31)]).await.expect("warned"), 0);
    assert_eq!(notifications.warn_of(vec![ends(20)]).await.expect("warned"), 1);
    assert_eq!(notifications.warn_of(vec![ends(20)]).await.expect("warned"), 0, "said already");
    plant.pass(DAY * 14).await;
    assert_eq!(notifications.warn_of(vec![ends(20)]).await.expect("warned"), 1, "a week before");
    plant.work().await;
    plant.mail.wait_for(OPERATOR, 2).await;
}
