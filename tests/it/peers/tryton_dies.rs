//! A key is cancelled and a password changed in a real Tryton: noticed, tried once more at most, reconnected; and another
//! database is not taken for the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Appliance, Tryton};

/// Tryton's entry asks for a minute between two checks; the rest is room for a busy machine.
const SOON: Duration = Duration::from_secs(90);

fn wish(appliance: &Appliance, tryton: &Tryton, auth: &Value) -> Value {
    appliance.wish("tryton", &tryton.url(), &json!({"database": Tryton::DATABASE}), auth)
}

fn key(key: &str) -> Value {
    json!({"scheme": "bearer", "token": key})
}

fn sign_in(password: &str) -> Value {
    json!({"scheme": "session_login", "username": "jbx", "password": password})
}

fn tryton() -> Tryton {
    let tryton = Tryton::start();
    tryton.change_password("jbx", "first-Passw0rd");
    tryton.add_party("Plant 1");
    tryton
}

#[test]
fn a_cancelled_key_is_noticed_and_replaced() {
    let tryton = tryton();
    let appliance = Appliance::start();
    let first = tryton.make_key("jbx");
    let id = appliance.connect(&wish(&appliance, &tryton, &key(&first)));
    let before = appliance.read(&format!("/connections/{id}"));
    assert_eq!(tryton.answered(401), 0);

    tryton.cancel_key(&first);
    let status = appliance.await_status(&id, "reauthorization_required", SOON);
    assert_eq!(status["reason"], "credentials_rejected", "{status}");
    let spent = tryton.answered(401);
    assert!((1..=2).contains(&spent), "{spent} requests with the cancelled key");
    appliance.check(&id);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(tryton.answered(401), spent, "the cancelled key was sent again");

    let second = tryton.make_key("jbx");
    let path = format!("/connections/{id}/credentials");
    let reconnected = appliance.done("PUT", &path, &json!({"auth": key(&second)}));
    assert_eq!(reconnected["id"], before["id"]);
    assert_eq!(reconnected["status"], "active", "{reconnected}");
    assert_eq!(reconnected["credits"], before["credits"]);
    assert!(appliance.transitions(&id).len() >= 2);
}

#[test]
fn a_changed_password_is_noticed_and_never_locks_the_user() {
    let tryton = tryton();
    let appliance = Appliance::patient();
    let id = appliance.connect(&wish(&appliance, &tryton, &sign_in("first-Passw0rd")));
    assert_eq!(tryton.refused("jbx"), 0);

    // Tryton ends the sessions of a user whose password is changed, so the next check must sign in again.
    tryton.change_password("jbx", "second-Passw0rd");
    let check = appliance.check(&id);
    if check["status"] != "reauthorization_required" {
        appliance.await_status(&id, "reauthorization_required", SOON);
    }
    let spent = tryton.refused("jbx");
    assert!((1..=2).contains(&spent), "{spent} sign-ins with the refused password");
    appliance.check(&id);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(tryton.refused("jbx"), spent, "the refused password was sent again");
    assert_eq!(tryton.answered(429), 0, "the user is locked");

    let path = format!("/connections/{id}/credentials");
    let reconnected = appliance.done("PUT", &path, &json!({"auth": sign_in("second-Passw0rd")}));
    assert_eq!(reconnected["status"], "active", "{reconnected}");
    assert_eq!(appliance.check(&id)["status"], "active");
}

#[test]
fn an_idle_session_is_renewed_and_no_dead_password() {
    let mut tryton = tryton();
    let appliance = Appliance::start();
    let id = appliance.connect(&wish(&appliance, &tryton, &sign_in("first-Passw0rd")));
    // The same password given again ends all sessions, and nothing else.
    tryton.change_password("jbx", "first-Passw0rd");
    assert_eq!(appliance.check(&id)["status"], "active");
    tryton.stop();
    let check = appliance.check(&id);
    assert_ne!(check["status"], "reauthorization_required", "{check}");
    tryton.start_again();
    assert_eq!(tryton.refused("jbx"), 0);
}

/// One server, two databases, one user in both: the second is another installation, and only an operator says that it is meant.
#[test]
fn another_database_is_another_installation() {
    let mut tryton = tryton();
    tryton.copy_database("twin");
    let appliance = Appliance::patient();
    let id = appliance.connect(&wish(&appliance, &tryton, &sign_in("first-Passw0rd")));
    let path = format!("/connections/{id}/credentials");
    tryton.change_password("jbx", "second-Passw0rd");
    let at = |database: &str| json!({"auth": sign_in("first-Passw0rd"), "parameters": {"database": database}});
    // It answers the sign-in to an empty database with 200, and without a session.
    tryton.make_empty_database("empty");
    let unknown = appliance.call("PUT", &path, Some(&at("empty")));
    let problem = unknown.json();
    assert_eq!((unknown.status, &problem["code"]), (422, &json!("verification_failed")), "{problem}");
    assert_eq!(problem["reason"], "unexpected_response", "{problem}");

    let twin = at("twin");
    let refused = appliance.call("PUT", &path, Some(&twin));
    let problem = refused.json();
    assert_eq!((refused.status, &problem["reason"]), (422, &json!("identity_changed")), "{problem}");
    let kept = appliance.read(&format!("/connections/{id}"));
    assert_eq!(kept["parameters"]["database"], Tryton::DATABASE, "nothing was stored: {kept}");

    let allowed = json!({
        "auth": sign_in("first-Passw0rd"), "parameters": {"database": "twin"}, "allow_identity_change": true,
    });
    let moved = appliance.done("PUT", &path, &allowed);
    assert_eq!((&moved["status"], &moved["parameters"]["database"]), (&json!("active"), &json!("twin")), "{moved}");
    let back = json!({"auth": sign_in("second-Passw0rd"), "parameters": {"database": Tryton::DATABASE}});
    assert_eq!(appliance.call("PUT", &path, Some(&back)).status, 422, "from now on the twin is the known one");
    assert_eq!(tryton.refused("jbx"), 0);
}
