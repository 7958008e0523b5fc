//! The egress policy as tables: what is let through and what is not.

use super::*;

fn policy(allow: &[&str], deny: &[&str]) -> EgressPolicy {
    let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect();
    EgressPolicy::parse(&EgressSettings { allow: list(allow), deny: list(deny), ..EgressSettings::standard() }).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn an_empty_allow_list_opens_all_but_the_inside_of_the_machine() {
    let policy = policy(&[], &[]);
    let table = [
        ("10.0.0.1", true),
        ("192.168.1.4", true),
        ("203.0.113.7", true),
        ("2001:db8::1", true),
        ("fd12::1", true),
        ("127.0.0.1", false),
        ("127.8.9.1", false),
        ("::1", false),
        ("::ffff:127.0.0.1", false),
        ("::127.0.0.1", false),
        ("64:ff9b::7f00:1", false),
        ("2002:7f00:1::", false),
        ("::ffff:169.254.169.254", false),
        ("::ffff:10.0.0.1", true),
        ("169.254.169.254", false),
        ("169.254.1.1", false),
        ("fe80::1", false),
        ("fd00:ec2::254", false),
        ("100.100.100.200", false),
        ("168.63.129.16", false),
        ("0.0.0.0", false),
        ("0.1.2.3", false),
        ("::", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("ff02::1", false),
    ];
    for (address, good) in table {
        assert_eq!(policy.check("sap.example", ip(address), 443, false).is_ok(), good, "{address}");
    }
}

#[test]
fn a_given_allow_list_opens_nothing_else_and_deny_always_wins() {
    let policy = policy(
        &[
            "10.0.0.0/8",
            "10.0.0.0/8",
            "203.0.113.7:443",
            "192.168.0.0/16:8443",
            "*.ondemand.com:443",
            "erp.example",
            "[2001:db8::5]:443",
        ],
        &["10.9.0.0/16", "bad.ondemand.com", "10.1.1.1:22"],
    );
    let table = [
        ("x", "10.1.2.3", 8000, true),
        ("x", "10.9.2.3", 8000, false),
        ("x", "::ffff:10.9.2.3", 8000, false),
        ("x", "64:ff9b::a09:203", 8000, false),
        ("x", "10.1.1.1", 22, false),
        ("x", "10.1.1.1", 443, true),
        ("x", "203.0.113.7", 443, true),
        ("x", "203.0.113.7", 444, false),
        ("x", "192.168.3.4", 8443, true),
        ("x", "192.168.3.4", 443, false),
        ("x", "127.0.0.1", 443, false),
        ("my.ondemand.com", "198.51.100.1", 443, true),
        ("MY.ONDEMAND.COM.", "198.51.100.1", 443, true),
        ("my.ondemand.com", "198.51.100.1", 80, false),
        ("ondemand.com", "198.51.100.1", 443, false),
        ("evilondemand.com", "198.51.100.1", 443, false),
        ("bad.ondemand.com", "198.51.100.1", 443, false),
        ("my.ondemand.com", "169.254.169.254", 443, false),
        ("my.ondemand.com", "127.0.0.1", 443, false),
        ("erp.example", "198.51.100.1", 9, true),
        ("erp.example", "127.0.0.1", 9, false),
        ("erp.example", "10.9.0.1", 9, false),
        ("x", "2001:db8::5", 443, true),
        ("x", "2001:db8::6", 443, false),
    ];
    for (host, address, port, good) in table {
        let found = policy.check(host, ip(address), port, false);
        assert_eq!(found.is_ok(), good, "{host} {address} {port}: {found:?}");
    }
}

#[test]
fn localhost_by_name_opens_loopback() {
    let policy = policy(&["localhost:8080"], &[]);
    assert!(policy.check("localhost", ip("127.0.0.1"), 8080, false).is_ok());
    assert!(policy.check("localhost", ip("::1"), 8080, false).is_ok());
    assert!(policy.check("localhost", ip("127.0.0.1"), 8081, false).is_err());
}

#[test]
fn plain_http_goes_only_to_listed_targets() {
    let policy = policy(&["127.0.0.0/8", "10.0.0.0/8"], &[]);
    assert!(policy.check("x", ip("127.0.0.1"), 80, true).is_ok());
    assert!(policy.check("x", ip("10.0.0.1"), 80, false).is_ok());
    let sentence = policy.check("x", ip("10.0.0.1"), 80, true).unwrap_err().sentence;
    assert!(sentence.contains("plain HTTP"), "{sentence}");
    let closed = EgressPolicy::parse(&EgressSettings::default()).unwrap();
    assert!(closed.check("x", ip("10.0.0.1"), 80, true).is_err());
}

#[test]
fn odd_forms_of_an_address_are_made_plain_by_the_url() {
    let table = [
        ("http://2130706433/", "127.0.0.1"),
        ("http://0x7f000001/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("http://127.1/", "127.0.0.1"),
        ("http://[::ffff:7f00:1]/", "::ffff:127.0.0.1"),
        ("http://%31%32%37.0.0.1/", "127.0.0.1"),
        ("http://①②⑦.0.0.1/", "127.0.0.1"),
    ];
    let policy = policy(&[], &[]);
    for (address, plain) in table {
        let url = url::Url::parse(address).unwrap();
        let found = literal(url.host_str().unwrap()).unwrap();
        assert_eq!(found, ip(plain), "{address}");
        assert!(policy.check(url.host_str().unwrap(), found, 80, false).is_err(), "{address}");
    }
}

#[test]
fn entries_that_cannot_be_read_are_named() {
    for wrong in [
        "",
        "10.0.0.0/33",
        "http://x",
        "a.*.com",
        "*com",
        "host:0",
        "host:99999",
        "host:x",
        "[::1",
        "[::1]x",
        "0x7f000001",
        "a b",
    ] {
        let settings = EgressSettings { deny: vec![wrong.into()], ..EgressSettings::default() };
        let error = EgressPolicy::parse(&settings).err().unwrap_or_else(|| panic!("{wrong} was accepted"));
        assert_eq!(error.list, "deny");
        assert!(error.to_string().contains(wrong), "{error}");
    }
    for good in [
        "::1",
        "[::1]:8080",
        "::1/128",
        "[fd00::/8]:443",
        "host",
        "host:443",
        "10.0.0.1",
        "münchen.example:443",
        "host:*",
    ] {
        let settings = EgressSettings { allow: vec![good.into()], ..EgressSettings::default() };
        assert!(EgressPolicy::parse(&settings).is_ok(), "{good}");
    }
}

#[test]
fn behind_a_proxy_names_and_ports_are_checked() {
    let settings = EgressSettings {
        allow: vec!["*.ondemand.com:443".into(), "10.0.0.0/8".into()],
        proxy: Some("http://user:p%40ss@proxy.example:3128".into()),
        no_proxy: vec!["*.plant.example".into(), "10.0.0.0/8".into()],
        ..EgressSettings::default()
    };
    let policy = EgressPolicy::parse(&settings).unwrap();
    let proxy = policy.proxy_for("my.ondemand.com", 443).unwrap();
    assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.example", 3128));
    assert_eq!(proxy.authorization.as_ref().unwrap().expose(), "Basic dXNlcjpwQHNz");
    assert!(policy.proxy_for("sap.plant.example", 443).is_none());
    assert!(policy.proxy_for("10.1.1.1", 443).is_none());
    assert!(policy.check_name("my.ondemand.com", 443, false).is_ok());
    assert!(policy.check_name("my.ondemand.com", 444, false).is_err());
    assert!(policy.check_name("other.example", 443, false).is_err());
    assert!(policy.check_name("10.0.0.1", 443, false).is_ok());
    let wrong = EgressSettings { proxy: Some("https://u:secret@p".into()), ..EgressSettings::default() };
    assert!(!EgressPolicy::parse(&wrong).err().unwrap().to_string().contains("secret"));
}
