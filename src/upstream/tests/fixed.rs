//! Fixed secrets, the request as it is sent, and every failure below HTTP and TLS.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::fake::*;
use crate::upstream::*;

const BASIC: &str = "scheme=\"basic\"";

#[tokio::test]
async fn each_fixed_scheme_carries_its_proof() {
    let rows = [
        ("scheme=\"none\"", "", false),
        (BASIC, "", true),
        ("scheme=\"bearer\"", "authorization: bearer tok-123", true),
        ("scheme=\"api_key\"", "x-api-key: key-123", true),
        ("scheme=\"api_key\"\ncarry={query={apikey=\"{key}\"}}", "/ping?apikey=key-123 ", true),
        (
            "scheme=\"api_key\"\ncarry={headers={Authorization=\"token {key}:{password}\"}}",
            "authorization: token key-123:",
            true,
        ),
        ("scheme=\"client_certificate\"", "", false),
    ];
    for (auth, wanted, sent) in rows {
        let (address, heard) = answering(|_, _| answer("200 OK", "content-type: application/json\r\n", "{}")).await;
        let target = target(
            system_with(auth),
            &format!("http://{address}"),
            &[("username", "jürg"), ("password", "s:ecret]&2"), ("token", "tok-123"), ("key", "key-123")],
        );
        let seen = upstream().probe(&target).await;
        assert_eq!((status(&seen), seen.secret_sent), (200, sent), "{auth}");
        let request = heard.all().remove(0).to_lowercase();
        if auth == BASIC {
            use base64::Engine as _;
            let pair = base64::engine::general_purpose::STANDARD.encode("jürg:s:ecret]&2");
            assert!(heard.all()[0].contains(&format!("Basic {pair}")), "{request}");
        } else {
            assert!(request.contains(wanted), "{auth}: {request}");
        }
        let record = format!("{:?}", seen.exchange);
        for secret in ["tok-123", "key-123", "s:ecret", "ZWNyZXRd"] {
            assert!(!record.contains(secret), "{auth}: {record}");
        }
    }
}

#[tokio::test]
async fn the_request_is_what_the_catalogue_says() {
    let (address, heard) = answering(|_, _| answer("200 OK", "", "")).await;
    let system = system(
        "[[auth]]\nscheme=\"basic\"\nfields=[]\n\
         [[parameters]]\nname=\"sap-client\"\nlabel=\"Client\"\nsend={query=\"sap-client\"}\n\
         [[parameters]]\nname=\"company\"\nlabel=\"Company\"\nsend={header=\"X-Company\"}\n\
         [[parameters]]\nname=\"lang\"\nlabel=\"Language\"\n\
         [probe]\nrequest={method=\"POST\",path=\"/sap/{company}?l={lang}&x=1\",headers={Accept=\"text/plain\"},body='{\"c\":\"{company}\"}'}",
    );
    let mut target = target(system, &format!("http://{address}/base/"), &[("username", "u"), ("password", "pass1")]);
    target.parameters = [("sap-client".into(), "100".into()), ("company".into(), "A B".into())].into();
    assert_eq!(status(&upstream().probe(&target).await), 200);
    let request = heard.all().remove(0);
    assert!(request.starts_with("POST /base/sap/A%20B?x=1&sap-client=100 HTTP/1.1\r\n"), "{request}");
    let lower = request.to_lowercase();
    for part in [
        "x-company: a b\r\n",
        "accept: text/plain\r\n",
        "content-type: application/json\r\n",
        "user-agent: junctionbox/",
        "content-length: 11\r\n",
    ] {
        assert!(lower.contains(part), "{part} in {request}");
    }
    assert!(request.ends_with("{\"c\":\"A B\"}"), "{request}");
}

#[tokio::test]
async fn an_alternative_is_asked_when_the_path_is_not_there() {
    let (address, _) = answering(|request, _| {
        if request.starts_with("GET /second") {
            answer("200 OK", "", "{\"id\":\"inst-1\"}")
        } else {
            answer("404 Not Found", "", "")
        }
    })
    .await;
    let system = system(
        "[[auth]]\nscheme=\"none\"\nfields=[]\n[probe]\nrequest={method=\"GET\",path=\"/first\"}\n\
         [[probe.alternatives]]\nrequest={method=\"GET\",path=\"/second\"}\n[identity]\nread={json=\"/id\"}",
    );
    let seen = upstream().probe(&target(system, &format!("http://{address}"), &[])).await;
    assert_eq!((status(&seen), seen.alternative, seen.identity.as_deref()), (200, Some(0), Some("inst-1")));
    assert!(seen.exchange.url.ends_with("/second"));
    assert_eq!(seen.exchange.peer.as_deref(), Some(address.to_string().as_str()));
}

#[tokio::test]
async fn an_operators_probe_replaces_that_of_a_generic_system() {
    let (address, heard) = answering(|_, _| answer("204 No Content", "", "")).await;
    let mut target = target(system_with("scheme=\"none\""), &format!("http://{address}/api"), &[]);
    target.probe = Some(ProbeOverride { method: "head".into(), path: "/health?a=b".into(), expect_status: vec![204] });
    let mut system = (*target.system).clone();
    system.generic = true;
    target.system = std::sync::Arc::new(system);
    assert_eq!(status(&upstream().probe(&target).await), 204);
    assert!(heard.all()[0].starts_with("HEAD /api/health?a=b "));
}

#[tokio::test]
async fn what_an_answer_echoes_of_the_secret_is_not_taken_down() {
    let (address, _) = answering(|_, _| {
        answer(
            "401 Unauthorized",
            "set-cookie: SID=abcdef; path=/\r\nx-echo: geheim22\r\n",
            "no geheim22 here, no dTpnZWhlaW0yMg== either",
        )
    })
    .await;
    let seen = upstream()
        .probe(&target(
            system_with(BASIC),
            &format!("http://{address}"),
            &[("username", "u"), ("password", "geheim22")],
        ))
        .await;
    let record = format!("{seen:?}");
    assert!(record.contains("SID=[redacted]; path=/"), "{record}");
    for secret in ["geheim22", "dTpnZWhlaW0yMg", "abcdef"] {
        assert!(!record.contains(secret), "{record}");
    }
}

#[tokio::test]
async fn every_failure_has_its_name() {
    let hang = serve(|stream| async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        drop(stream);
    })
    .await;
    let slow_body = serve(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await.ok();
        tokio::time::sleep(Duration::from_secs(20)).await;
    })
    .await;
    let reset = serve(|stream| async move {
        stream.set_zero_linger().ok();
    })
    .await;
    let closed = serve(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let cut = serve(|mut stream| async move {
        read_request(&mut stream).await;
        reply(stream, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".into()).await;
    })
    .await;
    let garbage = serve(|mut stream| async move {
        read_request(&mut stream).await;
        reply(stream, "SSH-2.0-OpenSSH_9.2\r\n\r\n".into()).await;
    })
    .await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    type Fits = fn(&Failure) -> bool;
    let rows: [(String, Fits, bool); 9] = [
        (format!("http://{hang}"), |f| matches!(f, Failure::ResponseTimeout { .. }), true),
        (format!("http://{slow_body}"), |f| matches!(f, Failure::ResponseTimeout { .. }), true),
        (format!("http://{reset}"), |f| matches!(f, Failure::Reset { .. }), true),
        (format!("http://{closed}"), |f| matches!(f, Failure::Reset { .. }), true),
        (format!("http://{cut}"), |f| matches!(f, Failure::Reset { .. }), true),
        (format!("http://{garbage}"), |f| matches!(f, Failure::Protocol { .. }), true),
        (format!("http://{free}"), |f| matches!(f, Failure::Refused { .. }), false),
        ("http://nowhere.example".into(), |f| matches!(f, Failure::Dns { .. }), false),
        ("https://10.1.2.3".into(), |f| matches!(f, Failure::EgressDenied { .. }), false),
    ];
    for (address, fits, sent) in rows {
        let seen = upstream()
            .probe(&target(system_with(BASIC), &address, &[("username", "u"), ("password", "geheim22")]))
            .await;
        let failure = failure(&seen);
        assert!(fits(&failure), "{address}: {failure:?}");
        assert_eq!(seen.secret_sent, sent, "{address}");
        assert!(!failure.message().is_empty() && !failure.message().contains("geheim22"));
    }
}

#[tokio::test]
async fn an_address_that_never_answers_is_a_connect_timeout() {
    // A full backlog drops further SYNs, which is what a firewall that drops packets looks like.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fill = Vec::new();
    for _ in 0..8 {
        fill.push(tokio::spawn(tokio::net::TcpStream::connect(address)));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let seen = upstream()
        .probe(&target(
            system_with(BASIC),
            &format!("http://{address}"),
            &[("username", "u"), ("password", "geheim22")],
        ))
        .await;
    assert!(matches!(failure(&seen), Failure::ConnectTimeout { .. }), "{:?}", seen.outcome);
    assert!(!seen.secret_sent);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_so_is_plain_http() {
    let open = upstream_with(
        EgressSettings::standard(),
        &[("sap.example", "127.0.0.1"), ("erp.example", "10.255.255.1")],
        clock(),
    );
    for (address, part) in
        [("https://sap.example", "loopback"), ("http://erp.example", "plain HTTP"), ("http://2130706433/", "loopback")]
    {
        let seen =
            open.probe(&target(system_with(BASIC), address, &[("username", "u"), ("password", "geheim22")])).await;
        let Failure::EgressDenied { message } = failure(&seen) else { panic!("{address}: {:?}", seen.outcome) };
        assert!(message.contains(part), "{message}");
    }
    let (address, _) = answering(|_, _| answer("200 OK", "", "")).await;
    let door = upstream();
    let target = target(
        system_with(BASIC),
        &format!("http://sap.example:{}", address.port()),
        &[("username", "u"), ("password", "geheim22")],
    );
    assert_eq!(status(&door.probe(&target).await), 200);
    door.reload_egress(EgressPolicy::parse(&EgressSettings::standard()).unwrap());
    assert!(matches!(failure(&door.probe(&target).await), Failure::EgressDenied { .. }));
}

#[tokio::test]
async fn of_a_large_body_the_beginning_is_kept_and_a_huge_one_is_left() {
    for (length, left) in [(200_000, false), (1_500_000, true)] {
        let (address, _) = answering(move |_, _| answer("200 OK", "", &"x".repeat(length))).await;
        let seen = upstream().probe(&target(system_with("scheme=\"none\""), &format!("http://{address}"), &[])).await;
        let Outcome::Answer(answer) = seen.outcome else { panic!() };
        assert_eq!((answer.truncated, answer.body.len()), (left, 65_536), "{length}");
    }
}

#[tokio::test]
async fn the_proxy_is_asked_by_connect() {
    let heard = Heard::default();
    let kept = heard.clone();
    let proxy = serve(move |mut stream| {
        let heard = kept.clone();
        async move {
            let request = read_request(&mut stream).await;
            heard.push(request.clone());
            if !request.starts_with("CONNECT good.example:80 ") {
                return reply(stream, answer("403 Forbidden", "", "")).await;
            }
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.ok();
            read_request(&mut stream).await;
            reply(stream, answer("200 OK", "", "")).await;
        }
    })
    .await;
    let egress = EgressSettings {
        allow: vec!["*.example".into()],
        plaintext: vec!["*.example".into()],
        proxy: Some(format!("http://{proxy}")),
        proxy_username: Some("me".into()),
        proxy_password: Some(crate::base::Secret::new("p")),
        ..EgressSettings::default()
    };
    let door = upstream_with(egress, &[], clock());
    let ask = |address: &str| target(system_with("scheme=\"none\""), address, &[]);
    assert_eq!(status(&door.probe(&ask("http://good.example")).await), 200);
    assert!(heard.all()[0].contains("Proxy-Authorization: Basic bWU6cA==\r\n"));
    assert!(matches!(failure(&door.probe(&ask("http://bad.example")).await), Failure::Refused { .. }));
    assert!(matches!(failure(&door.probe(&ask("http://bad.test")).await), Failure::EgressDenied { .. }));
}

#[tokio::test]
async fn the_sandbox_answers_without_a_network() {
    let mut system = system_with("scheme=\"none\"");
    system.slug = "sandbox".into();
    system.free = true;
    let sandbox = target(system, "https://sandbox.example", &[]);
    let wanted = ForwardRequest {
        method: "POST".into(),
        path_and_query: "/orders?x=1".into(),
        headers: Vec::new(),
        body: ForwardBody::Whole(bytes::Bytes::from_static(b"hello")),
        gone: None,
    };
    let mut told = upstream().forward(&sandbox, wanted).await.ok().unwrap();
    let body = futures_util::StreamExt::next(&mut told.body).await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["path"], &body["body_bytes"]), (&"/orders?x=1".into(), &5.into()));
    let seen = upstream().probe(&sandbox).await;
    assert_eq!(status(&seen), 200);
}
