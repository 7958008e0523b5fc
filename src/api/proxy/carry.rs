//! What is carried: the caller's headers and body to the system, the system's body back. Small bodies are held so that
//! they can be sent again; large ones pass through a few pieces of memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Bytes};
use futures_util::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use crate::api::problem::Problem;
use crate::proxy::Logged;
use crate::upstream::{AnswerBody, BoxError, ForwardBody};

/// Bodies up to this size are kept while they are sent, so that they can be sent again after a renewed sign-in.
const WHOLE: usize = 64 * 1024;
/// A body without a length gets so long to turn out to be small.
const PATIENCE: Duration = Duration::from_millis(250);
/// Headers that are for Junctionbox, or for one connection only.
const OURS: [&str; 19] = [
    "authorization",
    "host",
    "cookie",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
    "content-length",
    "x-request-id",
    "idempotency-key",
    "forwarded",
    "via",
    "x-real-ip",
];

pub(super) fn headers_for_system(headers: &HeaderMap) -> Result<Vec<(String, String)>, Problem> {
    let named: Vec<String> = headers
        .get_all("connection")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut passed = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let name = name.as_str();
        if OURS.contains(&name) || name.starts_with("x-forwarded-") || named.iter().any(|other| other == name) {
            continue;
        }
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| {
            Problem::invalid_field(name, format!("The header {name} holds bytes that are no UTF-8. Encode them."))
        })?;
        passed.push((name.to_owned(), text.to_owned()));
    }
    Ok(passed)
}

/// A small body is read whole; a large one is streamed, with its length where it has one.
pub(super) async fn body(
    request: &HttpRequest,
    mut payload: web::Payload,
    sent: Arc<AtomicU64>,
) -> Result<ForwardBody, Problem> {
    let length = request
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    let chunked = request.headers().contains_key("transfer-encoding");
    if length.unwrap_or(0) == 0 && !chunked {
        return Ok(ForwardBody::Empty);
    }
    let small = length.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length <= WHOLE));
    let mut begin = web::BytesMut::new();
    let mut ended = false;
    if small || length.is_none() {
        let patience = if small { Duration::MAX } else { PATIENCE };
        let gathered = gather(&mut payload, &mut begin);
        // What was gathered before patience ended is in `begin`.
        if let Ok(whole) = tokio::time::timeout(patience, gathered).await {
            ended = whole?;
        }
    }
    if ended {
        sent.fetch_add(u64::try_from(begin.len()).unwrap_or(0), Ordering::Relaxed);
        return Ok(ForwardBody::Whole(begin.freeze()));
    }
    let first = futures_util::stream::iter((!begin.is_empty()).then(|| Ok(begin.freeze())));
    let counted = first.chain(across_threads(payload)).inspect(move |piece: &Result<Bytes, BoxError>| {
        if let Ok(bytes) = piece {
            sent.fetch_add(u64::try_from(bytes.len()).unwrap_or(0), Ordering::Relaxed);
        }
    });
    Ok(ForwardBody::Streamed { body: Box::pin(counted), length })
}

/// Reads until the end (true), or until it is more than a small body.
async fn gather(payload: &mut web::Payload, into: &mut web::BytesMut) -> Result<bool, Problem> {
    while let Some(piece) = payload.next().await {
        into.extend_from_slice(&piece.map_err(cut_off)?);
        if into.len() > WHOLE {
            return Ok(false);
        }
    }
    Ok(true)
}

fn cut_off(error: impl std::fmt::Display) -> Problem {
    Problem::invalid_field(
        "",
        format!("The body did not arrive completely ({error}). Nothing was sent; send it again."),
    )
}

/// The framework's stream stays on its thread; what leaves it passes a small channel, so memory stays small too.
fn across_threads(mut payload: web::Payload) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    let (out, pieces) = mpsc::channel(4);
    actix_web::rt::spawn(async move {
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|error| BoxError::from(error.to_string()));
            let ended = piece.is_err();
            if out.send(piece).await.is_err() || ended {
                break;
            }
        }
    });
    futures_util::stream::unfold(pieces, |mut pieces| async move { pieces.recv().await.map(|piece| (piece, pieces)) })
}

/// The system's body on its way back, counted for the log. What broke on the way is the log's; the caller sees the
/// answer end early.
pub(super) fn passed_back(body: AnswerBody, mut logged: Logged) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    if body.length() == Some(0) {
        logged.complete();
    }
    Counted { left: body.length(), body, logged }
}

struct Counted {
    body: AnswerBody,
    logged: Logged,
    left: Option<u64>,
}

impl Stream for Counted {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_next(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                this.logged.received(bytes.len());
                this.left = this.left.map(|left| left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX)));
                if this.left == Some(0) {
                    this.logged.complete();
                }
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(Some(Err(failure))) => {
                Poll::Ready(Some(Err(std::io::Error::other(failure.message().to_owned()))))
            }
            Poll::Ready(None) => {
                this.logged.complete();
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
