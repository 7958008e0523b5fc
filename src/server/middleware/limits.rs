//! Bounds on what a client may send: header bytes, a declared body length, and the pause between two pieces of a body.
//! The proxy route and the form that takes a file bound their bodies themselves.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use futures_util::StreamExt as _;

use crate::api::is_proxied;
use crate::base::Inbound;
use crate::server::refusal;

/// Bytes of all headers and the request line together.
pub const HEADER_LIMIT: usize = 32 * 1024;
/// Bytes of a body, outside the proxy route.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// A body that comes slower than this, once it has been waited for as long as a pause may last twice, is given up.
const LEAST_BYTES_PER_SECOND: u64 = 256;

/// How long a client is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A body that pauses longer than this is given up: a slow client may not hold a connection for nothing.
    pub body: Duration,
}

pub async fn enforce_limits(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    if let Some((status, code, detail)) = excess(&request) {
        let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
        let answer = refusal::problem(status, code, detail, &inbound.request_id);
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let patience = request.app_data::<web::Data<Patience>>().map_or(Duration::from_secs(30), |patience| patience.body);
    bound_pauses(&mut request, patience);
    Ok(next.call(request).await?.map_into_left_body())
}

fn excess(request: &ServiceRequest) -> Option<(StatusCode, &'static str, &'static str)> {
    let line = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if line + headers > HEADER_LIMIT {
        let detail = "The request's address and headers are longer than 32 KiB together. Send less.";
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "payload_too_large", detail));
    }
    let length = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse::<usize>().ok()?;
    (length > BODY_LIMIT && !is_proxied(request.path()) && !takes_a_file(request.path())).then_some((
        StatusCode::PAYLOAD_TOO_LARGE,
        "payload_too_large",
        "The body is larger than 1 MiB. Send less, or in several requests.",
    ))
}

/// A picture that is too large is told at its field, beside all that was typed, not by the server.
fn takes_a_file(path: &str) -> bool {
    path == "/settings/branding"
}

/// What has come of a body, and how long it was waited for: time in which nobody wanted more does not count.
struct Arriving {
    payload: Payload,
    bytes: u64,
    waited: Duration,
}

/// Puts a limit on the wait for each piece of the body, and on a trickle.
fn bound_pauses(request: &mut ServiceRequest, patience: Duration) {
    if matches!(request.parts_mut().1, Payload::None) {
        return;
    }
    let arriving = Arriving { payload: request.take_payload(), bytes: 0, waited: Duration::ZERO };
    let pieces = futures_util::stream::unfold(Some(arriving), move |arriving| async move {
        let mut arriving = arriving?;
        let begun = Instant::now();
        let next = tokio::time::timeout(patience, arriving.payload.next()).await;
        arriving.waited += begun.elapsed();
        let trickles = arriving.waited > patience * 2
            && arriving.bytes < LEAST_BYTES_PER_SECOND.saturating_mul(arriving.waited.as_secs());
        match next {
            Ok(Some(Ok(piece))) if !trickles => {
                arriving.bytes = arriving.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                Some((Ok(piece), Some(arriving)))
            }
            Ok(None) => None,
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(Some(Ok(_))) | Err(_) => Some((Err(too_slow()), None)),
        }
    });
    // Who reads a form with files asks once more after the end.
    request.set_payload(Payload::Stream { payload: Box::pin(pieces.fuse()) });
}

fn too_slow() -> PayloadError {
    PayloadError::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it came too slowly"))
}

#[cfg(test)]
mod tests {
    use super::is_proxied;

    #[test]
    fn only_what_stands_below_proxy_is_proxied() {
        for (path, wanted) in [
            ("/api/v1/connections/con_1/proxy", true),
            ("/api/v1/connections/con_1/proxy/a/b", true),
            ("/api/v1/connections/con_1/proxying", false),
            ("/api/v1/connections/con_1/checks/proxy", false),
            ("/api/v1/connections/proxy", false),
            ("/api/v1/customers/proxy", false),
        ] {
            assert_eq!(is_proxied(path), wanted, "{path}");
        }
    }
}
