//! The demo as a newcomer starts it: a link within half a minute, a living dashboard, nothing left behind.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    let mut demo = Process::of(demo);
    assert!(demo.terminate(Duration::from_secs(20)), "it did not end within 20 seconds");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "something was left behind");
}
