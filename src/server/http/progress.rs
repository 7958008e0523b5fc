//! Where a connection stands between its requests, known to the stream below the framework and told by the outermost
//! middleware: only there one sees that a head was read, and that an answer's body is over.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Step {
    /// A head is to come.
    #[default]
    Head,
    /// A head was read; the answer is at work or on its way.
    Answer,
    /// The answer's body is over, but not all of it may have left.
    Ending,
}

/// Shared by a connection's stream and its requests; all of them live on one thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Rc<Cell<Step>>);

impl Progress {
    pub fn step(&self) -> Step {
        self.0.get()
    }
    /// Everything was sent: what follows an answer is a head.
    pub fn sent(&self) {
        if self.step() == Step::Ending {
            self.0.set(Step::Head);
        }
    }
}

/// The outermost middleware.
pub(super) async fn follow(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let progress = request.conn_data::<Progress>().cloned().unwrap_or_default();
    progress.0.set(Step::Answer);
    let answer = next.call(request).await?;
    Ok(answer.map_body(|_, body| BoxBody::new(Followed { body: body.boxed(), progress })))
}

/// A body that says when it is over.
struct Followed {
    body: BoxBody,
    progress: Progress,
}

impl MessageBody for Followed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.progress.0.set(Step::Ending);
    }
}
