//! Operators: alarms at once, the statuses and customers they chose, a digest once a day when there is something in it.

use junctionbox::base::{Language, Reason, Status};
use serde_json::json;

use super::{DAY, HOUR, OPERATOR, Plant, tell_of};
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn alarms_of_the_appliance_come_at_once_and_once() {
    let plant = Plant::start().await;
    plant.operator(|_| {}).await;
    let connections = &plant.app.app().connections;
    for _ in 0..3 {
        connections.raise_instance_alarm(Reason::ClockSkew, "Our clock differs by 94 s.").await.expect("raised");
    }
    plant.pass(10).await;
    let mail = plant.mail.wait_for(OPERATOR, 1).await.remove(0);
    assert!(mail.subject().starts_with("[Rhein-Main 1] Alarm: The clock of this server"), "{}", mail.subject());
    assert!(mail.text().contains("Our clock differs by 94 s."));
    plant.pass(HOUR).await;
    assert_eq!(plant.mail.to(OPERATOR).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_come_in_the_readers_language_with_what_to_do() {
    let plant = Plant::start().await;
    plant.operator(|wanted| wanted.locale = Language::German).await;
    let connections = &plant.app.app().connections;
    connections.raise_instance_alarm(Reason::NetworkSuspect, "6 of 10 hosts stopped answering.").await.expect("raised");
    plant.pass(10).await;
    let mail = plant.mail.wait_for(OPERATOR, 1).await.remove(0);
    assert_eq!(mail.subject(), "[Rhein-Main 1] Alarm: Der Server zweifelt an seinem eigenen Netz");
    let text = mail.text();
    for part in ["Rhein-Main 1 meldet eine eigene Störung", "Was zu tun ist", "Firewall", "6 of 10 hosts"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    // The pool runs low: the figures stand in the sentence, the link leads to the pool.
    let customer = plant.customer("en", "contact@customer.example").await;
    for number in 0..46 {
        plant.connect(&customer, &format!("ECC {number}")).await;
    }
    plant.pass(10).await;
    let mail = plant.mail.wait_for(OPERATOR, 2).await.remove(1);
    assert!(mail.subject().contains("Nur noch wenige Credits sind frei"), "{}", mail.subject());
    let text = mail.text();
    assert!(text.contains("8 von 100 Credits sind frei.") && text.contains("/credits"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_statuses_of_chosen_customers_are_told_and_nothing_else() {
    let plant = Plant::start().await;
    let mine = plant.customer("en", "mine@customer.example").await;
    let other = plant.customer("en", "other@customer.example").await;
    let chosen = mine.parse().expect("an id");
    plant
        .operator(move |wanted| {
            wanted.statuses = vec![Status::Unreachable];
            wanted.customers = Some(vec![chosen]);
        })
        .await;
    let system = FakeSystem::start(Behaviour::basic("jbx", "good")).await;
    let ids = [plant.connect_to(&mine, "Mine", &system).await, plant.connect_to(&other, "Other", &system).await];
    system.behave(Behaviour::Reset);
    for id in &ids {
        for _ in 0..3 {
            plant.app.post(&format!("/api/v1/connections/{id}/check"), json!(null)).await.expect(200);
        }
    }
    plant.pass(10).await;
    let mail = plant.mail.wait_for(OPERATOR, 1).await.remove(0);
    assert_eq!(mail.subject(), "[Rhein-Main 1] Mine of Brauerei Hohenfels: Unreachable");
    assert!(mail.text().contains(&format!("/connections/{}", ids[0])), "{}", mail.text());
    system.behave(Behaviour::basic("jbx", "good"));
    for id in &ids {
        for _ in 0..2 {
            plant.app.post(&format!("/api/v1/connections/{id}/check"), json!(null)).await.expect(200);
        }
    }
    plant.pass(10).await;
    let over = plant.mail.wait_for(OPERATOR, 2).await.remove(1);
    assert_eq!(over.subject(), "[Rhein-Main 1] Mine of Brauerei Hohenfels: works again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_comes_once_a_day_and_only_with_something_in_it() {
    let plant = Plant::start().await;
    plant.operator(|wanted| wanted.digest_hour = 6).await;
    let housekeep = || plant.app.app().notifications.housekeep();
    housekeep().await;
    plant.pass(DAY).await;
    housekeep().await;
    plant.work().await;
    assert_eq!(plant.mail.to(OPERATOR).len(), 0, "an empty digest");

    let customer = plant.customer("en", "contact@customer.example").await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    housekeep().await;
    plant.work().await;
    assert_eq!(plant.mail.to(OPERATOR).len(), 0, "not before its hour");
    plant.pass(DAY).await;
    for _ in 0..3 {
        housekeep().await;
        plant.work().await;
    }
    let mail = plant.mail.wait_for(OPERATOR, 1).await.remove(0);
    assert!(mail.subject().contains("Daily summary of 26 November 2026: 1 in need of a hand"), "{}", mail.subject());
    let text = mail.text();
    assert!(text.contains("Needs a hand (1)") && text.contains("ECC Plant 2"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_only_looks_hears_nothing_without_asking() {
    let plant = Plant::start().await;
    plant.operator(tell_of(&[])).await;
    let access = &plant.app.app().access;
    let viewer = junctionbox::access::NewUser {
        email: "viewer@plant.example".into(),
        name: "Vera".into(),
        role: junctionbox::access::Role::Viewer,
        password: Some(junctionbox::base::Secret::new("a sentence that nobody else knows 1")),
    };
    access.create_user(&junctionbox::access::Principal::cli(), viewer).await.expect("a user");
    let connections = &plant.app.app().connections;
    connections.raise_instance_alarm(Reason::NetworkSuspect, "Many hosts failed at once.").await.expect("raised");
    plant.pass(10).await;
    plant.mail.wait_for(OPERATOR, 1).await;
    assert_eq!(plant.mail.to("viewer@plant.example").len(), 0);
}
