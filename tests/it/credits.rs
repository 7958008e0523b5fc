//! Credits through the API: what a connection costs, what comes back, and the race for the last one.

use serde_json::{Value, json};

use crate::peers::Appliance;

fn pending(appliance: &Appliance, system: &str, hosting: &str) -> Value {
    json!({
        "customer_id": appliance.customer(), "system": system, "hosting": hosting, "verify": false,
        "base_url": "http://127.0.0.1:9", "auth": {"scheme": "basic", "username": "jbx", "password": "s3cret-enough"},
    })
}

fn make(appliance: &Appliance, wish: &Value) -> Value {
    appliance.done("POST", "/connections", wish)
}

#[test]
fn fifteen_in_use_and_seven_after_the_disconnect() {
    let appliance = Appliance::start();
    let cloud_s4 = make(&appliance, &pending(&appliance, "sap-s4hana", "cloud"));
    let own_ecc = make(&appliance, &pending(&appliance, "sap-ecc", "on_premises"));
    let mut cmms = pending(&appliance, "maintainx", "cloud");
    cmms["auth"] = json!({"scheme": "bearer", "token": "t0ken-enough"});
    let cmms = make(&appliance, &cmms);
    let mut erp = pending(&appliance, "tryton", "cloud");
    erp["auth"] = json!({"scheme": "bearer", "token": "t0ken-enough"});
    erp["parameters"] = json!({"database": "plant"});
    let erp = make(&appliance, &erp);
    let costs: Vec<&Value> = [&cloud_s4, &own_ecc, &cmms, &erp].iter().map(|made| &made["credits"]).collect();
    assert_eq!(costs, [4, 8, 1, 2], "{cloud_s4} {own_ecc} {cmms} {erp}");
    let credits = appliance.read("/credits");
    assert_eq!(credits["in_use"], 15, "{credits}");
    assert_eq!(credits["available"], 985, "{credits}");

    let id = own_ecc["id"].as_str().expect("an id");
    appliance.done("POST", &format!("/connections/{id}/disconnect"), &Value::Null);
    let credits = appliance.read("/credits");
    assert_eq!(credits["in_use"], 7, "{credits}");
    assert_eq!(appliance.read(&format!("/connections/{id}"))["status"], "disconnected");
    appliance.run(&["credits", "verify"]);
}

#[test]
fn two_that_race_for_the_last_credit() {
    let appliance = Appliance::with("[egress]\nallow = [\"127.0.0.0/8\"]\n[credits]\npolicy = \"refuse\"\n");
    for round in 1..=10 {
        appliance.done("POST", "/credits/grants", &json!({"amount": 1, "note": "one for two"}));
        let mut wish = pending(&appliance, "generic-rest", "cloud");
        wish["auth"] = json!({"scheme": "none"});
        let answers: Vec<_> = std::thread::scope(|scope| {
            let racers = [(); 4].map(|()| scope.spawn(|| appliance.call("POST", "/connections", Some(&wish))));
            racers.into_iter().map(|racer| racer.join().expect("an answer")).collect()
        });
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(won, 1, "round {round}: {answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(answer.status, 402, "{answer:?}");
            assert_eq!(answer.json()["code"], "credits_exhausted", "{answer:?}");
        }
        assert_eq!(appliance.read("/credits")["available"], 0);
    }
    appliance.run(&["credits", "verify"]);
}

#[test]
fn by_default_a_connection_without_credits_is_kept_inactive() {
    let appliance = Appliance::with("[egress]\nallow = [\"127.0.0.0/8\"]\n");
    let mut wish = pending(&appliance, "generic-rest", "cloud");
    wish["auth"] = json!({"scheme": "none"});
    let made = make(&appliance, &wish);
    assert_eq!(made["status"], "inactive", "{made}");
    assert_eq!(made["reason"], "credits_exhausted", "{made}");
    let id = made["id"].as_str().expect("an id");
    let proxied = appliance.call("GET", &format!("/connections/{id}/proxy/x"), None);
    assert_eq!(proxied.status, 402, "{proxied:?}");
    assert_eq!(proxied.json()["code"], "connection_inactive", "{proxied:?}");
    let refused = appliance.call("POST", &format!("/connections/{id}/activate"), None);
    assert_eq!(refused.status, 402, "{refused:?}");
    appliance.done("POST", "/credits/grants", &json!({"amount": 1, "note": "now"}));
    appliance.done("POST", &format!("/connections/{id}/activate"), &Value::Null);
    assert_eq!(appliance.read("/credits")["in_use"], 1);
}
