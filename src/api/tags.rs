//! Entity tags: an object's is its version and a hash of what is shown (`"3-9f2c4b1a7e60"`), a list's the hash alone; who has
//! the right one already gets 304. Also keeps the compression away from answers that hold a door's key.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::gate::is_proxied;
use super::problem::Problem;

const HASH_BYTES: usize = 6;

pub async fn tag(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_proxied(request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let reads = request.method() == Method::GET;
    let secretive = !reads || request.path().contains("/links") || request.path().ends_with("/status");
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut answer = next.call(request).await?.map_into_boxed_body();
    let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if secretive && answer.status().is_success() && is_json {
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    if answer.status() != StatusCode::OK || !is_json || !(reads || answer.headers().contains_key(ETAG)) {
        return Ok(answer);
    }
    let (request, response) = answer.into_parts();
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| Problem::internal(error.to_string()))?;
    let tag = tag_of(head.headers(), &body);
    if let Some(same) = known.filter(|_| reads).and_then(|known| matching(&known, &tag)) {
        head.headers_mut().remove(CONTENT_TYPE);
        head.headers_mut().remove(CONTENT_ENCODING);
        *head.status_mut() = StatusCode::NOT_MODIFIED;
        set(head.headers_mut(), &same);
        return Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(()))));
    }
    set(head.headers_mut(), &tag);
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

/// What an object shows can change without its version: counts of a customer's connections do.
fn tag_of(headers: &HeaderMap, body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let hash = HEXLOWER.encode(hash.get(..HASH_BYTES).unwrap_or_default());
    let version = headers.get(ETAG).and_then(|value| value.to_str().ok()).map(|text| text.trim_matches('"').to_owned());
    version.map_or_else(|| format!("\"{hash}\""), |version| format!("\"{version}-{hash}\""))
}

/// The tag of a list that is this one, as the client wrote it; weak ones count (RFC 9110, 13.1.2).
fn matching(known: &str, tag: &str) -> Option<String> {
    let same = |given: &&str| *given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag;
    let found = known.split(',').map(str::trim).find(same)?;
    Some(if found == "*" { tag.to_owned() } else { found.to_owned() })
}

fn set(headers: &mut HeaderMap, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_any_form() {
        let tag = "\"3-abc\"";
        for known in ["\"3-abc\"", "W/\"3-abc\"", "\"1\", W/\"3-abc\"", "*"] {
            assert!(matching(known, tag).is_some(), "{known}");
        }
        for known in ["\"3\"", "3-abc", "", "\"3-abd\", \"x\""] {
            assert_eq!(matching(known, tag), None, "{known}");
        }
    }
}
