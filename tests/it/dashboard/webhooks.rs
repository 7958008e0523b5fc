//! Receivers by forms: made, tested, looked at, switched off and on, removed; and what others may not.

use junctionbox::access::Role;

use super::{Browser, grant};
use crate::app::TestApp;
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_from_the_form_to_its_end() {
    let receiver = FakeSystem::start(Behaviour::with(200, &[], "<b>taken</b>")).await;
    let app = TestApp::start().await;
    let browser = Browser::owner(&app).await;
    assert!(browser.page("/webhooks").await.contains("Nobody is told yet"));
    let wrong = browser.post("/webhooks/new", &[("url", "hook")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("aria-invalid"), "{}", wrong.text());
    let denied = browser.post("/webhooks/new", &[("url", "https://169.254.169.254/")]).await;
    assert!(denied.status == 422 && denied.text().contains("egress policy"), "{}", denied.text());

    let url = format!("{}/hook?token=s3cret", receiver.url());
    let made = browser
        .post("/webhooks/new", &[("url", &url), ("description", "ERP"), ("event_types", "credits.granted")])
        .await;
    assert_eq!(made.status, 200);
    assert!(made.text().contains("value=\"whsec_"), "{}", made.text());
    let list = browser.page("/webhooks").await;
    assert!(!list.contains("whsec_") && !list.contains("s3cret") && list.contains("credits.granted"), "{list}");
    let path =
        list.split("href=\"").find_map(|part| part.starts_with("/webhooks/whe_").then(|| part.split('"').next()));
    let path = path.flatten().expect("a link to it").to_owned();

    let tested = browser.post(&format!("{path}/test"), &[]).await;
    assert_eq!(tested.status, 303);
    let delivery = tested.header("location").to_owned();
    let shown = browser.page(&delivery).await;
    assert!(shown.contains("HTTP 200") && shown.contains("&#60;b&#62;taken"), "{shown}");
    assert_eq!(browser.post(&format!("{delivery}/replay"), &[]).await.status, 303);

    grant(&app, 5).await;
    for _ in 0..200 {
        if receiver.seen().len() >= 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let page = browser.page(&path).await;
    assert!(page.contains("Credits granted") && page.contains("Delivered"), "{page}");
    assert!(browser.page(&format!("{path}?status=failed")).await.contains("No delivery is like this"));
    let events = browser.page("/events?type=credits.granted").await;
    let event =
        events.split("href=\"").find_map(|part| part.starts_with("/events/evt_").then(|| part.split('"').next()));
    let event = browser.page(event.flatten().expect("a link to it")).await;
    assert!(event.contains("/webhooks/deliveries/whd_") && event.contains("credits.granted"), "{event}");

    for (deed, words) in [("disable", "Somebody switched it off"), ("enable", "Enabled")] {
        assert_eq!(browser.get(&format!("{path}/{deed}")).await.status, 200);
        assert_eq!(browser.post(&format!("{path}/{deed}"), &[]).await.status, 303);
        assert!(browser.page(&path).await.contains(words), "{deed}");
    }
    let rotated = browser.post(&format!("{path}/rotate"), &[]).await;
    assert!(rotated.text().contains("value=\"whsec_"), "{}", rotated.text());
    let recovered = browser.post(&format!("{path}/recover"), &[("since", "2020-01-01T00:00")]).await;
    assert_eq!(recovered.status, 303);
    assert_eq!(browser.post(&format!("{path}/delete"), &[]).await.header("location"), "/webhooks");
    assert_eq!(browser.get(&path).await.status, 404);

    let viewer = Browser::of_role(&app, Role::Viewer).await;
    assert!(!viewer.page("/webhooks").await.contains("Add a receiver"));
    assert_eq!(viewer.get("/webhooks/new").await.status, 403);
    assert_eq!(viewer.post("/webhooks/new", &[("url", &url)]).await.status, 403);
}
