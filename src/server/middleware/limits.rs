//! Bounds on what a client may send: header bytes, a declared body length, and the pause between two pieces of a body.
//! The proxy route bounds its bodies itself.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use futures_util::StreamExt as _;

use crate::base::Inbound;
use crate::server::refusal;

/// Bytes of all headers and the request line together.
pub const HEADER_LIMIT: usize = 32 * 1024;
/// Bytes of a body, outside the proxy route.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// A body that pauses longer than this is given up: a slow client may not hold a connection for nothing.
const BODY_PAUSE: Duration = Duration::from_secs(30);

pub async fn enforce_limits(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    if let Some((status, code, detail)) = excess(&request) {
        let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
        let answer = refusal::problem(status, code, detail, &inbound.request_id);
        return Ok(request.into_response(answer).map_into_right_body());
    }
    bound_pauses(&mut request);
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
    let is_proxied = request.path().starts_with("/api/v1/connections/") && request.path().contains("/proxy");
    (length > BODY_LIMIT && !is_proxied).then_some((
        StatusCode::PAYLOAD_TOO_LARGE,
        "payload_too_large",
        "The body is larger than 1 MiB. Send less, or in several requests.",
    ))
}

/// Puts a limit on the wait for each piece of the body.
fn bound_pauses(request: &mut ServiceRequest) {
    if matches!(request.parts_mut().1, Payload::None) {
        return;
    }
    let payload = request.take_payload();
    let pieces = futures_util::stream::unfold(Some(payload), |payload| async move {
        let mut payload = payload?;
        match tokio::time::timeout(BODY_PAUSE, payload.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(payload))),
            Err(_) => Some((Err(PayloadError::Incomplete(None)), None)),
        }
    });
    request.set_payload(Payload::Stream { payload: Box::pin(pieces) });
}
