//! The egress policy, through the connect form of the API: every spelling of a denied address is denied, nothing is
//! stored, and nobody is asked.

use std::net::TcpListener;

use serde_json::json;

use crate::peers::Appliance;

/// What a connect to this address says: the status and the reason of the refusal.
fn refusal(appliance: &Appliance, base_url: &str) -> (u16, String) {
    let wish = json!({
        "customer_id": appliance.customer(), "system": "generic-rest", "hosting": "cloud", "base_url": base_url,
        "auth": {"scheme": "none"},
    });
    let answer = appliance.call("POST", "/connections", Some(&wish));
    (answer.status, answer.body)
}

#[test]
fn loopback_and_metadata_are_denied_by_default_in_every_spelling() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("no waiting");
    let port = listener.local_addr().expect("its address").port();
    let appliance = Appliance::with("");
    appliance.done("POST", "/credits/grants", &json!({"amount": 10, "note": "for the tests"}));
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.8.9.10",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
    ];
    for host in hosts {
        let (status, body) = refusal(&appliance, &format!("http://{host}:{port}"));
        assert!([403, 422].contains(&status), "{host}: {status} {body}");
        let named = body.contains("egress_denied") || body.contains("validation_failed");
        assert!(named, "{host}: {body}");
    }
    assert!(listener.accept().is_err(), "somebody was asked");
    assert_eq!(appliance.read("/connections")["data"], json!([]));
}

#[test]
fn an_allow_list_allows_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("no waiting");
    let port = listener.local_addr().expect("its address").port();
    let other = if port == 65_535 { 1024 } else { port + 1 };
    let appliance = Appliance::with(&format!("[egress]\nallow = [\"127.0.0.1:{other}\"]\n"));
    appliance.done("POST", "/credits/grants", &json!({"amount": 10, "note": "for the tests"}));
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let (status, body) = refusal(&appliance, &format!("http://{host}:{port}"));
        assert!([403, 422].contains(&status) && body.contains("egress_denied"), "{host}: {status} {body}");
    }
    assert!(listener.accept().is_err(), "somebody was asked");
    // The one that is allowed is asked, and refuses the connection.
    let (_, body) = refusal(&appliance, &format!("http://127.0.0.1:{other}"));
    assert!(body.contains("connection_refused"), "{body}");
}

#[test]
fn plain_http_leaves_the_machine_never() {
    let appliance = Appliance::with("[egress]\nallow = [\"10.0.0.0/8\", \"127.0.0.0/8\"]\n");
    appliance.done("POST", "/credits/grants", &json!({"amount": 10, "note": "for the tests"}));
    let (status, body) = refusal(&appliance, "http://10.255.255.1:8080");
    assert!([403, 422].contains(&status), "{status} {body}");
    assert!(body.contains("egress_denied") || body.contains("validation_failed"), "{body}");
}
