//! One HTTP/1.1 exchange over a connection of the connector: sends, waits within its limits, and says in words what
//! broke. Follows no redirect, knows no proxy variable, keeps no cookie.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{COOKIE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Deadline, timeout_at};

use super::address::Address;
use super::ask::Ask;
use super::connector::{Opened, millis};
use super::pool::Line;
use super::tls::{TlsWatch, of_io_error};
use super::{Core, Failure, Limits, Timing, TlsMaterial};

/// What a probe keeps of a body.
const BODY_LIMIT: usize = 64 * 1024;
/// More than this is no answer to a probe: reading stops, and the answer counts as too large.
const LARGEST: usize = 1024 * 1024;
const HEAD_LIMIT: usize = 64 * 1024;
const HEADER_COUNT: usize = 200;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(super) type SentBody = UnsyncBoxBody<Bytes, BoxError>;

/// A complete answer, with its secrets still in it.
pub(super) struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub truncated: bool,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    pub(super) fn is_html(&self) -> bool {
        self.header("content-type")
            .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
    }
    /// Names and values of the cookies that the answer sets.
    pub(super) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").filter_map(|(_, value)| {
            let (name, value) = value.split(';').next()?.split_once('=')?;
            Some((name.trim(), value.trim()))
        })
    }
}

/// What one exchange gave.
pub(super) struct Seen {
    pub result: Result<Reply, Failure>,
    pub peer: Option<SocketAddr>,
    pub timing: Timing,
    /// The request went over the wire, or part of it.
    pub sent: bool,
}

impl Seen {
    pub(super) fn not_sent(failure: Failure) -> Self {
        Self { result: Err(failure), peer: None, timing: Timing::default(), sent: false }
    }
    pub(super) fn reply(&self) -> Option<&Reply> {
        self.result.as_ref().ok()
    }
}

impl Core {
    /// Asks once, on a fresh connection, and reads at most 64 KiB of the answer.
    pub(super) async fn exchange(&self, tls: &TlsMaterial, limits: Limits, ask: &Ask) -> Seen {
        let begun = Instant::now();
        let body =
            Full::new(Bytes::from(ask.body.clone().unwrap_or_default())).map_err(|never| match never {}).boxed_unsync();
        let request = match request(ask, body) {
            Ok(request) => request,
            Err(failure) => return Seen::not_sent(failure),
        };
        let mut seen = match self.open(tls, limits.connect_timeout, &ask.address).await {
            Ok(opened) => exchange_on(opened, request, limits.response_timeout, &ask.address.host_and_port()).await,
            Err(seen) => seen,
        };
        seen.timing.total_ms = millis(begun);
        seen
    }

    pub(super) async fn open(
        &self,
        tls: &TlsMaterial,
        connect_timeout: Duration,
        address: &Address,
    ) -> Result<Opened, Seen> {
        let plan = match address.https.then(|| self.tls.plan(tls)).transpose() {
            Ok(plan) => plan,
            Err(failure) => return Err(Seen::not_sent(failure)),
        };
        let policy = self.policy();
        self.connector.open(&policy, address, plan.as_ref(), connect_timeout).await.map_err(|failed| Seen {
            result: Err(failed.failure),
            peer: failed.peer,
            timing: failed.timing,
            sent: false,
        })
    }
}

async fn exchange_on(opened: Opened, request: http::Request<SentBody>, limit: Duration, shown: &str) -> Seen {
    let peer = Some(opened.peer);
    let mut timing = opened.timing;
    let deadline = Deadline::now() + limit;
    let asked = async {
        let mut line = handshake(opened, shown).await?;
        let answered = send(&mut line, request, deadline, shown).await.map_err(|error| error.failure)?;
        Ok((line, answered))
    };
    let result = match asked.await {
        // The connection lives until its answer is read.
        Ok((line, answered)) => {
            timing.first_byte_ms = Some(answered.first_byte_ms);
            read(answered.response, deadline, limit, shown, line.watch.as_ref()).await
        }
        Err(failure) => Err(failure),
    };
    Seen { result, peer, timing, sent: true }
}

/// The head of an answer has come; its body is still on the way.
pub(super) struct Answered {
    pub response: http::Response<Incoming>,
    pub first_byte_ms: u32,
}

/// No answer came. `unsent` is the request where nothing of it left; `closed`: the system closed the connection without
/// a byte of an answer, as one does that had been open for long enough.
pub(super) struct NoAnswer {
    pub failure: Failure,
    pub unsent: Option<Box<http::Request<SentBody>>>,
    pub closed: bool,
}

/// Ends the connection's task when the exchange is over, however it ended.
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Makes an open connection ready for HTTP. Nothing is sent.
pub(super) async fn handshake(opened: Opened, shown: &str) -> Result<Line, Failure> {
    let (sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(true)
        .max_buf_size(HEAD_LIMIT)
        .max_headers(HEADER_COUNT)
        .handshake::<_, SentBody>(TokioIo::new(opened.wire))
        .await
        .map_err(|error| of_hyper_error(&error, shown, opened.watch.as_ref()))?;
    let driver = Driver(tokio::spawn(async move {
        // What breaks here is told to whoever waits for the answer.
        let _ = connection.await;
    }));
    Ok(Line::new(sender, driver, opened.peer, opened.watch, opened.timing))
}

pub(super) async fn send(
    line: &mut Line,
    request: http::Request<SentBody>,
    deadline: Deadline,
    shown: &str,
) -> Result<Answered, NoAnswer> {
    let begun = Instant::now();
    match timeout_at(deadline, line.sender.try_send_request(request)).await {
        Ok(Ok(response)) => Ok(Answered { response, first_byte_ms: millis(begun) }),
        Ok(Err(mut error)) => {
            let unsent = error.take_message().map(Box::new);
            let error = error.into_error();
            let failure = of_hyper_error(&error, shown, line.watch.as_ref());
            Err(NoAnswer { failure, unsent, closed: is_plain_close(&error) })
        }
        Err(_) => Err(NoAnswer {
            failure: Failure::ResponseTimeout {
                message: format!(
                    "{shown} took the request and did not answer within {} ms.",
                    begun.elapsed().as_millis()
                ),
            },
            unsent: None,
            closed: false,
        }),
    }
}

/// Closed in order, without a byte of an answer; a reset is something else.
fn is_plain_close(error: &hyper::Error) -> bool {
    let mut source = error.source();
    let mut io = None;
    while let (Some(inner), None) = (source, io) {
        io = inner.downcast_ref::<std::io::Error>();
        source = inner.source();
    }
    match io {
        Some(io) => matches!(io.kind(), std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::UnexpectedEof),
        None => error.is_incomplete_message() || error.is_canceled() || error.is_closed(),
    }
}

pub(super) async fn read(
    response: http::Response<Incoming>,
    deadline: Deadline,
    limit: Duration,
    shown: &str,
    watch: Option<&TlsWatch>,
) -> Result<Reply, Failure> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    let mut truncated = false;
    let mut length = 0usize;
    while let Some(frame) = timeout_at(deadline, incoming.frame()).await.map_err(|_| Failure::ResponseTimeout {
        message: format!("{shown} began to answer and did not end within {} ms.", limit.as_millis()),
    })? {
        let frame = frame.map_err(|error| of_hyper_error(&error, shown, watch))?;
        let Ok(data) = frame.into_data() else { continue };
        let room = BODY_LIMIT.saturating_sub(body.len());
        body.extend_from_slice(data.get(..room).unwrap_or(&data));
        length = length.saturating_add(data.len());
        if length > LARGEST {
            truncated = true;
            break;
        }
    }
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Reply { status: head.status.as_u16(), headers, body, truncated })
}

/// The request as hyper wants it; what no request may hold is refused before anything is sent.
pub(super) fn request(ask: &Ask, body: SentBody) -> Result<http::Request<SentBody>, Failure> {
    let wrong = |message: String| Failure::Protocol { message: format!("Nothing was sent: {message}") };
    let method = http::Method::from_bytes(ask.method.as_bytes())
        .map_err(|_| wrong(format!("“{}” is no method.", ask.method)))?;
    let uri: http::Uri =
        ask.target.parse().map_err(|_| wrong("the path holds characters that no request may hold.".into()))?;
    let mut request =
        http::Request::builder().method(method).uri(uri).body(body).map_err(|error| wrong(error.to_string()))?;
    let headers = request.headers_mut();
    let value = |name: &str, text: &str| {
        HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
            wrong(format!(
                "the value for the header {name} holds a line break or another character that no header may hold."
            ))
        })
    };
    headers.insert(HOST, value("host", &ask.address.authority())?);
    for (name, text) in &ask.headers {
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(format!("“{name}” is no header's name.")))?;
        headers.append(parsed, value(name, text)?);
    }
    if !headers.contains_key(USER_AGENT) {
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Junctionbox/", env!("CARGO_PKG_VERSION"))));
    }
    if let Some(cookies) = ask.cookie_header() {
        headers.insert(COOKIE, value("cookie", &cookies)?);
    }
    Ok(request)
}

/// What an error of hyper stands for.
pub(super) fn of_hyper_error(error: &hyper::Error, shown: &str, watch: Option<&TlsWatch>) -> Failure {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return of_io_error(io, shown, watch, false);
        }
        source = inner.source();
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || error.is_body_write_aborted() {
        return Failure::Reset { message: format!("{shown} closed the connection before its answer was complete.") };
    }
    if error.is_parse() {
        return Failure::Protocol { message: format!("{shown} does not answer in HTTP: {error}.") };
    }
    Failure::Protocol { message: format!("{shown} gave an answer that breaks the rules of HTTP: {error}.") }
}
