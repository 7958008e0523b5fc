//! The caller's body on its way to the system: with its length where it has one, counted, and watched for standing still.

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

use super::ForwardBody;
use crate::upstream::http::{BoxError, SentBody};

/// When the caller's body last moved.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Instant>>);

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Progress {
    pub(super) fn moved(&self) {
        *self.0.lock() = Instant::now();
    }
    /// Ends when nothing has moved for so long.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let until = *self.0.lock() + limit;
            if until <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

pub(super) fn sent_body(body: &mut ForwardBody, progress: &Progress) -> SentBody {
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
