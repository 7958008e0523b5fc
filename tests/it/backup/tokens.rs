//! A restored copy and the tokens of the appliance that it came from: as long as that one may be alive, nothing renews,
//! replaces or revokes them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{back_up, kit, restore};
use crate::peers::{Appliance, Bench, Surfer};

#[test]
fn a_copy_that_stands_by_leaves_the_tokens_of_the_old_one_alone() {
    let mut bench = Bench::of(Appliance::start(), Duration::from_secs(2));
    let id = bench.connect();
    let (kit, backup) = (kit(&bench.appliance), back_up(&bench.appliance));
    let mut copy = Appliance::another_machine(&bench.appliance);
    let (code, text) = restore(&copy, &backup, &kit);
    assert_eq!(code, 0, "{text}");
    copy.start_again();
    // The access token is over: whoever asks now would have to renew it.
    std::thread::sleep(Duration::from_millis(2_300));
    let before = bench.oidc.log().len();
    let busy = |method: &str, path: &str| {
        let refused = copy.call(method, path, None);
        assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("busy")), "{path}: {refused:?}");
    };
    busy("POST", &format!("/connections/{id}/check"));
    busy("GET", &format!("/connections/{id}/proxy/api/orders"));
    // Nobody is sent to the provider: a consent given here would end the one that the old appliance lives on.
    let made = copy.done("POST", &format!("/connections/{id}/links"), &json!({"purpose": "reconnect"}));
    let link = made["url"].as_str().expect("a link");
    let sent = Surfer::default().get(&format!("{link}/sign-in"));
    assert!(sent.header("location").is_none(), "{sent:?}");
    copy.done("POST", &format!("/connections/{id}/disconnect"), &Value::Null);
    std::thread::sleep(Duration::from_secs(1));
    let log = bench.oidc.log();
    assert_eq!(log.len(), before, "the provider was asked: {:#?}", &log[before..]);

    // The old one goes on with what it has.
    assert_eq!(bench.appliance.check(&id)["status"], "active");
    assert_eq!(bench.appliance.call("GET", &format!("/connections/{id}/proxy/api/orders"), None).status, 200);
    assert_eq!(bench.oidc.count(&json!({"event": "revoked"})), 0);
}
