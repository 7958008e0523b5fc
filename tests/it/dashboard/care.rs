//! Mail, notifications, acknowledgements, maintenance and ends, as an operator uses their pages.

use junctionbox::access::Role;

use super::{Browser, customer, grant};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};
use crate::notifications::{CONTACT, Plant};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_sent_and_what_became_of_mails_is_shown() {
    let plant = Plant::start().await;
    let browser = Browser::owner(&plant.app).await;
    let answer = browser.post("/settings/mail/test", &[("address", "mara@plant.example"), ("locale", "fr")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("The mail server took the test mail"), "{}", answer.text());
    assert_eq!(plant.mail.to("mara@plant.example")[0].subject(), "[Rhein-Main 1] Message d’essai");
    let refused = browser.post("/settings/mail/test", &[("address", "never@plant.example"), ("locale", "en")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("550 5.1.1 There is no such mailbox here"), "{}", refused.text());
    let wrong = browser.post("/settings/mail/test", &[("address", "nobody"), ("locale", "en")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("This is no e-mail address"), "{}", wrong.text());
    let page = browser.page("/settings/mail?state=failed").await;
    assert!(page.contains("never@plant.example") && !page.contains("mara@plant.example"), "{page}");
    let foreign = browser.post_raw("/settings/mail/test", &[("address", "a@b.example")], "cross-site").await;
    assert_eq!(foreign.status, 403);
    let viewer = Browser::of_role(&plant.app, Role::Viewer).await;
    assert_eq!(viewer.get("/settings/mail").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mail_can_be_looked_at_in_each_language_and_runs_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    assert!(browser.page("/settings/mail").await.contains("No mail server is configured"));
    for language in ["en", "de", "fr", "es"] {
        let page = browser.page(&format!("/settings/mail/preview?kind=digest&in={language}")).await;
        assert!(page.contains(&format!("/settings/mail/preview/body?kind=digest&#38;in={language}")), "{page}");
        let body = browser.get(&format!("/settings/mail/preview/body?kind=digest&in={language}")).await;
        assert!(body.text().contains(&format!("<html lang=\"{language}\">")), "{}", body.text());
        let policy = body.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_chooses_what_to_be_told() {
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    customer(&app, "Hohenfels").await;
    let chosen = [
        ("statuses", "unreachable"),
        ("statuses", "reauthorization_required"),
        ("customers", "Hohenfels"),
        ("digest", "on"),
        ("digest_hour", "17"),
        ("locale", "de"),
    ];
    assert_eq!(browser.post("/settings/notifications", &chosen).await.status, 303);
    let page = browser.page("/settings/notifications").await;
    for part in
        ["value=\"unreachable\" checked", "value=\"17\" selected", "value=\"de\" selected", ">Hohenfels</textarea>"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("value=\"degraded\" checked"));
    let wrong = browser.post("/settings/notifications", &[("customers", "Nobody GmbH")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("No customer is called or numbered"), "{}", wrong.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_acknowledged_and_the_contact_written_to_again() {
    let plant = Plant::start().await;
    let browser = Browser::owner(&plant.app).await;
    let owner = plant.customer("en", CONTACT).await;
    let id = plant.connect(&owner, "ECC Plant 2").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 1).await;
    let path = format!("/connections/{id}");
    let page = browser.page(&path).await;
    assert!(page.contains("The contact was written to 1\u{a0}time"), "{page}");
    assert_eq!(browser.post(&format!("{path}/write-again"), &[]).await.status, 303);
    plant.work().await;
    let again = plant.mail.wait_for(CONTACT, 2).await.remove(1);
    assert!(again.subject().starts_with("Reminder:"), "{}", again.subject());

    assert!(browser.page(&format!("{path}/acknowledge")).await.contains("Go on reminding"));
    assert_eq!(browser.post(&format!("{path}/acknowledge"), &[("note", "called <them>")]).await.status, 303);
    let page = browser.page(&path).await;
    assert!(page.contains("Olga Owner looks after it") && page.contains("called &#60;them&#62;"), "{page}");
    assert!(browser.page("/").await.contains(">acknowledged<"));
    assert!(browser.page("/connections").await.contains(">acknowledged<"));
    assert_eq!(browser.post(&format!("{path}/acknowledge/withdraw"), &[]).await.status, 303);
    assert!(!browser.page("/").await.contains(">acknowledged<"));
    let viewer = Browser::of_role(&plant.app, Role::Viewer).await;
    assert_eq!(viewer.post(&format!("{path}/acknowledge"), &[]).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_is_planned_marked_and_ended_and_ends_stand_in_the_calendar() {
    let app = TestApp::start().await;
    grant(&app, 100).await;
    let browser = Browser::owner(&app).await;
    let owner = customer(&app, "Hohenfels").await;
    let system = FakeSystem::start(Behaviour::json(200, "{}")).await;
    let connection = super::connect(&app, owner, "ECC Plant 2", &system.url(), "pw").await;
    let path = format!("/calendar/maintenance?scope=connection&target={}", connection.id);
    assert!(browser.page(&path).await.contains(&format!("value=\"{}\"", connection.id)));
    let id = connection.id.to_string();
    let now = junctionbox::base::Clock::now(&junctionbox::base::SystemClock);
    let at = |hours: i64| now.plus_seconds(hours * 3600).to_jiff().strftime("%Y-%m-%dT%H:%M").to_string();
    let (start, end) = (at(-1), at(2));
    let plan = [
        ("scope", "connection"),
        ("target", id.as_str()),
        ("starts_at", start.as_str()),
        ("ends_at", end.as_str()),
        ("note", "release"),
    ];
    assert_eq!(browser.post("/calendar/maintenance", &plan).await.status, 303);
    let page = browser.page("/calendar/maintenance").await;
    assert!(page.contains("1 window is running") && page.contains("release"), "{page}");
    assert!(browser.page("/connections").await.contains(">in maintenance<"));
    let window =
        page.split("/calendar/maintenance/mnt_").nth(1).and_then(|rest| rest.split('/').next()).expect("an id");
    assert_eq!(browser.post(&format!("/calendar/maintenance/mnt_{window}/end"), &[]).await.status, 303);
    assert!(!browser.page("/connections").await.contains(">in maintenance<"));
    let wrong = browser.post("/calendar/maintenance", &[("scope", "host"), ("target", ""), ("starts_at", "x")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("Choose a customer, a connection or a host."));
    let wrong = browser.post("/calendar/maintenance", &[("scope", "instance"), ("starts_at", "x")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("2 fields need a change."), "{}", wrong.text());

    // Whom it is for is found by name.
    let host = system.url().replace("http://", "");
    let encoded = host.replace(':', "%3A");
    for (q, wanted) in [
        ("hohen", format!("scope=customer&#38;target={owner}#plan")),
        ("ecc", format!("scope=connection&#38;target={id}#plan")),
        (host.as_str(), format!("scope=host&#38;target={encoded}#plan")),
        ("sap.new.example", "scope=host&#38;target=sap.new.example#plan".to_owned()),
        ("", "scope=instance&#38;target=#plan".to_owned()),
    ] {
        let page = browser.page(&format!("/calendar/maintenance?q={q}")).await;
        assert!(page.contains(&wanted), "{q}: {wanted} in {page}");
    }
    assert!(browser.page("/calendar/maintenance?q=zzz").await.contains("No customer, connection or host is called"));
    assert!(browser.page("/calendar/maintenance?scope=customer&target=cus_x").await.contains("not there any more"));

    assert!(browser.page("/calendar").await.contains("No end is known"));
    let day = now.plus_seconds(5 * 86_400).to_jiff().strftime("%Y-%m-%d").to_string();
    let path = format!("/connections/{id}/end-date");
    assert_eq!(browser.post(&path, &[("ends_at", day.as_str())]).await.status, 303);
    let page = browser.page("/calendar").await;
    assert!(page.contains("ECC Plant 2") && page.contains("said by an operator"), "{page}");
    assert_eq!(browser.post(&path, &[("ends_at", "2020-01-01")]).await.status, 422);
    assert_eq!(browser.post(&path, &[("ends_at", "")]).await.status, 303);
    assert!(browser.page("/calendar").await.contains("No end is known"));
}
