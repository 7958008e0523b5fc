//! The password of an SAP user is changed in a real SAP runtime: it is noticed within one interval, the refused
//! password is tried once more at most and then never again, and a reconnect brings the same connection back.

use std::time::Duration;

use serde_json::{Value, json};

use super::appliance::text;
use super::{Appliance, Cap};

fn basic(user: &str, password: &str) -> Value {
    json!({"scheme": "basic", "username": user, "password": password})
}

/// Enough for several further checks.
const LATER: Duration = Duration::from_secs(8);

fn odata(appliance: &Appliance, sap: &Cap, path: &str, password: &str) -> Value {
    appliance.wish("generic-odata", &format!("{}{path}", sap.url()), &json!({}), &basic("jbx", password))
}

#[test]
fn a_dead_password_is_noticed_tried_once_more_and_never_again() {
    let mut sap = Cap::start();
    let mut appliance = Appliance::start();
    let first = appliance.connect(&odata(&appliance, &sap, "/odata/v4/maintenance", Cap::PASSWORD));
    let second = appliance.connect(&odata(&appliance, &sap, "/odata/v2/maintenance", Cap::PASSWORD));
    let before = appliance.read(&format!("/connections/{first}"));
    assert_eq!(sap.refused("jbx"), 0);

    sap.change_password("jbx", "second-Passw0rd");
    for id in [&first, &second] {
        let status = appliance.await_status(id, "reauthorization_required", Cap::SOON);
        assert_eq!(status["reason"], "credentials_rejected", "{status}");
        assert_eq!(status["reauthorization_required"], true, "{status}");
        assert_eq!(status["fault_scope"], "connection", "{status}");
        assert!(status["reconnect_url"].is_string(), "{status}");
        assert!(status["episode_id"].is_string(), "{status}");
    }
    let spent = sap.refused("jbx");
    assert!((1..=2).contains(&spent), "{spent} attempts with the refused password, over both connections");

    decision_is_readable(&appliance, &first, &second);
    nothing_sends_it_again(&mut appliance, &sap, &first, spent);

    let path = format!("/connections/{first}/credentials");
    let reconnected = appliance.done("PUT", &path, &json!({"auth": basic("jbx", "second-Passw0rd")}));
    assert_eq!(reconnected["id"], before["id"]);
    assert_eq!(reconnected["status"], "active", "{reconnected}");
    assert_eq!(reconnected["credits"], before["credits"]);
    assert_eq!(reconnected["created_at"], before["created_at"]);
    assert_eq!(sap.refused("jbx"), spent);
    let history = appliance.transitions(&first);
    assert!(history.len() >= 2, "the history before the reconnect is gone: {history:?}");
    assert_eq!(
        appliance.status(&second)["status"],
        "reauthorization_required",
        "its own password is still the old one"
    );
}

/// Whichever was looked at first found out, and its record says what was asked, what came, which rule decided, and holds no
/// password; the other's names the finder.
fn decision_is_readable(appliance: &Appliance, first: &str, second: &str) {
    let refusal = |id: &str| {
        let transitions = appliance.transitions(id);
        let found = transitions.iter().find(|record| record["after"]["status"] == "reauthorization_required");
        found.unwrap_or_else(|| panic!("no record of it in {transitions:?}")).clone()
    };
    let (one, other) = (refusal(first), refusal(second));
    let (record, told, finder) =
        if one["source"] == "shared_secret" { (&other, &one, second) } else { (&one, &other, first) };
    assert_eq!(told["source"], "shared_secret", "one of the two finds out: {one} {other}");
    assert_eq!(told["record"]["shared_with"], finder, "{told}");
    assert_eq!(record["record"]["request"]["method"], "GET", "{record}");
    assert_eq!(record["record"]["response"]["status"], 401, "{record}");
    assert_eq!(record["rule"], 7, "{record}");
    let words = record.to_string();
    assert!(!words.contains(Cap::PASSWORD), "{words}");
    assert!(!words.contains("amJ4O"), "the Authorization header stands in it: {words}");
}

/// Not by the schedule, by hand, through the proxy, by a new connection, nor after a restart.
fn nothing_sends_it_again(appliance: &mut Appliance, sap: &Cap, id: &str, spent: usize) {
    std::thread::sleep(LATER);
    assert_eq!(sap.refused("jbx"), spent, "the schedule went on with the refused password");

    let check = appliance.check(id);
    assert_eq!(check["status"], "reauthorization_required", "{check}");
    let proxied = appliance.call("GET", &format!("/connections/{id}/proxy/Equipment"), None);
    assert_eq!(proxied.status, 424, "{proxied:?}");
    let problem = proxied.json();
    assert_eq!(problem["code"], "reauthorization_required", "{problem}");
    assert_eq!(problem["connection_id"], id, "{problem}");
    let again =
        appliance.call("POST", "/connections", Some(&odata(appliance, sap, "/odata/v4/maintenance", Cap::PASSWORD)));
    assert_eq!(again.status, 422, "{again:?}");
    assert_eq!(again.json()["code"], "verification_failed", "{again:?}");
    assert_eq!(sap.refused("jbx"), spent, "a check by hand, the proxy or a connect form sent the refused password");

    appliance.stop();
    appliance.start_again();
    std::thread::sleep(LATER);
    assert_eq!(appliance.status(id)["status"], "reauthorization_required");
    assert_eq!(sap.refused("jbx"), spent, "the restart forgot the spent attempt");
}

#[test]
fn a_wrong_password_at_connect_is_one_attempt_and_stores_nothing() {
    let sap = Cap::start();
    let appliance = Appliance::start();
    let refused =
        appliance.call("POST", "/connections", Some(&odata(&appliance, &sap, "/odata/v4/maintenance", "not-it")));
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(refused.json()["code"], "verification_failed");
    assert_eq!(refused.json()["reason"], "credentials_rejected");
    assert_eq!(sap.refused("jbx"), 1);
    assert_eq!(appliance.read("/connections")["data"], json!([]));
    assert_eq!(appliance.read("/credits")["in_use"], 0);

    // The same again is not sent; another one is, once; then a quarter of an hour passes.
    let guess = |password: &str| {
        appliance.call("POST", "/connections", Some(&odata(&appliance, &sap, "/odata/v4/maintenance", password)))
    };
    assert_eq!(guess("not-it").status, 422);
    let spent = sap.refused("jbx");
    assert!(spent <= 2, "{spent} attempts with one password");
    assert_eq!(guess("nor-this").status, 422);
    let third = guess("and-not-this");
    assert_eq!(third.status, 429, "a third guess within 15 minutes: {third:?}");
    assert!(third.header("retry-after").is_some(), "{third:?}");
    assert!(sap.refused("jbx") <= spent + 1, "{} attempts", sap.refused("jbx"));
}

#[test]
fn a_refused_reconnect_leaves_the_good_password_in_place() {
    let sap = Cap::start();
    let appliance = Appliance::start();
    let id = appliance.connect(&odata(&appliance, &sap, "/odata/v4/maintenance", Cap::PASSWORD));
    let path = format!("/connections/{id}/credentials");
    let refused = appliance.call("PUT", &path, Some(&json!({"auth": basic("jbx", "not-it")})));
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(sap.refused("jbx"), 1);
    assert_eq!(appliance.check(&id)["status"], "active");
    assert_eq!(sap.refused("jbx"), 1);
}

#[test]
fn a_missing_role_is_no_reconnect() {
    let sap = Cap::start();
    let appliance = Appliance::start();
    let wish = json!({"auth": basic("reader", Cap::PASSWORD), "verify": false});
    let mut body =
        appliance.wish("generic-odata", &format!("{}/odata/v4/restricted", sap.url()), &json!({}), &wish["auth"]);
    body["verify"] = json!(false);
    let id = text(&appliance.done("POST", "/connections", &body), "id");
    let check = appliance.check(&id);
    assert_eq!(check["decision"]["rule"], 8, "{check}");
    assert_eq!(check["reauthorization_required"], false, "{check}");
    assert_ne!(check["status"], "active", "{check}");
    assert_eq!(sap.refused("reader"), 0);
}

#[test]
fn a_write_through_the_proxy_fetches_saps_token() {
    let sap = Cap::start();
    let appliance = Appliance::start();
    let id = appliance.connect(&appliance.wish(
        "sap-ecc",
        &sap.url(),
        &json!({"sap-client": "100"}),
        &basic("jbx", Cap::PASSWORD),
    ));
    let proxy = format!("/connections/{id}/proxy/sap/opu/odata/sap/maintenance");
    let read = appliance.call("GET", &format!("{proxy}/Equipment?$format=json"), None);
    assert_eq!(read.status, 200, "{read:?}");
    assert!(read.body.contains("PUMP-001"), "{read:?}");
    assert_eq!(read.header("junctionbox-upstream"), Some("true"), "{read:?}");
    let order = json!({"shortText": "Bearing is loud"});
    let written = appliance.call("POST", &format!("{proxy}/WorkOrders"), Some(&order));
    assert_eq!(written.status, 201, "{written:?}");
    assert_eq!(sap.refused("jbx"), 0);
}
