//! Keeps the compression away from answers of connected systems, whose length and form stay as they were sent: they are
//! marked `identity` below it and lose the mark above it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, HeaderValue};
use actix_web::middleware::Next;

const IDENTITY: &str = "identity";

pub async fn hide_from_compression(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut answer = next.call(request).await?;
    let headers = answer.headers_mut();
    if headers.contains_key("junctionbox-upstream") && !headers.contains_key(CONTENT_ENCODING) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(IDENTITY));
    }
    Ok(answer)
}

pub async fn reveal_after_compression(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut answer = next.call(request).await?;
    if answer.headers().get(CONTENT_ENCODING).is_some_and(|value| value == IDENTITY) {
        answer.headers_mut().remove(CONTENT_ENCODING);
    }
    Ok(answer)
}
