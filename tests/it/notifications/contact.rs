//! The customer's contact: told once, reminded after 1, 3 and 7 days, told when it is over; in their language, with
//! the link; never about what is not theirs to mend.

use serde_json::json;

use super::{CONTACT, DAY, HOUR, Plant};
use crate::fake::Behaviour;

#[tokio::test(flavor = "multi_thread")]
async fn told_with_steps_and_link_reminded_three_times_and_told_when_mended() {
    let plant = Plant::start().await;
    let customer = plant.customer("de", CONTACT).await;
    let id = plant.connect(&customer, "ECC Werk 2").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    let first = plant.mail.wait_for(CONTACT, 1).await.remove(0);
    assert_eq!(first.subject(), "ECC Werk 2: Der Zugang muss erneuert werden (Rhein-Main 1)");
    let status = plant.app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
    let link = status["reconnect_url"].as_str().expect("a link").to_owned();
    assert!(link.contains("/portal/"), "{link}");
    let body = first.text();
    for part in ["Guten Tag Jana Ettl,", "hat den Benutzernamen oder das Kennwort abgelehnt", "Was zu tun ist", &link] {
        assert!(body.contains(part), "{part} in\n{body}");
    }
    let html = first.part("text/html");
    assert!(html.contains("lang=\"de\"") && html.contains(&format!("href=\"{link}\"")), "{html}");
    assert_eq!(first.header("Auto-Submitted"), "auto-generated");
    assert!(first.header("To").contains(CONTACT));
    let rest = body.replace(&link, "");
    assert!(!rest.contains("127.0.0.1"), "an address of the inner network: {rest}");

    // Nothing more on the first day; then after 1, 3 and 7 days, and never again.
    plant.pass(23 * HOUR).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 1);
    for (days, count) in [(1, 2), (2, 3), (4, 4)] {
        plant.pass(days * DAY).await;
        let mails = plant.mail.wait_for(CONTACT, count).await;
        let latest = mails.last().expect("a reminder");
        assert!(latest.subject().starts_with("Erinnerung: Der Zugang für ECC Werk 2"), "{}", latest.subject());
        assert!(latest.text().contains(&link));
    }
    plant.pass(20 * DAY).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 4);

    plant.reconnect(&id).await;
    plant.pass(10).await;
    let over = plant.mail.wait_for(CONTACT, 5).await.pop().expect("a word");
    assert_eq!(over.subject(), "ECC Werk 2 funktioniert wieder (Rhein-Main 1)");
    plant.pass(30 * DAY).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_before_the_mail_is_told_to_nobody() {
    let plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    plant.refuse(&id).await;
    plant.work().await;
    plant.reconnect(&id).await;
    plant.pass(DAY).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 0);

    // Paused or ended: no reminder, and no word that it works.
    let system = crate::fake::FakeSystem::start(Behaviour::basic("jbx", "good")).await;
    let id = plant.connect_to(&customer, "ECC Plant 3", &system).await;
    system.behave(Behaviour::basic("jbx", "another"));
    plant.app.post(&format!("/api/v1/connections/{id}/check"), json!(null)).await.expect(200);
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 1).await;
    plant.app.post(&format!("/api/v1/connections/{id}/disconnect"), json!(null)).await.expect(200);
    plant.pass(8 * DAY).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_die_together_stand_in_one_mail() {
    let plant = Plant::start().await;
    let customer = plant.customer("fr", CONTACT).await;
    let mut ids = Vec::new();
    for name in ["Usine 1", "Usine 2", "Usine 3"] {
        ids.push(plant.connect(&customer, name).await);
    }
    // The same user with the same password on the same host: they go together.
    plant.refuse(&ids[0]).await;
    plant.pass(10).await;
    let mail = plant.mail.wait_for(CONTACT, 1).await.remove(0);
    assert_eq!(mail.subject(), "3 connexions : l’accès doit être renouvelé (Rhein-Main 1)");
    let text = mail.text();
    for name in ["Usine 1", "Usine 2", "Usine 3"] {
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(text.matches("/portal/").count(), 3, "{text}");

    // Another one soon after waits for its turn.
    let other = crate::fake::FakeSystem::start(Behaviour::basic("jbx", "good")).await;
    let fourth = plant.connect_to(&customer, "Usine 4", &other).await;
    other.behave(Behaviour::basic("jbx", "another"));
    plant.app.post(&format!("/api/v1/connections/{fourth}/check"), json!(null)).await.expect(200);
    plant.pass(60).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 1);
    plant.pass(15 * 60).await;
    let second = plant.mail.wait_for(CONTACT, 2).await.remove(1);
    assert!(second.subject().contains("Usine 4"), "{}", second.subject());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_who_does_not_wish_it_or_cannot_help() {
    let plant = Plant::start().await;
    let body = json!({"name": "Quiet", "contact_email": "quiet@customer.example", "notify_contact": false});
    let made = plant.app.post("/api/v1/customers", body).await.expect(201);
    assert_eq!(made["notify_contact"], false, "{made}");
    let quiet = made["id"].as_str().expect("an id").to_owned();
    let id = plant.connect(&quiet, "Quiet one").await;
    plant.refuse(&id).await;
    plant.pass(DAY + 10).await;
    assert_eq!(plant.mail.arrived().len(), 0);

    // An outage is nobody's fault among the customers, however long it lasts.
    let loud = plant.customer("es", CONTACT).await;
    let system = crate::fake::FakeSystem::start(Behaviour::basic("jbx", "good")).await;
    let other = plant.connect_to(&loud, "Planta 1", &system).await;
    system.behave(Behaviour::Reset);
    for _ in 0..4 {
        plant.app.post(&format!("/api/v1/connections/{other}/check"), json!(null)).await.expect(200);
    }
    let status = plant.app.get(&format!("/api/v1/connections/{other}/status")).await.expect(200);
    assert_eq!(status["status"], "unreachable", "{status}");
    plant.pass(8 * DAY).await;
    assert_eq!(plant.mail.to(CONTACT).len(), 0);
}
