//! A real system behind a front that fails in every way: each gets the contract's status and reason, and nothing but
//! a sign-in page or a refusal leads to a reconnect.

use std::time::Duration;

use serde_json::json;

use super::{Appliance, Cap, Fault, Front};

const SOON: Duration = Duration::from_secs(30);

struct Plant {
    sap: Cap,
    front: Front,
    appliance: Appliance,
    id: String,
}

fn plant() -> Plant {
    let sap = Cap::start();
    let front = Front::before(&sap.authority());
    let appliance = Appliance::start();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": Cap::PASSWORD});
    let base_url = format!("{}/odata/v4/maintenance", front.url());
    let id = appliance.connect(&appliance.wish("generic-odata", &base_url, &json!({}), &auth));
    Plant { sap, front, appliance, id }
}

impl Plant {
    /// The fault, what it must lead to, and the way back.
    fn meets(&self, fault: Fault, status: &str, reason: &str) {
        self.front.fail(fault);
        let now = self.appliance.await_status(&self.id, status, SOON);
        assert_eq!(now["reason"], reason, "{fault:?}: {now}");
        assert_eq!(now["reauthorization_required"], false, "{fault:?}: {now}");
        self.front.pass();
        self.appliance.await_status(&self.id, "active", SOON);
    }
}

#[test]
fn answers_that_are_no_refusal() {
    let plant = plant();
    plant.meets(Fault::Status(503), "unreachable", "server_error");
    plant.meets(Fault::Status(500), "unreachable", "server_error");
    plant.meets(Fault::Status(429), "degraded", "rate_limited");
    plant.meets(Fault::Status(403), "degraded", "permission_reduced");
    plant.meets(Fault::Status(404), "degraded", "unexpected_response");
    plant.meets(Fault::Page, "degraded", "unexpected_response");
    assert_eq!(plant.sap.refused("jbx"), 0);
}

#[test]
fn no_answer_is_no_refusal() {
    let plant = plant();
    plant.meets(Fault::Reset, "unreachable", "connection_reset");
    plant.meets(Fault::Close, "unreachable", "connection_reset");
    plant.meets(Fault::Hang, "unreachable", "response_timeout");
    assert_eq!(plant.sap.refused("jbx"), 0);
}

#[test]
fn a_system_that_stops_or_freezes_is_unreachable() {
    let mut sap = Cap::start();
    let appliance = Appliance::start();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": Cap::PASSWORD});
    let base_url = format!("{}/odata/v4/maintenance", sap.url());
    let id = appliance.connect(&appliance.wish("generic-odata", &base_url, &json!({}), &auth));

    sap.stop();
    let now = appliance.await_status(&id, "unreachable", SOON);
    assert_eq!(now["reason"], "connection_refused", "{now}");
    let proxied = appliance.call("GET", &format!("/connections/{id}/proxy/Equipment"), None);
    let proxied = if proxied.status == 503 {
        proxied
    } else {
        appliance.call("GET", &format!("/connections/{id}/proxy/Equipment"), None)
    };
    assert_eq!(proxied.status, 503, "after the one trial request: {proxied:?}");
    assert_eq!(proxied.json()["code"], "connection_unreachable");
    assert!(proxied.header("retry-after").is_some(), "{proxied:?}");

    sap.start_again();
    appliance.await_status(&id, "active", SOON);
    sap.freeze();
    let now = appliance.await_status(&id, "unreachable", SOON);
    assert_eq!(now["reason"], "response_timeout", "{now}");
    sap.thaw();
    appliance.await_status(&id, "active", SOON);
    assert_eq!(sap.refused("jbx"), 0);
}

#[test]
fn a_sign_in_page_asks_for_a_reconnect() {
    for fault in [Fault::SignInPage, Fault::Redirect] {
        let plant = plant();
        plant.front.fail(fault);
        let now = plant.appliance.await_status(&plant.id, "reauthorization_required", SOON);
        assert_eq!(now["reason"], "login_page", "{fault:?}: {now}");
        let met = plant.front.met(fault);
        assert!((1..=2).contains(&met), "{fault:?} was met {met} times");
    }
}
