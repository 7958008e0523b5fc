//! A fake system: a TCP listener on loopback whose every connection is played by a script, and targets that lead to it.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::base::{ManualClock, OsRandom, Secret, Timestamp};
use crate::systems::{Auth, Hosting, System};
use crate::upstream::*;

pub(super) const NOW: &str = "2026-01-05T10:00:00Z";

/// Serves each connection by `play`; ends with the test's runtime.
pub(super) async fn serve<F, R>(play: F) -> SocketAddr
where
    F: Fn(TcpStream) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream));
        }
    });
    address
}

/// A whole request: head, and a body of `content-length`.
pub(super) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let mut space = [0u8; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut space).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            Ok(count) => bytes.extend_from_slice(&space[..count]),
        }
    }
}

pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

pub(super) async fn reply<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, text: String) {
    stream.write_all(text.as_bytes()).await.ok();
    stream.shutdown().await.ok();
    let mut rest = [0u8; 64];
    while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
}

/// The requests that a fake has seen.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(super) fn push(&self, request: String) -> usize {
        let mut list = self.0.lock();
        list.push(request);
        list.len()
    }
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

/// A fake that answers by a function of the request and its number (from 1).
pub(super) async fn answering(decide: impl Fn(&str, usize) -> String + Send + Sync + 'static) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let kept = heard.clone();
    let decide = Arc::new(decide);
    let address = serve(move |mut stream| {
        let (heard, decide) = (kept.clone(), decide.clone());
        async move {
            let request = read_request(&mut stream).await;
            let number = heard.push(request.clone());
            reply(stream, decide(&request, number)).await;
        }
    })
    .await;
    (address, heard)
}

pub(super) fn system(toml: &str) -> System {
    let whole = format!(
        "slug=\"fake\"\nname=\"Fake\"\nvendor=\"Fake\"\ncategory=\"cmms\"\ntier=1\nhosting=[\"cloud\"]\n{toml}\n[instructions]\nen=[\"Do.\"]\n"
    );
    toml::from_str(&whole).unwrap()
}

pub(super) const PROBE: &str = "[probe]\nrequest = { method = \"GET\", path = \"/ping\" }\n";

/// A system with one way to sign in and the probe `GET /ping`.
pub(super) fn system_with(auth: &str) -> System {
    system(&format!(
        "[[auth]]\nfields=[{{name=\"username\",label=\"User\"}},{{name=\"password\",label=\"Password\",secret=true}}]\n{auth}\n{PROBE}"
    ))
}

pub(super) fn target(system: System, base_url: &str, secrets: &[(&str, &str)]) -> Target {
    let auth: Auth = system.auth[0].clone();
    let secret: BTreeMap<String, Secret> = secrets
        .iter()
        .filter(|(name, _)| is_secret(name))
        .map(|(name, value)| ((*name).into(), Secret::new(*value)))
        .collect();
    let public = secrets
        .iter()
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
    Target {
        connection: None,
        generation: 1,
        system: Arc::new(system),
        auth: Arc::new(auth),
        hosting: Hosting::Cloud,
        base_url: base_url.parse().unwrap(),
        parameters: BTreeMap::new(),
        credentials: Credentials { public, secret, tls: TlsMaterial::default() },
        limits: Limits { connect_timeout: Duration::from_millis(700), response_timeout: Duration::from_millis(700) },
        probe: None,
    }
}

fn is_secret(name: &str) -> bool {
    ["password", "token", "key", "client_secret", "secret_key"].contains(&name)
}

pub(super) fn clock() -> ManualClock {
    ManualClock::at(Timestamp::parse(NOW).unwrap())
}

pub(super) fn upstream_with(egress: EgressSettings, names: &[(&str, &str)], clock: ManualClock) -> Upstream {
    let names = names.iter().map(|(name, ip)| ((*name).to_owned(), vec![ip.parse().unwrap()]));
    let settings = UpstreamSettings { egress: EgressPolicy::parse(&egress).unwrap(), resolver: Resolver::table(names) };
    Upstream::new(settings, Arc::new(clock), Arc::new(OsRandom))
}

/// Loopback is open, by plain HTTP too; `sap.example` and `other.example` lead to it.
pub(super) fn upstream() -> Upstream {
    let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    upstream_with(egress, &[("sap.example", "127.0.0.1"), ("other.example", "127.0.0.1")], clock())
}

pub(super) fn status(observation: &Observation) -> u16 {
    match &observation.outcome {
        Outcome::Answer(answer) => answer.status,
        Outcome::Failure(failure) => panic!("no answer: {failure:?}"),
    }
}

pub(super) fn failure(observation: &Observation) -> Failure {
    match &observation.outcome {
        Outcome::Answer(answer) => panic!("an answer: {}", answer.status),
        Outcome::Failure(failure) => failure.clone(),
    }
}
