//! The body of a system's answer as a stream. Ends with a failure when the system stops in the middle.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, Sleep};

use super::Failure;
use super::http::of_hyper_error;
use super::pool::{Line, Pool};
use super::tls::TlsWatch;

/// Has the connection with it: it goes back to the pool when the last byte was read, and ends when the body is dropped
/// before.
pub struct AnswerBody {
    source: Source,
    line: Option<Line>,
    pool: Pool,
    /// How long the system says that it keeps the connection.
    kept_for: Option<Duration>,
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    shown: String,
    /// Neither a length nor pieces: only the end of the connection says that this was all.
    ends_with_connection: bool,
}

enum Source {
    System(Incoming),
    /// The built-in system's, which nothing was sent to.
    Ours(Option<Bytes>),
}

impl AnswerBody {
    pub(super) fn ours(bytes: Bytes) -> Self {
        let limit = Duration::from_secs(60);
        Self {
            source: Source::Ours(Some(bytes).filter(|bytes| !bytes.is_empty())),
            line: None,
            pool: Pool::default(),
            kept_for: None,
            limit,
            deadline: Box::pin(tokio::time::sleep(limit)),
            shown: String::new(),
            ends_with_connection: false,
        }
    }

    pub(super) fn new(
        response: http::Response<Incoming>,
        line: Line,
        pool: Pool,
        limit: Duration,
        shown: String,
    ) -> Self {
        let kept_for = announced(response.headers());
        let deadline = Box::pin(tokio::time::sleep(limit));
        let framed = [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| response.headers().contains_key(name));
        let incoming = response.into_body();
        let ended = incoming.is_end_stream();
        let ends_with_connection = !ended && !framed;
        let source = Source::System(incoming);
        let mut body = Self { source, line: Some(line), pool, kept_for, limit, deadline, shown, ends_with_connection };
        if ended {
            body.give_back();
        }
        body
    }

    fn give_back(&mut self) {
        if let Some(line) = self.line.take() {
            self.pool.give_back(line, self.kept_for);
        }
    }

    fn was_cut_off(&self) -> bool {
        self.line.as_ref().and_then(|line| line.watch.as_ref()).is_some_and(TlsWatch::was_cut_off)
    }

    /// Reads what is left where it is little, so that the connection can be used again.
    pub(super) async fn drain(mut self) {
        const LITTLE: usize = 64 * 1024;
        let mut read = 0usize;
        while let Some(Ok(piece)) = futures_util::StreamExt::next(&mut self).await {
            read = read.saturating_add(piece.len());
            if read > LITTLE {
                return;
            }
        }
    }

    /// The length that the system announced, where it did.
    pub fn length(&self) -> Option<u64> {
        match &self.source {
            Source::System(incoming) => incoming.size_hint().exact(),
            Source::Ours(bytes) => Some(u64::try_from(bytes.as_ref().map_or(0, Bytes::len)).unwrap_or(u64::MAX)),
        }
    }
}

impl Stream for AnswerBody {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let incoming = match &mut this.source {
                Source::System(incoming) => incoming,
                Source::Ours(bytes) => return Poll::Ready(bytes.take().map(Ok)),
            };
            match Pin::new(incoming).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.deadline.as_mut().reset(Instant::now() + this.limit);
                    // Trailers are not passed on.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(of_hyper_error(
                        &error,
                        &this.shown,
                        this.line.as_ref().and_then(|line| line.watch.as_ref()),
                    ))));
                }
                Poll::Ready(None) => {
                    if this.ends_with_connection && this.was_cut_off() {
                        this.ends_with_connection = false;
                        return Poll::Ready(Some(Err(Failure::Reset {
                            message: format!(
                                "{} hung up without the TLS goodbye, and its answer has no length: the end may be missing.",
                                this.shown
                            ),
                        })));
                    }
                    this.give_back();
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    return match this.deadline.as_mut().poll(context) {
                        Poll::Ready(()) => Poll::Ready(Some(Err(Failure::ResponseTimeout {
                            message: format!(
                                "{} stopped in the middle of its answer for {} ms.",
                                this.shown,
                                this.limit.as_millis()
                            ),
                        }))),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    }
}

/// `Keep-Alive: timeout=5`.
fn announced(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get("keep-alive")?.to_str().ok()?;
    let seconds = text.split(',').find_map(|part| part.trim().strip_prefix("timeout="))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
