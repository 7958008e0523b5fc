//! A request that changes something is finished even when its client hangs up: what was asked of a system is counted, what
//! was begun is written. Only what is forwarded for a caller ends with the caller; the proxy sees to that itself.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Method;
use actix_web::middleware::Next;

use crate::api::is_proxied;

pub async fn finish_what_was_begun(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_proxied(request.path()) || matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let finished =
        actix_web::rt::spawn(async move { next.call(request).await.map(ServiceResponse::map_into_boxed_body) });
    finished.await.map_err(ErrorInternalServerError)?
}
