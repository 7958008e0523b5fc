//! Keeps the compression away from answers of connected systems, whose length and form stay as they were sent: they are
//! marked `identity` below it and lose the mark above it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue};
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
    match answer.headers().get(CONTENT_ENCODING) {
        Some(coding) if coding == IDENTITY => {
            answer.headers_mut().remove(CONTENT_ENCODING);
        }
        Some(_) if !answer.headers().contains_key("junctionbox-upstream") => weaken(answer.headers_mut()),
        _ => {}
    }
    Ok(answer)
}

/// A strong tag stands for the very bytes; compressed ones are others.
fn weaken(headers: &mut HeaderMap) {
    let strong = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        headers.insert(ETAG, weak);
    }
}
