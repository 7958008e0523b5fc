//! Mails over real servers: in the right language with link and both parts; STARTTLS and sign-in; what one recipient is
//! refused, what the whole server refuses.

use std::time::Duration;

use junctionbox::access::Principal;
use junctionbox::base::{Language, PageRequest};
use junctionbox::notifications::{MailState, Tested};

use super::post::{Maildev, PASSWORD, StrictPost, USER};
use crate::app::Wish;
use crate::notifications::{HOUR, Plant};

async fn signing_in(port: u16, change: impl FnOnce(Wish) -> Wish) -> Plant {
    Plant::with(|wish| {
        let wish = wish.set("smtp.port", &port.to_string()).set("smtp.username", USER).set("smtp.password", PASSWORD);
        change(wish)
    })
    .await
}

/// The state and answer of the mail to an address.
async fn mail_to(plant: &Plant, address: &str) -> (MailState, u32, String) {
    let page = PageRequest::first(50);
    let mails = plant.app.app().notifications.mails(&Principal::system(), None, page).await.expect("mails").items;
    let found = mails.into_iter().find(|mail| mail.recipient == address).expect("a mail");
    (found.state, found.attempts, found.answer.unwrap_or_default())
}

async fn alarm(plant: &Plant) -> String {
    let alarms = plant.app.app().connections.alarms().await.expect("alarms");
    alarms.into_iter().find(|alarm| alarm.kind == "mail_undeliverable").map(|alarm| alarm.message).unwrap_or_default()
}

/// The button “Send a test”.
async fn test_mail(plant: &Plant) -> Tested {
    let notifications = &plant.app.app().notifications;
    notifications.send_test(&Principal::cli(), "fine@customer.example", Language::English).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn maildev_shows_each_language_with_link_and_both_parts() {
    let maildev = Maildev::start();
    let plant = signing_in(maildev.smtp, |wish| wish).await;
    let languages = [
        ("en", "the access needs to be renewed", "What to do"),
        ("de", "Der Zugang muss erneuert werden", "Was zu tun ist"),
        ("fr", "l’accès doit être renouvelé", "Ce qu’il faut faire"),
        ("es", "es necesario renovar el acceso", "Qué hay que hacer"),
    ];
    let mut ids = Vec::new();
    for (locale, ..) in languages {
        let customer = plant.customer(locale, &format!("{locale}@customer.example")).await;
        ids.push(plant.connect(&customer, &format!("ECC {locale}")).await);
    }
    plant.refuse(&ids[0]).await;
    plant.pass(10).await;
    let mut mails = maildev.mails().await;
    for _ in 0..50 {
        if mails.len() >= 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        mails = maildev.mails().await;
    }
    assert_eq!(mails.len(), 4, "{mails:#?}");
    for ((locale, subject, steps), id) in languages.into_iter().zip(&ids) {
        let address = format!("{locale}@customer.example");
        let mail = mails.iter().find(|mail| mail["to"][0]["address"] == *address).expect("a mail");
        assert!(mail["subject"].as_str().is_some_and(|text| text.contains(subject)), "{mail:#}");
        let status = plant.app.get(&format!("/api/v1/connections/{id}/status")).await.expect(200);
        let link = status["reconnect_url"].as_str().expect("a link");
        for part in ["text", "html"] {
            let text = mail[part].as_str().unwrap_or_default();
            assert!(text.contains(link) && text.contains(steps), "{locale}, {part}: {text}");
        }
        assert_eq!(mail["headers"]["auto-submitted"], "auto-generated", "{mail:#}");
    }
    plant.pass(HOUR).await;
    assert_eq!(maildev.mails().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_and_sign_in_are_kept_and_recipients_answer_for_themselves() {
    let mut post = StrictPost::start();
    let authority = post.authority();
    let plant = signing_in(post.port, |wish| {
        wish.set("smtp.tls", "starttls").set("smtp.ca_file", &authority.to_string_lossy())
    })
    .await;
    post.put_off(true);
    for address in ["never@customer.example", "later@customer.example", "fine@customer.example"] {
        let customer = plant.customer("en", address).await;
        plant.connect(&customer, "ECC").await;
    }
    let list = plant.app.get("/api/v1/connections").await.expect(200);
    plant.refuse(list["data"][0]["id"].as_str().expect("an id")).await;
    plant.pass(10).await;
    let taken = post.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    let (envelope, message) = &taken[0];
    assert_eq!((&envelope["tls"], &envelope["user"]), (&true.into(), &USER.into()), "{envelope}");
    assert_eq!((&envelope["from"], &envelope["to"][0]), (&"jbx@plant.example".into(), &"fine@customer.example".into()));
    assert!(message.contains("multipart/alternative"), "{message}");
    let (state, _, answer) = mail_to(&plant, "never@customer.example").await;
    assert_eq!((state, answer.as_str()), (MailState::Failed, "550 5.1.1 There is no such mailbox here"));
    let (state, attempts, answer) = mail_to(&plant, "later@customer.example").await;
    assert_eq!((state, attempts), (MailState::Queued, 1), "{answer}");
    assert!(answer.starts_with("451"), "{answer}");

    // Away for hours, back, and the one that was put off goes out once.
    post.stop();
    for _ in 0..6 {
        plant.pass(HOUR / 2).await;
    }
    assert!(!alarm(&plant).await.is_empty());
    post.put_off(false);
    post.start_again();
    plant.pass(HOUR).await;
    assert_eq!(mail_to(&plant, "later@customer.example").await.0, MailState::Sent);
    plant.pass(HOUR).await;
    let tries = post.tries();
    assert_eq!(tries.iter().filter(|to| to.starts_with("never")).count(), 1, "{tries:?}");
    assert_eq!(tries.iter().filter(|to| to.starts_with("later")).count(), 2, "{tries:?}");
    assert_eq!(alarm(&plant).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_and_a_wrong_password_are_said_plainly_and_sent_nothing() {
    let post = StrictPost::start();
    let plant = signing_in(post.port, |wish| wish.set("smtp.tls", "starttls")).await;
    let customer = plant.customer("en", "fine@customer.example").await;
    let id = plant.connect(&customer, "ECC").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    let message = alarm(&plant).await;
    assert!(message.starts_with("The mail server's certificate is not trusted, so nothing was sent."), "{message}");
    assert!(message.contains("[smtp] ca_file"), "{message}");
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && tested.said.contains("not trusted"), "{tested:?}");
    assert_eq!((post.tries().len(), post.taken().len()), (0, 0));

    let authority = post.authority();
    let plant = signing_in(post.port, |wish| {
        let wish = wish.set("smtp.tls", "starttls").set("smtp.ca_file", &authority.to_string_lossy());
        wish.set("smtp.password", "another password")
    })
    .await;
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && tested.said.contains("refuses the user name or password of [smtp]"), "{tested:?}");
    assert_eq!((post.tries().len(), post.taken().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_from_the_first_byte_is_verified_and_signs_in() {
    let post = StrictPost::implicit();
    let authority = post.authority();
    let plant = signing_in(post.port, |wish| {
        wish.set("smtp.tls", "implicit").set("smtp.ca_file", &authority.to_string_lossy())
    })
    .await;
    let customer = plant.customer("en", "fine@customer.example").await;
    let id = plant.connect(&customer, "ECC").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    let taken = post.taken();
    assert_eq!(taken.len(), 1, "{taken:?}; {}", alarm(&plant).await);
    assert_eq!((&taken[0].0["tls"], &taken[0].0["user"]), (&true.into(), &USER.into()), "{}", taken[0].0);

    // The same server, whose authority nobody named: nothing is sent, and it is said why.
    let plant = signing_in(post.port, |wish| wish.set("smtp.tls", "implicit")).await;
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && tested.said.contains("not trusted"), "{tested:?}");
    // One that speaks in the clear is not spoken to in the clear.
    let plant = Plant::with(|wish| wish.set("smtp.tls", "implicit")).await;
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && plant.mail.tries().is_empty(), "{tested:?}");
    assert_eq!(post.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_starttls_gets_nothing_where_it_is_demanded() {
    let plant = Plant::with(|wish| wish.set("smtp.tls", "starttls")).await;
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && tested.said.contains("does not offer STARTTLS"), "{tested:?}");
    assert_eq!(plant.mail.tries().len(), 0);

    // Plain text only to where it is permitted, and nowhere that the policy denies.
    let plant = Plant::with(|wish| wish.set("egress.plaintext", "10.0.0.0/8")).await;
    let tested = test_mail(&plant).await;
    assert!(!tested.taken && tested.said.contains("without TLS"), "{tested:?}");
    assert_eq!(plant.mail.tries().len(), 0);
}
