//! A caller's requests: what is passed on, what is not, streaming both ways, and sending again after a renewal.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::fake::*;
use crate::base::{ConnectionId, OsRandom, Timestamp};
use crate::upstream::*;

pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: ForwardBody) -> ForwardRequest {
    ForwardRequest {
        method: method.into(),
        path_and_query: path.into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body,
        gone: None,
    }
}

pub(super) async fn whole(mut body: AnswerBody) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    while let Some(piece) = body.next().await {
        out.extend_from_slice(&piece?);
    }
    Ok(out)
}

fn seen(error: NotForwarded) -> Observation {
    match error {
        NotForwarded::Seen(observation) => *observation,
        NotForwarded::SendAgain | NotForwarded::CallerGone | NotForwarded::TooLargeToSign => panic!("nothing was seen"),
    }
}

fn basic(address: &str) -> Target {
    target(system_with("scheme=\"basic\""), address, &[("username", "u"), ("password", "geheim22")])
}

#[tokio::test]
async fn the_request_goes_on_signed_in_and_the_answer_comes_back() {
    let (address, heard) = answering(|_, _| {
        answer(
            "404 Not Found",
            "content-type: text/xml\r\nset-cookie: SAP=1\r\nx-kept: a\r\nkeep-alive: 1\r\n",
            "<no/>",
        )
    })
    .await;
    let pieces = futures_util::stream::iter(vec![Ok(Bytes::from_static(b"abc")), Ok(Bytes::from_static(b"def"))]);
    let body = ForwardBody::Streamed { body: Box::pin(pieces), length: Some(6) };
    let headers = [
        ("Accept", "text/xml"),
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("TE", "trailers"),
        ("Content-Type", "text/plain"),
        ("Host", "evil"),
    ];
    let wanted = request("PUT", "/a//b;c?$filter=x%20eq%20'y'&d", &headers, body);
    let answer = upstream().forward(&basic(&format!("http://{address}/base/")), wanted).await.ok().unwrap();
    assert_eq!(answer.status, 404);
    let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-length", "content-type", "x-kept"]);
    assert_eq!(answer.body.length(), Some(5));
    assert!(answer.observation.secret_sent && status(&answer.observation) == 404);
    assert_eq!(whole(answer.body).await.unwrap(), b"<no/>");
    let sent = heard.all().remove(0);
    assert!(sent.starts_with("PUT /base/a//b;c?$filter=x%20eq%20'y'&d HTTP/1.1\r\n"), "{sent}");
    let lower = sent.to_lowercase();
    for part in ["content-length: 6\r\n", "accept: text/xml\r\n", "authorization: basic dtpnzwhlaw0ymg==\r\n", "abcdef"]
    {
        assert!(lower.contains(part), "{part}: {sent}");
    }
    for part in ["x-hop", "te: ", "evil", "transfer-encoding"] {
        assert!(!lower.contains(part), "{part}: {sent}");
    }
}

#[tokio::test]
async fn a_body_at_hand_is_sent_again_after_a_renewed_sign_in() {
    let auth = "scheme=\"oauth2_client_credentials\"\ntoken={url=\"/token\",client_auth=\"body\"}";
    let given = std::sync::Arc::new(AtomicUsize::new(0));
    let count = given.clone();
    let (address, heard) = answering(move |request, _| {
        if request.starts_with("POST /token ") {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            return answer("200 OK", "", &format!("{{\"access_token\":\"token-{number}\"}}"));
        }
        let good = request.contains(&format!("Bearer token-{}", count.load(Ordering::SeqCst)));
        if good { answer("200 OK", "", "done") } else { answer("401 Unauthorized", "", "") }
    })
    .await;
    let mut target =
        target(system_with(auth), &format!("http://{address}"), &[("client_id", "c"), ("client_secret", "secret123")]);
    target.connection = Some(ConnectionId::new(Timestamp::parse(NOW).unwrap(), &OsRandom));
    let door = upstream();
    assert_eq!(door.forward(&target, request("GET", "/x", &[], ForwardBody::Empty)).await.ok().unwrap().status, 200);
    given.fetch_add(1, Ordering::SeqCst);
    let answer = door
        .forward(&target, request("POST", "/x", &[], ForwardBody::Whole(Bytes::from_static(b"again"))))
        .await
        .ok()
        .unwrap();
    assert_eq!((answer.status, answer.observation.renewal), (200, Renewal::Renewed));
    assert!(heard.all().last().unwrap().ends_with("again"));
    // A stream is gone once it was sent: the caller is told to send it again.
    given.fetch_add(1, Ordering::SeqCst);
    let stream = ForwardBody::Streamed {
        body: Box::pin(futures_util::stream::iter(vec![Ok(Bytes::from_static(b"x"))])),
        length: None,
    };
    let again = door.forward(&target, request("POST", "/x", &[], stream)).await.err().unwrap();
    assert!(matches!(again, NotForwarded::SendAgain));
}

#[tokio::test]
async fn failures_are_observations_and_a_cut_body_is_an_error() {
    let door = upstream();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = door
        .forward(&basic(&format!("http://{free}")), request("GET", "/", &[], ForwardBody::Empty))
        .await
        .err()
        .unwrap();
    assert!(matches!(failure(&seen(refused)), Failure::Refused { .. }));
    let hang = serve(|mut stream| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
    })
    .await;
    let hung = door
        .forward(&basic(&format!("http://{hang}")), request("GET", "/", &[], ForwardBody::Empty))
        .await
        .err()
        .unwrap();
    assert!(matches!(failure(&seen(hung)), Failure::ResponseTimeout { .. }));
    for (pause, wanted_reset) in [(0, true), (5, false)] {
        let cut = serve(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await.ok();
            tokio::time::sleep(Duration::from_secs(pause)).await;
        })
        .await;
        let answer = door
            .forward(&basic(&format!("http://{cut}")), request("GET", "/", &[], ForwardBody::Empty))
            .await
            .ok()
            .unwrap();
        let error = whole(answer.body).await.unwrap_err();
        assert_eq!(matches!(error, Failure::Reset { .. }), wanted_reset, "{error:?}");
    }
}

#[tokio::test]
async fn an_upload_may_take_longer_than_the_limit() {
    let (address, _) = answering(|_, _| answer("200 OK", "", "")).await;
    let pieces = futures_util::stream::unfold(0, |count| async move {
        if count == 4 {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        Some((Ok::<_, BoxError>(Bytes::from_static(b"x")), count + 1))
    });
    let body = ForwardBody::Streamed { body: Box::pin(pieces), length: Some(4) };
    let answer =
        upstream().forward(&basic(&format!("http://{address}")), request("POST", "/", &[], body)).await.ok().unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_caller_does_not_turn_the_connection_to_another_tenant() {
    let (address, heard) = answering(|_, _| answer("200 OK", "", "{}")).await;
    let toml = format!(
        "[[parameters]]\nname=\"client\"\nlabel=\"Client\"\nsend={{query=\"sap-client\"}}\n\
         [[parameters]]\nname=\"tenant\"\nlabel=\"Tenant\"\nsend={{header=\"X-Tenant\"}}\n\
         [[parameters]]\nname=\"company\"\nlabel=\"Company\"\nsend={{header=\"X-Company\"}}\n\
         [[auth]]\nscheme=\"basic\"\nfields=[{{name=\"username\",label=\"U\"}},{{name=\"password\",label=\"P\",secret=true}}]\n{PROBE}"
    );
    let url = format!("http://{address}");
    let mut bound = target(system(&toml), &url, &[("username", "u"), ("password", "geheim22")]);
    bound.parameters.insert("client".into(), "100".into());
    bound.parameters.insert("tenant".into(), "ours".into());
    for (path, wanted) in [
        ("/x?a=1&sap-client=200&b=%41", "/x?a=1&b=%41&sap-client=100"),
        ("/x?SAP-CLIENT=200", "/x?sap-client=100"),
        ("/x?%73ap-client=200&&c", "/x?&c&sap-client=100"),
        (
            "/x?$filter=a eq 'sap-client=1'".replace(' ', "%20").as_str(),
            "/x?$filter=a%20eq%20'sap-client=1'&sap-client=100",
        ),
    ] {
        let headers = [("x-tenant", "theirs"), ("X-Company", "mine")];
        let wish = request("GET", path, &headers, ForwardBody::Empty);
        assert!(upstream().forward(&bound, wish).await.is_ok());
        let request = heard.all().pop().unwrap();
        assert!(request.starts_with(&format!("GET {wanted} HTTP/1.1")), "{path}: {request}");
        let lower = request.to_lowercase();
        assert!(lower.contains("x-tenant: ours\r\n") && !lower.contains("theirs"), "{request}");
        assert!(lower.contains("x-company: mine\r\n"), "without a value of ours it is the caller's: {request}");
    }
}
