//! The fixtures themselves: the systems count what they refuse, keep their port over a restart, and the front does what
//! it is told. What they answer in detail is looked at by `tests/peers/selftest`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::wire::ask;
use super::{Cap, Fault, Front, Tryton};

fn get(url: &str, path: &str, authorization: &str) -> u16 {
    let authority = url.trim_start_matches("http://");
    ask(authority, "GET", path, &[("Authorization", authorization)], None).status
}

fn basic(password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("jbx:{password}")))
}

#[test]
fn sap_counts_what_it_refuses_over_a_restart() {
    let mut sap = Cap::start();
    let path = "/odata/v4/maintenance/Equipment";
    assert_eq!(get(&sap.url(), path, &basic(Cap::PASSWORD)), 200);
    assert_eq!(sap.refused("jbx"), 0);
    sap.change_password("jbx", "another-Passw0rd");
    assert_eq!(get(&sap.url(), path, &basic(Cap::PASSWORD)), 401);
    assert_eq!(get(&sap.url(), path, &basic("another-Passw0rd")), 200);
    assert_eq!(sap.refused("jbx"), 1);
}

#[test]
fn the_front_fails_as_it_is_told() {
    let sap = Cap::start();
    let front = Front::before(&sap.authority());
    let path = "/odata/v4/maintenance/Equipment";
    assert_eq!(get(&front.url(), path, &basic(Cap::PASSWORD)), 200);
    for status in [500, 503, 429, 401, 403, 404] {
        front.fail(Fault::Status(status));
        assert_eq!(get(&front.url(), path, &basic(Cap::PASSWORD)), status);
        assert_eq!(front.met(Fault::Status(status)), 1);
    }
    front.fail(Fault::SignInPage);
    assert_eq!(get(&front.url(), path, &basic(Cap::PASSWORD)), 200);
    front.pass();
    assert_eq!(get(&front.url(), path, &basic("wrong")), 401);
    assert_eq!(sap.refused("jbx"), 1);
}

#[test]
fn tryton_counts_what_it_refuses() {
    let tryton = Tryton::start();
    tryton.change_password("jbx", "first-Passw0rd");
    let authority = tryton.url().trim_start_matches("http://").to_owned();
    let sign_in = |password: &str| {
        let body = json!({"id": 1, "method": "common.db.login", "params": ["jbx", {"password": password}, "en"]});
        ask(&authority, "POST", "/plant/rpc/", &[], Some(&body)).status
    };
    assert_eq!(sign_in("first-Passw0rd"), 200);
    tryton.change_password("jbx", "second-Passw0rd");
    assert_eq!(sign_in("first-Passw0rd"), 401);
    assert_eq!(tryton.refused("jbx"), 1);

    let key = tryton.make_key("jbx");
    let path = "/plant/rest/model/party.party?s=1";
    assert_eq!(get(&tryton.url(), path, &format!("Bearer {key}")), 200);
    tryton.cancel_key(&key);
    let refused = tryton.answered(401);
    assert_eq!(get(&tryton.url(), path, &format!("Bearer {key}")), 401);
    assert_eq!(tryton.answered(401), refused + 1);
}
