//! Acknowledgements and maintenance windows: what stops, what waits, what goes on.

use junctionbox::access::Principal;
use junctionbox::base::{Reason, Status, Timestamp};
use junctionbox::notifications::{NewWindow, WindowScope};
use serde_json::json;

use super::{CONTACT, DAY, HOUR, OPERATOR, Plant, tell_of};

fn window(scope: WindowScope, start: &str, end: &str) -> NewWindow {
    let at = |text: &str| Timestamp::parse(text).expect("a time");
    NewWindow { scope, starts_at: at(start), ends_at: at(end), weekly: false, note: "release".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_stops_reminders_until_the_episode_ends() {
    let plant = Plant::start().await;
    plant.operator(tell_of(&[Status::ReauthorizationRequired])).await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    plant.mail.wait_for(OPERATOR, 1).await;
    plant.mail.wait_for(CONTACT, 1).await;
    let connection = id.parse().expect("an id");
    let notifications = &plant.app.app().notifications;
    let done = notifications.acknowledge(&Principal::cli(), connection, "called them", false).await.expect("done");
    assert_eq!((done.by.as_str(), done.note.as_str()), ("command line", "called them"));
    plant.pass(8 * DAY).await;
    assert_eq!(plant.mail.to(OPERATOR).len(), 1);
    assert_eq!(plant.mail.to(CONTACT).len(), 1);
    // The end is told; the next episode is told anew.
    plant.reconnect(&id).await;
    plant.pass(10).await;
    plant.mail.wait_for(OPERATOR, 2).await;
    plant.mail.wait_for(CONTACT, 2).await;
    assert!(
        notifications.acknowledge(&Principal::cli(), connection, "", false).await.is_err(),
        "nothing is the matter"
    );
    plant.system.behave(crate::fake::Behaviour::basic("jbx", "a third"));
    plant.app.post(&format!("/api/v1/connections/{id}/check"), json!(null)).await.expect(200);
    plant.pass(HOUR).await;
    plant.mail.wait_for(OPERATOR, 3).await;
    plant.mail.wait_for(CONTACT, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_goes_on_being_reminded_where_that_is_wished() {
    let plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    plant.refuse(&id).await;
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 1).await;
    let notifications = &plant.app.app().notifications;
    notifications.acknowledge(&Principal::cli(), id.parse().expect("an id"), "", true).await.expect("done");
    plant.pass(DAY).await;
    plant.mail.wait_for(CONTACT, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_holds_mails_and_after_it_what_still_stands_is_told() {
    let plant = Plant::start().await;
    plant.operator(tell_of(&[Status::ReauthorizationRequired])).await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    let scope = WindowScope::Customer(customer.parse().expect("an id"));
    let notifications = &plant.app.app().notifications;
    let new = window(scope, "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z");
    notifications.add_window(&Principal::cli(), new).await.expect("a window");
    plant.refuse(&id).await;
    // The truth is told by status and events all the same.
    let events = plant.app.get("/api/v1/events?type=connection.reauthorization_required").await.expect(200);
    assert_eq!(events["data"].as_array().map(Vec::len), Some(1), "{events}");
    plant.pass(3 * HOUR).await;
    assert_eq!(plant.mail.arrived().len(), 0);
    plant.pass(HOUR).await;
    plant.mail.wait_for(CONTACT, 1).await;
    plant.mail.wait_for(OPERATOR, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_within_a_window_is_never_told() {
    let plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    let host = plant.system.url();
    let scope = WindowScope::parse("host", &host).expect("a host");
    let notifications = &plant.app.app().notifications;
    let new = window(scope, "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z");
    notifications.add_window(&Principal::cli(), new).await.expect("a window");
    plant.refuse(&id).await;
    plant.pass(HOUR).await;
    plant.reconnect(&id).await;
    plant.pass(DAY).await;
    assert_eq!(plant.mail.arrived().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_ends_before_its_time_lets_go_at_once() {
    let plant = Plant::start().await;
    let customer = plant.customer("en", CONTACT).await;
    let id = plant.connect(&customer, "ECC Plant 2").await;
    let notifications = &plant.app.app().notifications;
    let scope = WindowScope::Connection(id.parse().expect("an id"));
    let new = window(scope, "2026-11-24T08:00:00Z", "2026-11-25T12:00:00Z");
    let made = notifications.add_window(&Principal::cli(), new).await.expect("a window");
    plant.refuse(&id).await;
    plant.pass(HOUR).await;
    assert_eq!(plant.mail.arrived().len(), 0);
    notifications.end_window(&Principal::cli(), made.id).await.expect("ended");
    plant.pass(10).await;
    plant.mail.wait_for(CONTACT, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_appliances_own_alarms_wait_in_a_window_of_its_own() {
    let plant = Plant::start().await;
    plant.operator(|_| {}).await;
    let (notifications, connections) = (&plant.app.app().notifications, &plant.app.app().connections);
    let new = window(WindowScope::Instance, "2026-11-24T08:00:00Z", "2026-11-24T12:00:00Z");
    notifications.add_window(&Principal::cli(), new).await.expect("a window");
    connections.raise_instance_alarm(Reason::NetworkSuspect, "Many hosts failed.").await.expect("raised");
    connections.raise_instance_alarm(Reason::ClockSkew, "The clock is off.").await.expect("raised");
    plant.pass(HOUR).await;
    connections.lift_instance_alarm(Reason::NetworkSuspect).await.expect("lifted");
    assert_eq!(plant.mail.arrived().len(), 0);
    plant.pass(3 * HOUR).await;
    let mail = plant.mail.wait_for(OPERATOR, 1).await.remove(0);
    assert!(mail.text().contains("The clock is off."), "{}", mail.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn times_that_make_no_window_are_refused() {
    let plant = Plant::start().await;
    let notifications = &plant.app.app().notifications;
    let wrong = [
        window(WindowScope::Instance, "2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z"),
        window(WindowScope::Instance, "2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z"),
        window(WindowScope::Instance, "2026-11-24T12:00:00Z", "2028-11-24T12:00:00Z"),
        NewWindow { weekly: true, ..window(WindowScope::Instance, "2026-11-24T12:00:00Z", "2026-12-24T12:00:00Z") },
        NewWindow {
            note: "x".repeat(501),
            ..window(WindowScope::Instance, "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z")
        },
        window(
            WindowScope::parse("connection", "con_01jd8w4k3fsv9e2m7tq0zr6hxa").expect("an id"),
            "2026-11-24T12:00:00Z",
            "2026-11-24T13:00:00Z",
        ),
    ];
    for new in wrong {
        let shown = format!("{new:?}");
        assert!(notifications.add_window(&Principal::cli(), new).await.is_err(), "{shown}");
    }
}
