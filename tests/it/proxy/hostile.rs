//! Bad input to the proxy: each gets a clear error, and nothing of it reaches the system.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Stage, status_of};
use crate::fake::Behaviour;

#[tokio::test(flavor = "multi_thread")]
async fn no_path_climbs_out_or_names_another_host() {
    let stage = Stage::start().await;
    for below in [
        "/..",
        "/../x",
        "/a/../../x",
        "/.",
        "/a/./b",
        "/%2e%2e/x",
        "/%2E%2E/x",
        "/.%2e/x",
        "/%2e./x",
        "/%2e",
        "/..%2fx",
        "/%2e%2e%2fx",
        "/a%2f..%2f..%2fx",
        "/%252e%252e/x",
        "/%25252e%25252e/x",
        "/a\\..\\x",
        "/a\\b",
        "/a%5cb",
        "/a%5C..%5Cx",
        "/%255c",
        "//evil.example/x",
        "/%2fevil.example/x",
        "/%2Fevil.example",
        "/%252fevil.example",
        "///x",
        "/a%00b",
        "/a%0d%0aHost:%20evil",
        "/a%0a",
        "/a%7f",
        "/http://evil.example/x",
        "/https:%2f%2fevil.example/x",
        "/HTTP://evil.example",
        "/ftp://evil.example",
        "/http:%5C%5Cevil.example",
    ] {
        let answer = stage.by_hand("GET", below, "", "").await;
        assert_eq!(status_of(&answer), 422, "{below}: {answer}");
        assert!(answer.contains("\"code\":\"validation_failed\""), "{below}: {answer}");
        assert!(answer.contains("application/problem+json"), "{below}: {answer}");
    }
    assert_eq!(stage.system.count(None), 0, "{:?}", stage.system.seen());

    // The way to the proxy itself may not be written in another way.
    for path in [
        format!("/api/v1/connections/{}/%70roxy/x", stage.id),
        format!("/api/v1/connections/{}/%70roxy/x/proxy/y", stage.id),
        format!("/api/v1/connections/{}/proxy@evil.example/x", stage.id),
        format!("/api/v1/connections/{}/proxy:80/x", stage.id),
        format!("/api/v1/connections/{}/../connections/{}/proxy/x", stage.id, stage.id),
    ] {
        let key = stage.app.client.key.clone().expect("a key");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n");
        let answer = stage.raw(request.as_bytes(), Duration::from_secs(3)).await;
        assert_eq!(status_of(&answer), 404, "{path}: {answer}");
    }
    assert_eq!(stage.system.count(None), 0, "{:?}", stage.system.seen());

    // What only looks dangerous goes on as it is, to the system alone.
    for below in
        ["/a/http://evil.example/x", "/user:pass@evil.example/x", "/@evil.example", "/a?u=http://evil/../x", "/;a=b"]
    {
        let answer = stage.by_hand("GET", below, "", "").await;
        assert_eq!(status_of(&answer), 200, "{below}: {answer}");
    }
    let seen = stage.system.seen();
    let targets: Vec<&str> = seen.iter().map(|seen| seen.target.as_str()).collect();
    let wanted =
        ["/a/http://evil.example/x", "/user:pass@evil.example/x", "/@evil.example", "/a?u=http://evil/../x", "/;a=b"];
    assert_eq!(targets, wanted);
    let host = stage.system.address().to_string();
    assert!(seen.iter().all(|seen| seen.header("host") == Some(host.as_str())), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_refused_before_anything_is_sent() {
    let stage = Stage::start().await;
    let key = stage.app.client.key.clone().expect("a key");
    let path = stage.path("/x");
    let head = |line: &str, headers: &str| {
        format!("{line} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\n{headers}\r\n").into_bytes()
    };
    let get = format!("GET {path}");
    let post = format!("POST {path}");
    let mut cases: Vec<(&str, Vec<u8>)> = vec![
        ("two lengths", [head(&post, "Content-Length: 3\r\nContent-Length: 4\r\n"), b"abcd".to_vec()].concat()),
        (
            "length and chunks",
            [
                head(&post, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
                b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n".to_vec(),
            ]
            .concat(),
        ),
        ("a length with a sign", [head(&post, "Content-Length: +3\r\n"), b"abc".to_vec()].concat()),
        ("a negative length", head(&post, "Content-Length: -1\r\n")),
        ("no number", head(&post, "Content-Length: 3x\r\n")),
        ("a huge length", head(&post, "Content-Length: 99999999999999999999999\r\n")),
        ("an unknown coding", [head(&post, "Transfer-Encoding: xchunked\r\n"), b"0\r\n\r\n".to_vec()].concat()),
        ("chunks not last", [head(&post, "Transfer-Encoding: chunked, gzip\r\n"), b"0\r\n\r\n".to_vec()].concat()),
        (
            "coding twice",
            [head(&post, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), b"0\r\n\r\n".to_vec()]
                .concat(),
        ),
        ("a folded header", head(&get, "X-A: b\r\n c\r\n")),
        ("a space before the colon", head(&get, "X-A : b\r\n")),
        ("a control character", head(&get, "X-A: b\x01c\r\n")),
        ("a line break alone", head(&get, "X-A: b\rX-B: c\r\n")),
        ("a name with a space", head(&get, "X A: b\r\n")),
        ("an empty name", head(&get, ": b\r\n")),
        ("a space in the path", head(&format!("GET {path} y"), "")),
        ("no version", format!("GET {path}\r\n\r\n").into_bytes()),
        ("another version", format!("GET {path} HTTP/9.9\r\n\r\n").into_bytes()),
        ("a method with a bracket", head(&format!("GE(T {path}"), "")),
        (
            "raw bytes in the path",
            [b"GET ".to_vec(), path.clone().into_bytes(), b"\xff\xfe HTTP/1.1\r\nHost: jbx\r\n\r\n".to_vec()].concat(),
        ),
        (
            "raw bytes as a name",
            [get.clone().into_bytes(), b" HTTP/1.1\r\nHost: jbx\r\n\xff\xfe: x\r\n\r\n".to_vec()].concat(),
        ),
        ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec()),
        ("too many headers", head(&get, &"X-Many: 1\r\n".repeat(300))),
        ("a head without end", head(&get, &format!("X-Long: {}\r\n", "y".repeat(300_000)))),
        ("a nul", head(&get, "X-A: b\0c\r\n")),
    ];
    for size in ["zz", "-1", "ffffffffffffffffff", "0x3", "3;\u{1}", "3 3"] {
        let body = format!("{size}\r\nabc\r\n0\r\n\r\n").into_bytes();
        cases.push(("nonsense for a chunk", [head(&post, "Transfer-Encoding: chunked\r\n"), body].concat()));
    }
    for (what, bytes) in cases {
        let answer = stage.raw(&bytes, Duration::from_secs(3)).await;
        let status = status_of(&answer);
        // Who still sends when the server closes may lose the answer on the way.
        if !(what == "a head without end" && answer.is_empty()) {
            assert!((400..500).contains(&status), "{what}: {status} {answer}");
            let lower = answer.to_lowercase();
            for part in ["content-type: application/problem+json", "x-request-id: req_", "\"code\":", "\"detail\":"] {
                assert!(lower.contains(part), "{what}: no {part} in {answer}");
            }
        }
        assert!(!answer.to_lowercase().contains("junctionbox-upstream"), "{what}: {answer}");
    }
    let sent = stage.system.seen();
    assert!(sent.is_empty(), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_or_not_for_a_proxy_is_told_in_words() {
    let stage = Stage::start().await;
    let long = format!("/{}", "a".repeat(40_000));
    let header = format!("X-Long: {}\r\n", "y".repeat(40_000));
    for (method, below, headers, status, code) in [
        ("GET", long.as_str(), "", 431, "payload_too_large"),
        ("GET", "/x", header.as_str(), 431, "payload_too_large"),
        ("TRACE", "/x", "", 405, "method_not_allowed"),
        ("TRACK", "/x", "", 405, "method_not_allowed"),
        ("GET", "/x", "Upgrade: websocket\r\n", 422, "validation_failed"),
        ("GET", "/x", "Connection: Upgrade\r\nUpgrade: h2c, foo/1\r\n", 422, "validation_failed"),
    ] {
        let answer = stage.by_hand(method, below, headers, "").await;
        let shown: String = answer.chars().take(600).collect();
        assert_eq!(status_of(&answer), status, "{method} {shown}");
        assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{method} {shown}");
    }
    let key = stage.app.client.key.clone().expect("a key");
    let latin = [
        format!(
            "GET {} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\nConnection: close\r\nX-Name: M",
            stage.path("/x")
        )
        .into_bytes(),
        b"\xfcller\r\n\r\n".to_vec(),
    ];
    let answer = stage.raw(&latin.concat(), Duration::from_secs(3)).await;
    assert_eq!(status_of(&answer), 422, "{answer}");
    assert!(answer.contains("no UTF-8"), "{answer}");
    assert_eq!(stage.system.count(None), 0, "{:?}", stage.system.seen());
    // Java's client offers HTTP/2 each time; UTF-8 in a header goes through.
    let offers = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\nX-Name: Müller\r\n";
    assert_eq!(status_of(&stage.by_hand("GET", "/x", offers, "").await), 200);
    let seen = stage.system.seen().remove(0);
    assert_eq!((seen.header("upgrade"), seen.header("http2-settings")), (None, None));
    assert_eq!(seen.header("x-name"), Some("Müller"));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_given_up() {
    let wish = Stage::wish().set("server.head_timeout_seconds", "1").set("server.body_timeout_seconds", "1");
    let stage = Stage::with(wish, Behaviour::json(200, "[]"), serde_json::json!({})).await;
    let key = stage.app.client.key.clone().expect("a key");
    let begun = std::time::Instant::now();
    let head =
        stage.raw(format!("GET {} HTTP/1.1\r\nHost: j", stage.path("/x")).as_bytes(), Duration::from_secs(10)).await;
    assert_eq!(status_of(&head), 408, "{head}");
    assert!(head.contains("application/problem+json") && head.contains("did not arrive in time"), "{head}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    // The head of a later request on the same connection is waited for no longer.
    let mut stream = TcpStream::connect(stage.authority()).await.expect("a connection");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: jbx\r\n\r\n").await.expect("it is sent");
    let mut space = vec![0u8; 16 * 1024];
    let first = stream.read(&mut space).await.expect("an answer");
    assert_eq!(status_of(&String::from_utf8_lossy(&space[..first])), 200);
    // An idle connection is left alone.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut rest = Vec::new();
    for byte in b"GET /healthz HTTP/1.1\r\nHost: jbx\r\nX-Slow: yes" {
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
        if !rest.is_empty() || stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        if let Ok(Ok(count)) = tokio::time::timeout(Duration::from_millis(150), stream.read(&mut space)).await {
            rest.extend_from_slice(&space[..count]);
        }
    }
    let rest = String::from_utf8_lossy(&rest);
    assert!(rest.contains("HTTP/1.1 408") && rest.contains("did not arrive in time"), "{rest}");
    let posted = |length: usize| {
        format!(
            "POST {} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\nContent-Length: {length}\r\n\r\nabc",
            stage.path("/x")
        )
    };
    // A small body is waited for before anything is sent.
    let small = stage.raw(posted(10).as_bytes(), Duration::from_secs(10)).await;
    assert_eq!(status_of(&small), 422, "{small}");
    assert!(small.contains("too slowly"), "{small}");
    assert_eq!(stage.system.count(None), 0, "{:?}", stage.system.seen());
    // A large one is on its way; its request ends as well, and is no fault of the system.
    let large = stage.raw(posted(1_000_000).as_bytes(), Duration::from_secs(10)).await;
    assert!(large.is_empty() || (400..600).contains(&status_of(&large)), "{large}");
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(stage.status().await["status"], "active");
}
