//! The whole way of a revoked access, with real programs at each end: an OpenID provider where it is revoked, a receiver
//! that verifies the webhook, a mail server that shows the mail, and the customer who follows its link and consents again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::appliance::text;
use super::oauth::{Bench, SOON};
use super::post::{Maildev, PASSWORD, USER};
use super::{Appliance, Receiver, Surfer};

const CONTACT: &str = "j.ettl@hohenfels.example";

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + SOON;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < end, "not within {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A verified event of this type about the connection.
fn told(receiver: &Receiver, kind: &str, id: &str) -> Vec<Value> {
    let fits = |one: &Value| one["type"] == kind && one["body"].as_str().is_some_and(|body| body.contains(id));
    let all: Vec<Value> = receiver.requests().into_iter().filter(fits).collect();
    assert!(all.iter().all(|one| one["verified"] == true), "{all:?}");
    all.iter().map(|one| serde_json::from_str(one["body"].as_str().expect("a body")).expect("JSON")).collect()
}

fn appliance(maildev: &Maildev) -> Appliance {
    let appliance = Appliance::with(&format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{USER}\"\n\
         password = \"{PASSWORD}\"\nfrom = \"Junctionbox <jbx@plant.example>\"\n",
        maildev.smtp
    ));
    appliance.done("POST", "/credits/grants", &json!({"amount": 1000, "note": "for the tests"}));
    let contact = json!({"contact_name": "Jana Ettl", "contact_email": CONTACT, "locale": "en"});
    appliance.done("PATCH", &format!("/customers/{}", appliance.customer()), &contact);
    appliance
}

#[test]
fn a_revoked_access_is_told_by_webhook_and_mail_and_given_again_by_the_mailed_link() {
    let (maildev, receiver) = (Maildev::start(), Receiver::start());
    let mut bench = Bench::of(appliance(&maildev), Duration::from_secs(2));
    let made = bench.appliance.done("POST", "/webhook-endpoints", &json!({"url": receiver.url()}));
    receiver.trust(&text(&made, "secret"));
    let id = bench.connect();
    let proxy = format!("/connections/{id}/proxy/api/orders");
    assert_eq!(bench.appliance.call("GET", &proxy, None).status, 200);

    // Revoked at the provider: the caller's next request finds it, and nothing more is sent.
    bench.oidc.revoke();
    until("traffic finds it", || (bench.appliance.call("GET", &proxy, None).status == 424).then_some(()));
    let status = bench.appliance.status(&id);
    assert_eq!(
        (&status["status"], &status["reason"], &status["reauthorization_required"]),
        (&json!("reauthorization_required"), &json!("token_revoked"), &json!(true)),
        "{status}"
    );
    let link = text(&status, "reconnect_url");

    let event = until("the webhook", || told(&receiver, "connection.reauthorization_required", &id).pop());
    assert_eq!((&event["data"]["reconnect_url"], &event["data"]["reason"]), (&json!(link), &json!("token_revoked")));
    assert!(event["data"]["instructions"].is_string(), "{event}");

    let to_contact = |mail: &Value| mail["to"][0]["address"] == CONTACT;
    let mail = until("the mail", || maildev.shown().into_iter().find(to_contact));
    let mailed = mail["text"].as_str().and_then(|text| text.split_whitespace().find(|word| word.contains("/portal/")));
    let mailed = mailed.unwrap_or_else(|| panic!("no link in {mail:#}")).trim_matches(['<', '>']).to_owned();
    assert_eq!(mailed, link);
    assert!(mail["html"].as_str().is_some_and(|html| html.contains(&link)), "{mail:#}");

    // A mail scanner opens it first, as often as it likes.
    for _ in 0..3 {
        assert_eq!(Surfer::default().get(&mailed).status, 200);
    }
    // Then the customer: no password, one button, the provider's own page, and back.
    let mut customer = Surfer::default();
    let page = customer.get(&mailed);
    let path = url::Url::parse(&mailed).expect("an address").path().to_owned();
    assert!(page.body.contains(&format!("{path}/sign-in")), "{}", page.body);
    let sent = customer.get(&format!("{mailed}/sign-in"));
    assert_eq!(sent.status, 303, "{sent:?}");
    let authorize_url = sent.header("location").expect("a place").to_owned();
    assert!(authorize_url.starts_with(&bench.oidc.url()), "{authorize_url}");
    assert!(authorize_url.contains("code_challenge_method=S256"), "{authorize_url}");
    let back = customer.allow(&authorize_url);
    let done = customer.get(&back);
    let there = done.header("location").unwrap_or_else(|| panic!("no way on: {done:?}")).to_owned();
    let there = url::Url::parse(&mailed).expect("an address").join(&there).expect("an address");
    assert!(there.path().starts_with(&path), "{there}");
    let thanks = customer.get(there.as_str());
    assert_eq!(thanks.status, 200, "{thanks:?}");

    let now = bench.appliance.status(&id);
    assert_eq!((&now["status"], &now["reason"], &now["reconnect_url"]), (&json!("active"), &json!(null), &json!(null)));
    assert_eq!(bench.appliance.call("GET", &proxy, None).status, 200);
    for kind in ["connection.reconnected", "connection.recovered"] {
        let all = until(kind, || Some(told(&receiver, kind, &id)).filter(|all| !all.is_empty()));
        assert_eq!(all.len(), 1, "{all:?}");
    }
    assert_eq!(told(&receiver, "connection.reauthorization_required", &id).len(), 1, "once for the episode");
    until("the word that it is mended", || {
        (maildev.shown().iter().filter(|mail| to_contact(mail)).count() == 2).then_some(())
    });

    // Used up by the success: it leads to the provider no more.
    let again = Surfer::default().get(&format!("{mailed}/sign-in"));
    assert!(again.header("location").is_none_or(|place| !place.starts_with(&bench.oidc.url())), "{again:?}");
    assert_eq!(bench.oidc.count(&json!({"event": "granted", "grant": "authorization_code"})), 2);
}
