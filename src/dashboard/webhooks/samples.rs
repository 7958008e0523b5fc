//! Samples of the pages, printed and looked at.

use std::time::Duration;

use super::deeds::{Deed, question};
use super::form::{SecretPage, Typed, form_page};
use super::{delivery, endpoint, list};
use crate::base::{DeliveryId, EndpointId, EventId, OsRandom, Page, Timestamp};
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::list::ListState;
use crate::dashboard::printed::look;
use crate::dashboard::shell::{Nav, Shell};
use crate::events::EventKind;
use crate::webhooks::{
    Cause, Delivery, DeliveryDetail, DeliveryStatus, DisabledReason, Endpoint, EndpointSummary, Try, TryRecord,
    TryTiming, WebhookSettings,
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn receiver() -> Endpoint {
    let made = at("2026-10-01T08:00:00Z");
    Endpoint {
        id: EndpointId::new(made, &OsRandom),
        url: "https://erp-sync.example/junctionbox?token=s3cret".into(),
        description: Some("ERP <b>sync</b>".into()),
        ca_certificate: None,
        event_types: Some(vec![EventKind::ConnectionRecovered, EventKind::ConnectionDegraded]),
        customer_ids: None,
        disabled: None,
        old_secret_until: None,
        failing_since: None,
        warned_at: None,
        last_try_at: Some(at("2026-11-24T14:20:00Z")),
        last_ok_at: Some(at("2026-11-24T14:20:00Z")),
        last_outcome: Some("It answered 200.".into()),
        version: 1,
        created_at: made,
        updated_at: made,
    }
}

fn sent(status: DeliveryStatus) -> Delivery {
    let made = at("2026-11-24T14:20:00Z");
    let waiting = status == DeliveryStatus::Waiting;
    Delivery {
        id: DeliveryId::new(made, &OsRandom),
        endpoint_id: EndpointId::new(made, &OsRandom),
        event_id: EventId::new(made, &OsRandom),
        event_type: EventKind::ConnectionReauthorizationRequired,
        status,
        round_tries: 1,
        round_first_at: Some(made),
        tries: 2,
        next_try_at: waiting.then(|| at("2026-11-24T15:00:00Z")),
        last_outcome: Some("It answered 500 instead of 2xx.".into()),
        created_at: made,
        finished_at: (!waiting).then_some(made),
    }
}

fn settings() -> WebhookSettings {
    WebhookSettings {
        timeout: Duration::from_secs(15),
        schedule: [0, 5, 300, 1800].map(Duration::from_secs).into(),
        concurrency: 64,
        concurrency_per_endpoint: 4,
        secret_overlap: Duration::from_secs(86_400),
        retention: Duration::from_secs(86_400),
    }
}

fn summary(endpoint: Endpoint) -> EndpointSummary {
    EndpointSummary { endpoint, tries: 32, tries_ok: 31, waiting: 1, next_try_at: Some(at("2026-11-24T15:00:00Z")) }
}

#[test]
fn the_list_says_who_is_told_and_whether_it_arrives() {
    let list = ListState::read("/webhooks", "");
    let failing = Endpoint { failing_since: Some(at("2026-11-24T12:00:00Z")), ..receiver() };
    let found = Page { items: vec![summary(receiver()), summary(failing)], next_cursor: None };
    let html = look("webhooks", &list::page(Shell::sample(Nav::Webhooks), &list, &found, true));
    assert!(html.contains("erp-sync.example/junctionbox") && html.contains("Failing"), "{html}");
    assert!(!html.contains("s3cret") && html.contains("96.8\u{a0}%"), "{html}");
    let none = Page { items: Vec::new(), next_cursor: None };
    let html = look("webhooks-none", &list::page(Shell::sample(Nav::Webhooks), &list, &none, true));
    assert!(html.contains("Nobody is told yet"));
}

#[test]
fn a_receivers_page_says_what_to_do() {
    let list = ListState::read("/webhooks/whe_x", "");
    let since = at("2026-11-21T12:00:00Z");
    for (reason, words) in [
        (None, ""),
        (Some(DisabledReason::Operator), "Somebody switched it off"),
        (Some(DisabledReason::Gone), "It answered 410"),
        (Some(DisabledReason::Failing), "without one success"),
    ] {
        let endpoint = Endpoint { disabled: reason.map(|reason| (since, reason)), ..receiver() };
        let found = Page {
            items: [DeliveryStatus::Waiting, DeliveryStatus::Delivered, DeliveryStatus::Failed].map(sent).into(),
            next_cursor: Some("abc".into()),
        };
        let summary = summary(endpoint);
        let facts = endpoint::Facts {
            summary: &summary,
            deliveries: &found,
            counts: &[(DeliveryStatus::Waiting, 1), (DeliveryStatus::Failed, 2)],
            settings: &settings(),
            may_change: true,
        };
        let html = look("webhooks-one", &endpoint::page(Shell::sample(Nav::Webhooks), &list, &facts));
        assert!(html.contains(words) && html.contains("4 over 35\u{a0}min"), "{html}");
        assert_eq!(html.contains("Switch it on"), reason.is_some());
    }
}

#[test]
fn a_delivery_shows_body_and_answer() {
    let tried = |number: u32, status: Option<u16>| Try {
        number,
        at: at("2026-11-24T14:20:00Z"),
        ok: false,
        cause: Cause::Schedule,
        status,
        fault: Some("It answered 500 instead of 2xx.".into()),
        record: TryRecord {
            request_headers: vec![("webhook-id".into(), "evt_x".into())],
            peer: Some("203.0.113.7:443".into()),
            headers: vec![("content-type".into(), "text/html".into())],
            body: Some("<h1>Oops</h1>".into()),
            truncated: true,
            timing: TryTiming { connect_ms: Some(11), total_ms: 1140, ..TryTiming::default() },
        },
    };
    let found = DeliveryDetail {
        delivery: sent(DeliveryStatus::Waiting),
        endpoint: receiver(),
        body: Some("{\n  \"type\": \"connection.recovered\"\n}".into()),
        tries: vec![tried(1, None), tried(2, Some(500))],
    };
    let html = look("webhooks-delivery", &delivery::page(Shell::sample(Nav::Webhooks), &found, true));
    assert!(html.contains("HTTP 500") && html.contains("&#60;h1&#62;Oops"), "{html}");
    assert!(html.contains("connection 11\u{a0}ms, 1\u{a0}140\u{a0}ms in all") && html.contains("Send it now"));
}

#[test]
fn forms_and_questions() {
    let shell = || Shell::sample(Nav::Webhooks);
    let customers = [("cus_a".to_owned(), "Brauerei Hohenfels".to_owned())];
    let typed = Typed { url: "hook".into(), types: vec!["credits.low".into()], ..Typed::default() };
    let errors = FieldErrors::one("url", "This is no address.");
    let page = form_page(shell(), None, &typed, customers.into_iter(), false, errors, None);
    let html = look("webhooks-new", &page);
    assert!(html.contains("1 field needs a change.") && html.contains("value=\"credits.low\" checked"), "{html}");
    let secret = SecretPage {
        shell: shell(),
        address: "erp-sync.example".into(),
        path: "/webhooks/whe_x".into(),
        secret: "whsec_abc".into(),
        note: "Copy it.".into(),
    };
    assert!(look("webhooks-secret", &secret).contains("whsec_abc"));
    for deed in Deed::ALL {
        let page = question(shell(), deed, &receiver(), 2, Duration::from_secs(86_400));
        let html = look("webhooks-question", &page);
        assert!(html.contains("erp-sync.example/junctionbox") && !html.contains("s3cret"), "{html}");
    }
}
