//! Connections and CSRF tokens that are kept between requests: shared where they may be, left alone where not, and given
//! up when the system closes them.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::io::AsyncWriteExt as _;

use super::fake::*;
use crate::base::{ConnectionId, OsRandom, Timestamp};
use crate::upstream::*;

/// Answers request after request on each connection; an empty answer closes it. Each request is told with the number of
/// its connection.
async fn keeping(
    decide: impl Fn(&str, usize) -> String + Send + Sync + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<(usize, String)>>>) {
    let (heard, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
    let (kept, decide) = (heard.clone(), Arc::new(decide));
    let address = serve(move |mut stream| {
        let (heard, decide) = (kept.clone(), decide.clone());
        let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            loop {
                let request = read_request(&mut stream).await;
                if request.is_empty() {
                    return;
                }
                let count = {
                    let mut heard = heard.lock();
                    heard.push((number, request.clone()));
                    heard.len()
                };
                let answer = decide(&request, count);
                if answer.is_empty() || stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (address, heard)
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn connection() -> ConnectionId {
    ConnectionId::new(Timestamp::parse(NOW).unwrap(), &OsRandom)
}

fn basic(address: SocketAddr) -> Target {
    let system = system_with("scheme=\"basic\"");
    let mut target = target(system, &format!("http://{address}"), &[("username", "u"), ("password", "geheim22")]);
    target.connection = Some(connection());
    target
}

fn request(method: &str, path: &str, body: ForwardBody) -> ForwardRequest {
    ForwardRequest { method: method.into(), path_and_query: path.into(), headers: Vec::new(), body, gone: None }
}

fn stream(text: &'static str) -> ForwardBody {
    let pieces = futures_util::stream::iter(vec![Ok(Bytes::from_static(text.as_bytes()))]);
    ForwardBody::Streamed { body: Box::pin(pieces), length: Some(text.len() as u64) }
}

async fn status_of(door: &Upstream, target: &Target, wanted: ForwardRequest) -> u16 {
    let mut answer = door.forward(target, wanted).await.ok().unwrap();
    while let Some(piece) = answer.body.next().await {
        piece.unwrap();
    }
    answer.status
}

#[tokio::test]
async fn a_connection_is_used_again_by_the_same_connection_alone() {
    let (address, heard) = keeping(|_, _| ok("", "abc")).await;
    let door = upstream();
    let (one, two) = (basic(address), basic(address));
    for target in [&one, &one, &two, &one] {
        assert_eq!(status_of(&door, target, request("GET", "/", ForwardBody::Empty)).await, 200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(heard.lock().iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 1, 2, 1]);
    // New credentials, and a new policy, begin anew.
    door.forget(one.connection.unwrap());
    assert_eq!(status_of(&door, &one, request("GET", "/", ForwardBody::Empty)).await, 200);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let open = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    door.reload_egress(EgressPolicy::parse(&open).unwrap());
    assert_eq!(status_of(&door, &one, request("GET", "/", ForwardBody::Empty)).await, 200);
    assert_eq!(heard.lock().iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 1, 2, 1, 3, 4]);
    let closed = EgressSettings { allow: vec!["10.0.0.0/8".into()], ..EgressSettings::standard() };
    door.reload_egress(EgressPolicy::parse(&closed).unwrap());
    assert!(door.forward(&one, request("GET", "/", ForwardBody::Empty)).await.is_err());
}

#[tokio::test]
async fn a_body_that_was_left_ends_its_connection() {
    let (address, heard) = keeping(|_, _| ok("", &"x".repeat(200_000))).await;
    let (door, target) = (upstream(), basic(address));
    drop(door.forward(&target, request("GET", "/", ForwardBody::Empty)).await.ok().unwrap());
    assert_eq!(status_of(&door, &target, request("GET", "/", ForwardBody::Empty)).await, 200);
    assert_eq!(heard.lock().iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn a_connection_that_the_system_closed_is_not_an_error() {
    // Every second request on a connection finds it closed without an answer.
    let (address, heard) = keeping(|_, count| if count % 2 == 0 { String::new() } else { ok("", "") }).await;
    let (door, target) = (upstream(), basic(address));
    assert_eq!(status_of(&door, &target, request("GET", "/1", ForwardBody::Empty)).await, 200);
    assert_eq!(status_of(&door, &target, request("GET", "/2", ForwardBody::Empty)).await, 200);
    let lines: Vec<usize> = heard.lock().iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 1, 2]);
    // What may have been done is not done twice: the caller is told.
    let written = door.forward(&target, request("POST", "/3", ForwardBody::Whole(Bytes::from_static(b"x")))).await;
    assert!(matches!(written, Err(NotForwarded::Seen(_))));
    assert_eq!(heard.lock().len(), 4);
}

#[tokio::test]
async fn a_reset_is_told_and_never_answered_by_a_second_request() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let address = serve(move |mut stream| {
        let counted = counted.clone();
        async move {
            read_request(&mut stream).await;
            counted.fetch_add(1, Ordering::SeqCst);
            rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        }
    })
    .await;
    let error = upstream().forward(&basic(address), request("GET", "/", ForwardBody::Empty)).await.err().unwrap();
    let NotForwarded::Seen(observation) = error else { panic!("to be sent again") };
    assert!(matches!(failure(&observation), Failure::Reset { .. }), "{observation:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// A system behind SAP's CSRF check: tokens belong to a session cookie; `drop_session` ends it.
struct Sap {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<(usize, String)>>>,
    sessions: Arc<Mutex<HashSet<String>>>,
}

async fn sap() -> Sap {
    let sessions = Arc::new(Mutex::new(HashSet::new()));
    let known = sessions.clone();
    let (address, heard) = keeping(move |request, count| {
        let lower = request.to_lowercase();
        let session = lower.split("sap_sessionid=s").nth(1).and_then(|rest| rest.split("\r\n").next());
        let good = session.is_some_and(|number| known.lock().contains(number));
        if lower.contains("x-csrf-token: fetch") {
            let number = count.to_string();
            known.lock().insert(number.clone());
            return ok(&format!("x-csrf-token: token-{number}\r\nset-cookie: SAP_SESSIONID=S{number}; path=/\r\n"), "");
        }
        let token = session.is_some_and(|number| lower.contains(&format!("x-csrf-token: token-{number}\r\n")));
        match (lower.starts_with("get "), good && token) {
            (true, _) => ok("", ""),
            (false, true) => "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n".into(),
            (false, false) => {
                "HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nx-csrf-token: Required\r\n\r\nno t".into()
            }
        }
    })
    .await;
    Sap { address, heard, sessions }
}

fn sap_target(address: SocketAddr) -> Target {
    let toml = format!(
        "[[auth]]\nscheme=\"basic\"\nfields=[]\n{PROBE}[csrf]\n[[rules]]\nwhere=\"api\"\nstatus=[403]\nmatch={{header={{name=\"x-csrf-token\",equals=\"Required\"}}}}\nmeaning=\"csrf\""
    );
    let mut target =
        target(system(&toml), &format!("http://{address}"), &[("username", "u"), ("password", "geheim22")]);
    target.connection = Some(connection());
    target
}

#[tokio::test]
async fn a_write_costs_one_request_while_token_and_session_are_kept() {
    let sap = sap().await;
    let (door, target) = (upstream(), sap_target(sap.address));
    let write = || request("POST", "/orders?x=1", ForwardBody::Whole(Bytes::from_static(b"{}")));
    for _ in 0..3 {
        assert_eq!(status_of(&door, &target, write()).await, 201);
    }
    assert_eq!(sap.heard.lock().len(), 4, "one fetch, three writes");
    // The session ends there: refused, fetched, written.
    sap.sessions.lock().clear();
    assert_eq!(status_of(&door, &target, write()).await, 201);
    assert_eq!(sap.heard.lock().len(), 7);
    // Neither token nor cookie reaches the caller; a read takes no token along.
    let answer = door.forward(&target, request("GET", "/orders", ForwardBody::Empty)).await.ok().unwrap();
    assert!(!answer.headers.iter().any(|(name, _)| name == "set-cookie" || name == "x-csrf-token"));
    assert!(!sap.heard.lock().last().unwrap().1.to_lowercase().contains("x-csrf-token"));
}

#[tokio::test]
async fn many_writes_at_once_fetch_one_token() {
    let sap = sap().await;
    let (door, target) = (upstream(), Arc::new(sap_target(sap.address)));
    for round in 1..=2 {
        let writes = (0..20).map(|_| {
            let (door, target) = (door.clone(), target.clone());
            let write = request("POST", "/orders", ForwardBody::Whole(Bytes::from_static(b"{}")));
            tokio::spawn(async move { status_of(&door, &target, write).await })
        });
        for done in futures_util::future::join_all(writes).await {
            assert_eq!(done.unwrap(), 201);
        }
        let fetched = sap.heard.lock().iter().filter(|(_, text)| text.to_lowercase().contains(": fetch")).count();
        assert_eq!(fetched, round);
        sap.sessions.lock().clear();
    }
}

#[tokio::test]
async fn a_large_write_is_told_to_come_again_when_its_token_has_died() {
    let sap = sap().await;
    let (door, target) = (upstream(), sap_target(sap.address));
    assert_eq!(status_of(&door, &target, request("POST", "/o", stream("much"))).await, 201);
    assert_eq!(sap.heard.lock().len(), 2, "fetched ahead");
    sap.sessions.lock().clear();
    let lost = door.forward(&target, request("POST", "/o", stream("much"))).await.err().unwrap();
    assert!(matches!(lost, NotForwarded::SendAgain));
    assert_eq!(status_of(&door, &target, request("POST", "/o", stream("much"))).await, 201);
}
