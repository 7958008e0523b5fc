//! The body of a system's answer as a stream. Ends with a failure when the system stops in the middle.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, Sleep};

use super::Failure;
use super::http::{Answered, Driver, of_hyper_error};
use super::tls::TlsWatch;

/// Has the connection's task with it: dropping the body ends the connection.
pub struct AnswerBody {
    incoming: Incoming,
    watch: Option<TlsWatch>,
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    shown: String,
    _driver: Driver,
}

impl AnswerBody {
    pub(super) fn new(answered: Answered, limit: Duration, shown: String) -> Self {
        let deadline = Box::pin(tokio::time::sleep(limit));
        Self {
            incoming: answered.response.into_body(),
            watch: answered.watch,
            limit,
            deadline,
            shown,
            _driver: answered.driver,
        }
    }

    /// The length that the system announced, where it did.
    pub fn length(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }
}

impl Stream for AnswerBody {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match Pin::new(&mut this.incoming).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.deadline.as_mut().reset(Instant::now() + this.limit);
                    // Trailers are not passed on.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(of_hyper_error(&error, &this.shown, this.watch.as_ref()))));
                }
                Poll::Ready(None) => return Poll::Ready(None),
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
