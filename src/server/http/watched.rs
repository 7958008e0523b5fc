//! A client's connection as the framework reads and writes it, with what the framework lacks: its bare refusals of what is no
//! HTTP become problems that say what was wrong, a body that breaks off its own framing is answered before the connection
//! closes, and every head has to arrive in time, not only the first.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::line::Line;
use super::progress::{Progress, Step};
use crate::server::middleware::Arrival;
use crate::server::refusal;

const MALFORMED: &str = "What arrived is no HTTP request. Send a request line, headers and a body as HTTP/1.1 has them (RFC 9112); the \
                         connection was closed.";
const TOO_SLOW: &str =
    "The request's address and headers did not arrive in time. Send them at once; the connection was closed.";
const TOO_LARGE: &str =
    "The request's address and headers are too long, or too many. Send less; the connection was closed.";
const BROKEN_BODY: &str = "The body does not have the form that its headers announce. Send it with its length, or in chunks as \
                           HTTP/1.1 has them (RFC 9112); the connection was closed.";

pub(super) struct Watched {
    line: Line,
    progress: Progress,
    arrival: Arrival,
    head_timeout: Duration,
    /// Runs from the first byte of a head.
    head: Option<Pin<Box<Sleep>>>,
    /// What is sent instead of what the framework wanted to send, and how much of it has left.
    own: Option<(Vec<u8>, usize)>,
    /// Whether the client will send nothing more.
    ended: bool,
    /// Whether anything of the present answer has left.
    answered: bool,
    /// Whether the server stops: then a request may end without an answer through no fault of its client.
    stopping: Arc<AtomicBool>,
}

impl Watched {
    pub fn new(line: Line, arrival: Arrival, head_timeout: Duration, stopping: Arc<AtomicBool>) -> Self {
        Self {
            stopping,
            line,
            progress: Progress::default(),
            arrival,
            head_timeout,
            head: None,
            own: None,
            ended: false,
            answered: false,
        }
    }

    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn refuse(&self, status: StatusCode, code: &str, detail: &str) -> Vec<u8> {
        let id = self.arrival.new_id();
        tracing::info!(target: "access", request_id = %id, status = status.as_u16(), "refused what is no request");
        let body = refusal::body(status, code, detail, &id);
        let millis = u64::try_from(self.arrival.clock.now().millis()).unwrap_or(0);
        let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(millis));
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\
             x-request-id: {id}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\ndate: {date}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// The problem that stands for a bare refusal of the framework; nothing else of what it writes is one.
    fn in_place_of(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let status = bare_refusal(bytes)?;
        Some(match status {
            StatusCode::REQUEST_TIMEOUT => self.refuse(status, "validation_failed", TOO_SLOW),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => self.refuse(status, "payload_too_large", TOO_LARGE),
            _ => self.refuse(StatusCode::BAD_REQUEST, "validation_failed", MALFORMED),
        })
    }

    /// Sends what is left of our own words.
    fn poll_own(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((bytes, sent)) = &mut self.own {
            let left = bytes.get(*sent..).unwrap_or_default();
            if left.is_empty() {
                self.own = None;
                break;
            }
            match ready!(Pin::new(&mut self.line).poll_write(context, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => *sent = sent.saturating_add(count),
            }
        }
        Pin::new(&mut self.line).poll_flush(context)
    }

    /// The framework gives up a request whose body is broken without a word, though its client listens.
    fn last_words(&mut self) {
        let stopping = self.stopping.load(Ordering::Relaxed);
        if self.progress.step() == Step::Answer && !self.answered && !self.ended && !stopping {
            self.answered = true;
            self.own = Some((self.refuse(StatusCode::BAD_REQUEST, "validation_failed", BROKEN_BODY), 0));
        }
    }

    /// Whether the head that is being read has taken too long.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match (&mut self.head, self.progress.step()) {
            (Some(timer), Step::Head) => timer.as_mut().poll(context),
            (head, _) => {
                *head = None;
                Poll::Pending
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(Ok(()));
        }
        if this.poll_late(context).is_ready() {
            this.head = None;
            this.ended = true;
            this.own = Some((this.refuse(StatusCode::REQUEST_TIMEOUT, "validation_failed", TOO_SLOW), 0));
            // What cannot leave now leaves when the connection is shut down.
            let _ = this.poll_own(context)?;
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        if let Err(error) = ready!(Pin::new(&mut this.line).poll_read(context, into)) {
            this.ended = true;
            return Poll::Ready(Err(error));
        }
        if into.filled().len() == before {
            this.ended = true;
        } else if this.progress.step() == Step::Head && this.head.is_none() {
            this.answered = false;
            this.head = Some(Box::pin(tokio::time::sleep_until(Instant::now() + this.head_timeout)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.own.is_none() && this.progress.step() == Step::Head {
            this.own = this.in_place_of(bytes).map(|problem| (problem, 0));
        }
        if this.own.is_some() {
            ready!(this.poll_own(context))?;
            this.answered = true;
            return Poll::Ready(Ok(bytes.len()));
        }
        let count = ready!(Pin::new(&mut this.line).poll_write(context, bytes))?;
        this.answered = true;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.line).poll_flush(context))?;
        if this.progress.step() != Step::Head {
            this.head = None;
        }
        this.progress.sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.last_words();
        if this.own.is_some() {
            ready!(this.poll_own(context))?;
        }
        Pin::new(&mut this.line).poll_shutdown(context)
    }
}

impl Drop for Watched {
    /// A connection that is dropped in the middle of a request says why, as far as that can be done without waiting.
    fn drop(&mut self) {
        self.last_words();
        if self.own.is_some() {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(Ok(())) = self.poll_own(&mut context) {
                let _ = Pin::new(&mut self.line).poll_shutdown(&mut context);
            }
        }
    }
}

/// The status of an answer that the framework gave by itself: an empty 4xx without the id that all our answers carry.
fn bare_refusal(bytes: &[u8]) -> Option<StatusCode> {
    let text = std::str::from_utf8(bytes).ok()?.strip_prefix("HTTP/1.1 4")?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let lower = head.to_ascii_lowercase();
    let bare = body.is_empty() && lower.contains("\r\ncontent-length: 0") && !lower.contains("\r\nx-request-id:");
    bare.then_some(())?;
    StatusCode::from_bytes(format!("4{}", head.get(..2)?).as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_refusal_without_our_id_is_the_frameworks_own() {
        let table = [
            ("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n", Some(400)),
            ("HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n", Some(431)),
            ("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: req_1\r\n\r\n", None),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", None),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", None),
            ("HTTP/1.1 100 Continue\r\n\r\n", None),
            ("HTTP/1.1 4", None),
        ];
        for (text, wanted) in table {
            assert_eq!(bare_refusal(text.as_bytes()).map(|status| status.as_u16()), wanted, "{text}");
        }
        assert_eq!(bare_refusal(&[0xff, 0xfe]), None);
    }
}
