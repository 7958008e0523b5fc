//! Bad input through the API: each gets the contract's code and a sentence, nothing is stored, nothing panics.

use serde_json::{Value, json};

use crate::peers::Appliance;

fn refused(appliance: &Appliance, method: &str, path: &str, body: &Value, status: u16, code: &str) -> Value {
    let answer = appliance.call(method, path, Some(body));
    assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{method} {path} {body}: {problem}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    assert_eq!(problem["status"], status, "{problem}");
    for field in ["type", "title", "detail", "request_id"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field} in {problem}");
    }
    assert_eq!(answer.header("x-request-id"), problem["request_id"].as_str(), "{answer:?}");
    problem
}

/// The fields that the list of errors names.
fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {problem}"));
    errors.iter().filter_map(|error| error["field"].as_str()).collect()
}

#[test]
fn customers_and_credits() {
    let appliance = Appliance::start();
    let long = "x".repeat(5000);
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": long}), "name"),
        (json!({}), "name"),
        (json!({"name": "A", "colour": "red"}), "colour"),
        (json!({"name": 7}), "name"),
        (json!({"name": "A", "contact_email": "nobody"}), "contact_email"),
        (json!({"name": "A", "credit_limit": -1}), "credit_limit"),
    ] {
        let problem = refused(&appliance, "POST", "/customers", &body, 422, "validation_failed");
        assert!(fields(&problem).contains(&field), "{body}: {problem}");
    }
    refused(&appliance, "POST", "/customers", &json!({"name": "A", "region": "mars"}), 421, "wrong_region");
    for amount in [json!(0), json!(-5), json!(1.5), json!("many"), json!(9_223_372_036_854_775_807_i64)] {
        refused(
            &appliance,
            "POST",
            "/credits/grants",
            &json!({"amount": amount, "note": "n"}),
            422,
            "validation_failed",
        );
    }
    assert_eq!(appliance.read("/credits")["granted"], 1000);

    for name in ["Brauerei Müller ☕🍺", "شركة الصيانة", "משה ובניו", "日本プラント", "a\u{0301}bc"]
    {
        let made = appliance.done("POST", "/customers", &json!({"name": name, "external_id": name}));
        assert_eq!(made["name"], name);
    }
    let twice = json!({"name": "again", "external_id": "日本プラント"});
    refused(&appliance, "POST", "/customers", &twice, 409, "conflict");
}

#[test]
fn connections() {
    let appliance = Appliance::start();
    let with = |field: &str, value: Value| {
        let mut wish = json!({
            "customer_id": appliance.customer(), "system": "generic-rest", "hosting": "cloud",
            "base_url": "http://127.0.0.1:9", "auth": {"scheme": "none"}, "verify": false,
        });
        wish[field] = value;
        wish
    };
    for (wish, field) in [
        (with("system", json!("no-such-system")), "system"),
        (with("hosting", json!("moon")), "hosting"),
        (with("base_url", json!("http://user:pass@127.0.0.1:9")), "base_url"),
        (with("base_url", json!("http://127.0.0.1:9/#top")), "base_url"),
        (with("base_url", json!("ftp://127.0.0.1")), "base_url"),
        (with("base_url", json!("not an address")), "base_url"),
        (with("auth", json!({"scheme": "magic"})), "auth.scheme"),
        (with("auth", json!({"scheme": "basic", "username": "jbx"})), "auth.password"),
        (with("auth", json!({"scheme": "none", "colour": "red"})), "auth.colour"),
        (with("parameters", json!({"colour": "red"})), "parameters.colour"),
        (with("name", json!("n".repeat(5000))), "name"),
        (with("check_interval_seconds", json!(-1)), "check_interval_seconds"),
        (with("colour", json!("red")), "colour"),
    ] {
        let problem = refused(&appliance, "POST", "/connections", &wish, 422, "validation_failed");
        assert!(fields(&problem).contains(&field), "{wish}: {problem}");
    }
    let nobodys = with("customer_id", json!("cus_00000000000000000000000000"));
    let answer = appliance.call("POST", "/connections", Some(&nobodys));
    assert!([404, 422].contains(&answer.status), "{answer:?}");
    assert_eq!(appliance.read("/connections")["data"], json!([]));
    assert_eq!(appliance.read("/credits")["in_use"], 0);
}

#[test]
fn the_form_of_a_request() {
    let appliance = Appliance::start();
    for word in ["customers", "systems", "connections", "audit"] {
        let path = format!("/{word}?cursor=nonsense");
        assert_eq!(appliance.call("GET", &path, None).status, 422, "{path}");
        for limit in ["0", "201", "-1", "many"] {
            let path = format!("/{word}?limit={limit}");
            assert_eq!(appliance.call("GET", &path, None).status, 422, "{path}");
        }
    }
    appliance.done("POST", "/customers", &json!({"name": "a second one"}));
    let page = appliance.read("/customers?limit=1");
    let cursor = page["next_cursor"].as_str().unwrap_or_else(|| panic!("no cursor in {page}"));
    assert_eq!(appliance.call("GET", &format!("/customers?limit=1&cursor={cursor}"), None).status, 200);
    let foreign = appliance.call("GET", &format!("/audit?cursor={cursor}"), None);
    assert_eq!(foreign.status, 422, "a cursor of another list: {foreign:?}");

    let wrong_type =
        appliance.call_with("POST", "/customers", &[("Content-Type", "text/plain")], &json!({"name": "A"}));
    assert_eq!((wrong_type.status, wrong_type.json()["code"].as_str()), (415, Some("unsupported_media_type")));
    let large = json!({"name": "A", "metadata": {"blob": "x".repeat(20_000_000)}});
    if let Some(answer) = appliance.try_call("POST", "/customers", Some(&large)) {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("payload_too_large")));
        assert!(answer.json()["instance"].is_string(), "the server's own refusals have the contract's form too");
    }
    let wrong_method = appliance.call("PUT", "/customers", Some(&json!({"name": "A"})));
    assert_eq!((wrong_method.status, wrong_method.json()["code"].as_str()), (405, Some("method_not_allowed")));
    let nowhere = appliance.call("GET", "/nowhere", None);
    assert_eq!((nowhere.status, nowhere.json()["code"].as_str()), (404, Some("not_found")));
    let unknown = appliance.call("GET", "/connections/con_00000000000000000000000000", None);
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (404, Some("not_found")));
}

#[test]
fn who_asks() {
    let appliance = Appliance::start();
    for headers in [&[][..], &[("Authorization", "Bearer jbx_nonsense")], &[("Authorization", "Basic eDp5")]] {
        let answer = appliance.stranger("GET", "/api/v1/customers", headers);
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.json()["code"], "unauthenticated", "{answer:?}");
    }
    let reader = appliance.run(&["api-key", "create", "--name", "reader", "--scope", "customers:read"]);
    let bearer = format!("Bearer {reader}");
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(appliance.stranger("GET", "/api/v1/customers", &headers).status, 200);
    let answer = appliance.stranger("GET", "/api/v1/connections", &headers);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("forbidden")), "{answer:?}");
    assert_eq!(appliance.stranger("GET", "/healthz", &[]).status, 200);
    assert_eq!(appliance.stranger("GET", "/readyz", &[]).status, 200);
}

#[test]
fn a_repeated_request_is_done_once() {
    let appliance = Appliance::start();
    let key = [("Idempotency-Key", "one-and-the-same")];
    let first = appliance.call_with("POST", "/credits/grants", &key, &json!({"amount": 5, "note": "once"}));
    let second = appliance.call_with("POST", "/credits/grants", &key, &json!({"amount": 5, "note": "once"}));
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(second.status, 201, "{second:?}");
    assert_eq!(first.json()["id"], second.json()["id"]);
    let other = appliance.call_with("POST", "/credits/grants", &key, &json!({"amount": 6, "note": "once"}));
    assert_eq!((other.status, other.json()["code"].as_str()), (422, Some("idempotency_key_reused")), "{other:?}");
    assert_eq!(appliance.read("/credits")["granted"], 1005);
}
