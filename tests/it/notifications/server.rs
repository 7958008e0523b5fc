//! The mail server: away for hours, refusing one recipient, putting another off, refusing our password; and a crash
//! between an event and its mail.

use junctionbox::access::Principal;
use junctionbox::base::{Language, PageRequest};
use junctionbox::notifications::MailState;

use super::{CONTACT, DAY, HOUR, Plant};

async fn states(plant: &Plant) -> Vec<(String, MailState, u32, String)> {
    let page = PageRequest::first(50);
    let mails = plant.app.app().notifications.mails(&Principal::system(), None, page).await.expect("mails").items;
    mails.into_iter().map(|mail| (mail.recipient, mail.state, mail.attempts, mail.answer.unwrap_or_default())).collect()
}

async fn alarms(plant: &Plant) -> Vec<(String, String)> {
    let alarms = plant.app.app().connections.alarms().await.expect("alarms");
    alarms.into_iter().map(|alarm| (alarm.kind, alarm.message)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_for_hours_gets_each_mail_once() {
    let plant = Plant::start().await;
    plant.mail.be_down(true);
    let mut addresses = Vec::new();
    for number in 0..5 {
        let address = format!("contact{number}@customer.example");
        let customer = plant.customer("en", &address).await;
        let system = crate::fake::FakeSystem::start(crate::fake::Behaviour::basic("jbx", "good")).await;
        let id = plant.connect_to(&customer, "ECC", &system).await;
        system.behave(crate::fake::Behaviour::basic("jbx", "another"));
        plant.app.post(&format!("/api/v1/connections/{id}/check"), serde_json::json!(null)).await.expect(200);
        addresses.push(address);
    }
    plant.pass(10).await;
    assert_eq!(alarms(&plant).await, [], "an outage of seconds alarms nobody");
    for _ in 0..6 {
        plant.pass(HOUR / 2).await;
    }
    let standing = alarms(&plant).await;
    assert!(standing.iter().any(|(kind, _)| kind == "mail_undeliverable"), "{standing:?}");
    for (_, state, attempts, answer) in states(&plant).await {
        assert_eq!((state, attempts), (MailState::Queued, 0), "{answer}");
        assert!(answer.contains("127.0.0.1"), "{answer}");
    }
    plant.mail.be_down(false);
    plant.pass(HOUR / 2).await;
    for address in &addresses {
        plant.mail.wait_for(address, 1).await;
    }
    plant.pass(HOUR).await;
    assert_eq!(plant.mail.arrived().len(), 5);
    assert_eq!(alarms(&plant).await, []);
    let ids: std::collections::BTreeSet<String> =
        plant.mail.arrived().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passed_while_the_server_was_away_is_not_told_at_all() {
    let plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC").await;
    plant.mail.be_down(true);
    plant.refuse(&id).await;
    plant.pass(10).await;
    plant.reconnect(&id).await;
    plant.pass(HOUR).await;
    plant.mail.be_down(false);
    plant.pass(HOUR).await;
    assert_eq!(plant.mail.arrived().len(), 0, "{:?}", plant.mail.arrived());
    let states: Vec<MailState> = states(&plant).await.into_iter().map(|(_, state, ..)| state).collect();
    assert!(states.iter().all(|state| *state == MailState::Dropped), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_refused_for_good_one_is_tried_again_the_rest_goes_out() {
    let plant = Plant::start().await;
    plant.mail.put_off(true);
    for address in ["never@customer.example", "later@customer.example", CONTACT] {
        let customer = plant.customer("en", address).await;
        plant.connect(&customer, "ECC").await;
    }
    let list = plant.app.get("/api/v1/connections").await.expect(200);
    plant.refuse(list["data"][0]["id"].as_str().expect("an id")).await;
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 1).await;
    let found = states(&plant).await;
    let of = |address: &str| found.iter().find(|(to, ..)| to == address).cloned().expect("a mail");
    let never = of("never@customer.example");
    assert_eq!((never.1, never.3.as_str()), (MailState::Failed, "550 5.1.1 There is no such mailbox here"));
    let later = of("later@customer.example");
    assert_eq!((later.1, later.2, later.3.as_str()), (MailState::Queued, 1, "451 4.7.1 Greylisted, come back later"));
    assert_eq!(of(CONTACT).1, MailState::Sent);

    plant.pass(30).await;
    assert_eq!(plant.mail.tries().iter().filter(|to| to.starts_with("later")).count(), 1, "too early");
    plant.mail.put_off(false);
    plant.pass(60).await;
    plant.mail.wait_for("later@customer.example", 1).await;
    plant.pass(DAY / 2).await;
    assert_eq!(plant.mail.tries().iter().filter(|to| to.starts_with("never")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_ever_for_a_recipient_that_is_always_put_off() {
    let plant = Plant::start().await;
    plant.mail.put_off(true);
    let customer = plant.customer("en", "later@customer.example").await;
    let id = plant.connect(&customer, "ECC").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    for _ in 0..4 {
        plant.pass(DAY).await;
        plant.app.app().notifications.housekeep().await;
    }
    let first = states(&plant).await.pop().expect("the first mail");
    assert_eq!(first.1, MailState::Failed);
    assert!(first.3.starts_with("given up: 451"), "{}", first.3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_is_the_operators_alarm_and_loses_nothing() {
    let plant = Plant::with(|wish| wish.set("smtp.username", "jbx").set("smtp.password", "wrong")).await;
    plant.mail.demand("right");
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    let standing = alarms(&plant).await;
    let message = &standing.first().expect("an alarm").1;
    assert!(message.contains("refuses the user name or password of [smtp]") && message.contains("535"), "{message}");
    let events = plant.app.get("/api/v1/events?type=instance.alarm").await.expect(200);
    assert_eq!(events["data"].as_array().map(Vec::len), Some(1), "{events}");
    plant.mail.demand("wrong");
    plant.pass(HOUR).await;
    plant.mail.wait_for(CONTACT, 1).await;
    assert_eq!(alarms(&plant).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_between_event_and_mail_loses_none_and_doubles_none() {
    let mut plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC").await;
    plant.mail.be_down(true);
    plant.refuse(&id).await;
    // The event is written, nothing was planned or sent yet.
    plant.app = plant.app.restart().await;
    plant.pass(10).await;
    plant.app = plant.app.restart().await;
    plant.mail.be_down(false);
    plant.pass(HOUR).await;
    plant.mail.wait_for(CONTACT, 1).await;
    plant.app = plant.app.restart().await;
    plant.pass(HOUR).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_nothing_waits() {
    let mut plant = Plant::with(|_| crate::app::Wish::default().set("health.interval_seconds", "3600")).await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC").await;
    plant.refuse(&id).await;
    plant.pass(DAY).await;
    let overview = plant.app.app().notifications.overview(&Principal::system()).await.expect("an overview");
    assert!(overview.server.is_none() && overview.counts.is_empty());
    let refused = plant.app.app().notifications.send_test(&Principal::system(), CONTACT, Language::English).await;
    assert!(refused.is_err());
    plant.app = plant.app.restart().await;
    assert_eq!(plant.mail.arrived().len(), 0);
}
