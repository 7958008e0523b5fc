//! The demo as a newcomer starts it: a link within half a minute, a living dashboard, nothing left behind.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::peers::{Process, try_ask};

#[test]
fn a_newcomer_sees_a_living_dashboard_and_nothing_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_junctionbox"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let lines = BufReader::new(demo.stdout.take().expect("its output")).lines();
    let link = lines.map_while(Result::ok).find(|line| line.starts_with("http://")).expect("a link");
    assert!(begun.elapsed() < Duration::from_secs(30), "the link came after {:?}", begun.elapsed());
    let rest = link.strip_prefix("http://").expect("plain HTTP on loopback");
    let (authority, path) = rest.split_once('/').expect("a path");
    assert!(authority.starts_with("127.0.0.1:"), "{link}");
    let ask =
        |path: &str, cookie: &str| try_ask(authority, "GET", path, &[("Cookie", cookie)], None).expect("an answer");
    let signed_in = ask(&format!("/{path}"), "");
    let cookies: Vec<&str> = signed_in
        .head
        .lines()
        .filter_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
        .filter_map(|(_, value)| value.trim().split(';').next())
        .collect();
    let cookie = cookies.join("; ");
    assert_eq!(ask(&format!("/{path}"), "").status, 303, "the link opens as often as one likes");
    let page = ask("/connections?limit=100", &cookie);
    assert_eq!(page.status, 200, "{}", page.body);
    let systems: BTreeSet<&str> =
        page.body.split("data-s=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    for status in ["reauthorization_required", "unreachable", "degraded", "inactive", "pending", "active"] {
        assert!(systems.contains(status), "no {status} connection among {systems:?}");
    }
    assert_eq!(page.body.matches("<a class=\"hit\"").count(), 50, "fifty connections");
    let customers = ask("/customers", &cookie);
    assert_eq!(customers.body.matches("<a class=\"hit\"").count(), 15, "fifteen customers");
    assert!(customers.body.contains("made up"), "no page may hide that it is a demo");
    many_systems_fail_in_many_ways(folder.path());
    only_loopback_is_listened_on(demo.id());
    let mut demo = Process::of(demo);
    assert!(demo.terminate(Duration::from_secs(20)), "it did not end within 20 seconds");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "something was left behind");
}

/// What the command line says of the connections while the demo runs.
fn many_systems_fail_in_many_ways(folder: &Path) {
    let data =
        std::fs::read_dir(folder).expect("the folder").next().expect("the demo's data").expect("its entry").path();
    assert_eq!(std::fs::metadata(&data).expect("its mode").permissions().mode() & 0o777, 0o700);
    let listed = Command::new(env!("CARGO_BIN_EXE_junctionbox"))
        .arg("--data-dir")
        .arg(&data)
        .args(["connection", "list", "--json"])
        .output()
        .expect("the program runs");
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let rows = listed.as_array().or_else(|| listed["data"].as_array()).expect("a list");
    let words = |key: &str| rows.iter().filter_map(|row| row[key].as_str()).collect::<BTreeSet<&str>>();
    assert!(words("system").len() >= 20, "{:?}", words("system"));
    let reasons = words("reason");
    assert!(reasons.len() >= 15, "{reasons:?}");
    for reason in [
        "egress_denied",
        "dns_failure",
        "tls_untrusted",
        "no_free_seat",
        "account_locked",
        "credits_exhausted",
        "application_credentials_invalid",
        "token_revoked",
        "connect_timeout",
    ] {
        assert!(reasons.contains(reason), "no {reason} among {reasons:?}");
    }
}

/// By the kernel's tables, where this user may read them.
fn only_loopback_is_listened_on(process: u32) {
    let Ok(files) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return };
    let sockets: BTreeSet<String> = files
        .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    for (table, loopback) in [("tcp", "0100007F:"), ("tcp6", "00000000000000000000000001000000:")] {
        let text = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (local, state, inode) = (columns[1], columns[3], columns[9]);
            let listens = state == "0A" && sockets.contains(inode);
            assert!(!listens || local.starts_with(loopback), "it listens on {local}");
        }
    }
}

#[test]
fn it_is_for_this_machine_alone_and_says_when_a_port_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("its address").to_string();
    for (address, code, word) in [("0.0.0.0:0", 2, "loopback"), (taken.as_str(), 1, "--listen")] {
        let folder = tempfile::tempdir().expect("a folder");
        let ended = Command::new(env!("CARGO_BIN_EXE_junctionbox"))
            .args(["demo", "--listen", address])
            .env("TMPDIR", folder.path())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{said}");
        assert!(said.contains(word), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "something was left behind");
    }
}
