//! A caller's request, signed in and streamed both ways. Owns what is added and taken off on the way; refuses to pass
//! on the system's session, and sends a request twice only when its whole body is at hand.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::address::below;
use super::answer_body::AnswerBody;
use super::ask::Ask;
use super::connector::millis;
use super::http::{Answered, BoxError, Reply, Seen, SentBody, request, send};
use super::look::Look;
use super::probe::wants_csrf;
use super::renewal::wants_renewal;
use super::sessions::{Session, Stale};
use super::{Core, Failure, Observation, Target, schemes};
use crate::systems::RulePlace;

/// Headers that belong to one connection, not to the message (RFC 9110), and those that are ours to set.
const NOT_PASSED_ON: [&str; 11] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
];

/// What a caller wants to have sent.
pub struct ForwardRequest {
    pub method: String,
    /// Raw path and query, appended to the base URL as text; the caller has refused dot segments and the like.
    pub path_and_query: String,
    /// Freed of everything that belongs to Junctionbox itself.
    pub headers: Vec<(String, String)>,
    pub body: ForwardBody,
}

pub enum ForwardBody {
    Empty,
    /// All of it: can be sent again after a renewed sign-in.
    Whole(Bytes),
    Streamed {
        body: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
        length: Option<u64>,
    },
}

/// The system's answer: its head, and its body still on the way.
pub struct ForwardAnswer {
    pub status: u16,
    /// Names in lower case, bytes as sent; without hop-by-hop headers and `set-cookie`.
    pub headers: Vec<(String, Bytes)>,
    pub body: AnswerBody,
    /// The same as an observation (its body is empty), to judge what traffic says of the connection.
    pub observation: Observation,
}

impl Core {
    pub(super) async fn forward(
        self: &Arc<Self>,
        target: &Target,
        mut wanted: ForwardRequest,
    ) -> Result<ForwardAnswer, Box<Observation>> {
        let mut look = Look::begin(self.clock.now(), target);
        let renewable = target.auth.scheme.is_renewable();
        let mut proof = None;
        if renewable {
            proof = Some(self.proof(target, &mut look, Stale::None).await?);
        }
        let session = proof.as_ref().map(|proof| proof.session.clone());
        let first = self.forward_once(target, session.as_deref(), &mut look, &mut wanted, None).await?;
        // Only what was sent whole can be sent again.
        if matches!(wanted.body, ForwardBody::Streamed { .. }) {
            return Ok(first.answer);
        }
        if first.wants_renewal && proof.as_ref().is_some_and(|proof| proof.fresh.is_none()) {
            let serial = session.as_ref().map_or(0, |session| session.serial);
            let renewed = self.proof(target, &mut look, Stale::Serial(serial)).await?;
            let again = self.forward_once(target, Some(&renewed.session), &mut look, &mut wanted, None).await?;
            return Ok(again.answer);
        }
        if first.wants_csrf
            && let Some(csrf) = self.csrf_token(target, session.as_deref(), &mut look, &first.undressed).await
        {
            let again = self.forward_once(target, session.as_deref(), &mut look, &mut wanted, Some(csrf)).await?;
            return Ok(again.answer);
        }
        Ok(first.answer)
    }

    async fn forward_once(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        wanted: &mut ForwardRequest,
        csrf: Option<(String, Vec<(String, String)>)>,
    ) -> Result<Forwarded, Box<Observation>> {
        let begun = std::time::Instant::now();
        let undressed = plain(target, wanted).map_err(|failure| failed(target, look, None, Seen::not_sent(failure)))?;
        let mut ask = undressed.clone();
        if let Err(failure) = self.dress(target, session, look, &mut ask) {
            return Err(failed(target, look, Some(&ask), Seen::not_sent(failure)));
        }
        if let Some((token, cookies)) = csrf {
            ask.set_header("X-CSRF-Token", token);
            ask.add_cookies(cookies);
        }
        let progress = Progress::default();
        let request = match request(&ask, sent_body(&mut wanted.body, &progress)) {
            Ok(request) => request,
            Err(failure) => return Err(failed(target, look, Some(&ask), Seen::not_sent(failure))),
        };
        let opened = match self.open(&target.credentials.tls, target.limits.connect_timeout, &ask).await {
            Ok(opened) => opened,
            Err(seen) => return Err(failed(target, look, Some(&ask), seen)),
        };
        let (peer, mut timing) = (Some(opened.peer), opened.timing);
        look.secret_sent |= schemes::carries_secret(target.auth.scheme);
        let shown = ask.address.host_and_port();
        let limit = target.limits.response_timeout;
        // The limit counts from the last piece of the caller's body: a large upload is no slow system.
        let result = tokio::select! {
            result = send(opened, request, Instant::now() + Duration::from_secs(24 * 3600), &shown) => result,
            () = progress.stalled(limit) => Err(Failure::ResponseTimeout {
                message: format!("{shown} took the request and did not answer within {} ms.", limit.as_millis()),
            }),
        };
        timing.total_ms = millis(begun);
        match result {
            Ok(answered) => {
                timing.first_byte_ms = Some(answered.first_byte_ms);
                let (reply, headers) = head(&answered);
                let wants_renewal = wants_renewal(target, &reply, ask.address.https);
                let wants_csrf = wants_csrf(target, &reply, ask.address.https);
                let status = reply.status;
                let seen = Seen { result: Ok(reply), peer, timing, sent: true };
                let observation = look.observe(target, Some(&ask), &seen, RulePlace::Api);
                let answer =
                    ForwardAnswer { status, headers, body: AnswerBody::new(answered, limit, shown), observation };
                Ok(Forwarded { answer, undressed, wants_renewal, wants_csrf })
            }
            Err(failure) => {
                Err(failed(target, look, Some(&ask), Seen { result: Err(failure), peer, timing, sent: true }))
            }
        }
    }
}

struct Forwarded {
    answer: ForwardAnswer,
    undressed: Ask,
    wants_renewal: bool,
    wants_csrf: bool,
}

fn failed(target: &Target, look: &Look, ask: Option<&Ask>, seen: Seen) -> Box<Observation> {
    Box::new(look.observe(target, ask, &seen, RulePlace::Api))
}

/// The caller's request below the base URL, without proof.
fn plain(target: &Target, wanted: &ForwardRequest) -> Result<Ask, Failure> {
    let path = match wanted.path_and_query.chars().next() {
        None | Some('/' | '?') => wanted.path_and_query.clone(),
        Some(_) => format!("/{}", wanted.path_and_query),
    };
    let (address, request_target) = below(&target.base_url, &path).map_err(|message| Failure::Protocol { message })?;
    let named = connection_options(
        wanted
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
            .map(|(_, value)| value.as_str()),
    );
    let headers =
        wanted.headers.iter().filter(|(name, _)| is_passed_on(&name.to_ascii_lowercase(), &named)).cloned().collect();
    Ok(Ask { method: wanted.method.clone(), address, target: request_target, headers, cookies: Vec::new(), body: None })
}

/// What `Connection` names belongs to that connection too.
fn connection_options<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn is_passed_on(lower: &str, named: &[String]) -> bool {
    !NOT_PASSED_ON.contains(&lower) && !named.iter().any(|name| name == lower)
}

/// The head as rules read it, and as the caller gets it.
fn head(answered: &Answered) -> (Reply, Vec<(String, Bytes)>) {
    let found = answered.response.headers();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = found.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let named =
        connection_options(headers.iter().filter(|(name, _)| name == "connection").map(|(_, value)| value.as_str()));
    let passed = found
        .iter()
        .filter(|(name, _)| name.as_str() == "content-length" || is_passed_on(name.as_str(), &named))
        .filter(|(name, _)| name.as_str() != "set-cookie")
        .map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes())))
        .collect();
    (Reply { status: answered.response.status().as_u16(), headers, body: Vec::new(), truncated: false }, passed)
}

/// When the caller's body last moved.
#[derive(Clone)]
struct Progress(Arc<Mutex<Instant>>);

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Progress {
    fn moved(&self) {
        *self.0.lock() = Instant::now();
    }
    /// Ends when nothing has moved for so long.
    async fn stalled(&self, limit: Duration) {
        loop {
            let until = *self.0.lock() + limit;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

fn sent_body(body: &mut ForwardBody, progress: &Progress) -> SentBody {
    match body {
        ForwardBody::Empty => Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync(),
        ForwardBody::Whole(bytes) => Full::new(bytes.clone()).map_err(|never| match never {}).boxed_unsync(),
        ForwardBody::Streamed { body, length } => {
            let nothing: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>> =
                Box::pin(futures_util::stream::empty());
            let stream = std::mem::replace(body, nothing);
            Streamed { stream, left: *length, progress: progress.clone() }.boxed_unsync()
        }
    }
}

/// A caller's stream as hyper reads it; a known length is kept, so that no system has to understand chunks.
struct Streamed {
    stream: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
    left: Option<u64>,
    progress: Progress,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.stream.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.progress.moved();
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(length));
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
