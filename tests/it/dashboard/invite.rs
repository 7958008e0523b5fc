//! Inviting a customer and sending a link, from the dashboard: fixed and free systems, mailed and copied, taken back only
//! after a question, and what waits for its customer is shown as that.

use junctionbox::access::Role;
use serde_json::{Value, json};

use super::Browser;
use crate::api::{customer, granted_at, text};
use crate::fake::{Behaviour, FakeSystem};
use crate::notifications::{CONTACT, Plant};
use crate::portal::links::refused;
use crate::portal::pages::{look, path, send};

/// The address in the field that is copied.
fn link(page: &str) -> String {
    let value = page.split("id=\"f-url\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    path(&json!(value.unwrap_or_else(|| panic!("no link in {page}"))))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_opens_and_ends_with_the_first_credentials() {
    let plant = Plant::start().await;
    let id = plant.customer("de", CONTACT).await;
    let browser = Browser::owner(&plant.app).await;
    let form = browser.page(&format!("/customers/{id}/invite")).await;
    assert!(form.contains("The mail goes to Jana Ettl") && form.contains("value=\"de\" selected"), "{form}");
    let url = plant.system.url();
    let fields = [
        ("system", "generic-rest"),
        ("hosting", "on_premises"),
        ("base_url", url.as_str()),
        ("name", "MES Plant 4"),
        ("days", "7"),
        ("mail", "on"),
        ("language", "fr"),
    ];
    let answer = browser.post(&format!("/customers/{id}/invite"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = browser.page(answer.header("location")).await;
    let link = link(&page);
    assert!(page.contains("not used yet, opens until") && page.contains("Mail the link"), "{page}");
    plant.pass(10).await;
    let mail = plant.mail.wait_for(CONTACT, 1).await.remove(0);
    assert!(mail.subject().contains("Rhein-Main 1 demande un accès"), "{}", mail.subject());
    assert!(mail.text().contains(&format!("{link}?lang=fr")), "{}", mail.text());
    let done = send(&plant.app, &link, &[("way", "3"), ("auth.username", "jbx"), ("auth.password", "good")]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let page = browser.page(answer.header("location")).await;
    assert!(page.contains("used ") && !page.contains("link/revoke"), "{page}");
    let audit = plant.app.get("/api/v1/audit?limit=50").await.expect(200).to_string();
    assert!(audit.contains("connection.contact_invited") && audit.contains("link.created"), "{audit}");
    // The mail that a connection in reauthorization sends again.
    let connection = answer.header("location").trim_start_matches("/connections/").trim_end_matches("/link").to_owned();
    plant.refuse(&connection).await;
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 2).await;
    let page = browser.page(&format!("/connections/{connection}")).await;
    assert!(page.contains("Send the reconnect link"), "{page}");
    let sent = browser.post(&format!("/connections/{connection}/link"), &[("do", "mail")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    plant.pass(10).await;
    let again = plant.mail.wait_for(CONTACT, 3).await.pop().expect("a mail");
    assert!(again.text().contains("/portal/"), "{}", again.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_customer_is_shown_as_that() {
    let app = granted_at(None).await;
    let id = customer(&app, "Hohenfels").await;
    let browser = Browser::owner(&app).await;
    let form = browser.page(&format!("/customers/{id}/invite")).await;
    assert!(form.contains("The customer chooses") && !form.contains("name=\"mail\""), "{form}");
    assert!(form.contains("no contact with an e-mail address"), "{form}");
    let answer = browser.post(&format!("/customers/{id}/invite"), &[("days", "3")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let shown = answer.header("location").trim_end_matches("/link").to_owned();
    for at in
        [shown.clone(), "/connections".into(), format!("/customers/{id}"), format!("/connections?customer_id={id}")]
    {
        let page = browser.page(&at).await;
        assert!(page.contains("not chosen yet"), "{at}: {page}");
        assert!(!page.contains("/systems/\"") && !page.contains("tier 1, "), "{at}: {page}");
    }
    let page = browser.page(&shown).await;
    assert!(page.contains("Nobody has used the connect link yet; the customer chooses the system."), "{page}");
    for absent in ["Check now", "Enter credentials here", "Reconnect…", "generation 1"] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    // A form that needs a change keeps what was typed.
    let odd = [
        ("system", "sap-ecc"),
        ("hosting", "on_premises"),
        ("base_url", "ftp://sap"),
        ("name", "Kept"),
        ("days", "14"),
    ];
    let again = browser.post(&format!("/customers/{id}/invite"), &odd).await;
    let page = again.text();
    assert_eq!(again.status, 422, "{page}");
    assert!(page.contains("value=\"ftp://sap\"") && page.contains("value=\"Kept\""), "{page}");
    assert!(page.contains("value=\"14\" selected") && page.contains("value=\"sap-ecc\" selected"), "{page}");
    // Who may only look invites nobody.
    let viewer = Browser::of_role(&app, Role::Viewer).await;
    assert_eq!(viewer.get(&format!("/customers/{id}/invite")).await.status, 403);
    assert_eq!(viewer.post(&format!("/customers/{id}/invite"), &[]).await.status, 403);
    assert!(!viewer.page(&format!("/customers/{id}")).await.contains("/invite"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_taken_back_after_a_question_and_made_anew() {
    let app = granted_at(None).await;
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(&app, &system).await;
    let browser = Browser::owner(&app).await;
    let at = format!("/connections/{id}/link");
    let page = browser.page(&at).await;
    let old = link(&page);
    assert!(page.contains("Copy the link and send it yourself") && !page.contains("value=\"mail\""), "{page}");
    let question = browser.page(&format!("{at}/revoke")).await;
    assert!(question.contains("Take back the customer’s link") && question.contains("Keep it"), "{question}");
    assert_eq!(look(&app, &old).await.status, 200, "the question takes nothing back");
    assert_eq!(browser.post_raw(&format!("{at}/revoke"), &[("csrf", "guessed")], "same-origin").await.status, 403);
    assert_eq!(browser.post(&format!("{at}/revoke"), &[]).await.status, 303);
    assert_eq!(look(&app, &old).await.status, 410);
    let page = browser.page(&at).await;
    assert!(page.contains("taken back") && page.contains("Make the link"), "{page}");
    browser.post(&at, &[("do", "make"), ("days", "1"), ("change_base_url", "on")]).await;
    let page = browser.page(&at).await;
    let fresh = link(&page);
    assert_ne!(fresh, old);
    assert!(page.contains("the customer may give another address"), "{page}");
    let links = app.get(&format!("/api/v1/connections/{id}/links")).await.expect(200);
    assert_eq!(links["data"].as_array().map(Vec::len), Some(2), "{links}");
    assert_eq!(text(&links["data"][0], "purpose"), "reconnect");
    assert_ne!(links["data"][0]["expires_at"], Value::Null);
}
