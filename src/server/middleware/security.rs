//! Headers that keep browsers in bounds. What a face has set already stays; answers of a connected system are passed on
//! as they are and only locked into a sandbox.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, web};

const POLICY: &str =
    "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const UPSTREAM_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
const UPSTREAM: HeaderName = HeaderName::from_static("junctionbox-upstream");

/// How the listeners are reached.
#[derive(Debug, Clone, Copy)]
pub struct Transport {
    pub tls: bool,
}

pub async fn add_security_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let tls = request.app_data::<web::Data<Transport>>().is_some_and(|transport| transport.tls);
    let mut answer = next.call(request).await?;
    add(answer.headers_mut(), tls);
    Ok(answer)
}

fn add(headers: &mut HeaderMap, tls: bool) {
    add_missing(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    if headers.contains_key(UPSTREAM) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(UPSTREAM_POLICY));
        return;
    }
    add_missing(headers, CONTENT_SECURITY_POLICY, POLICY);
    add_missing(headers, REFERRER_POLICY, "same-origin");
    add_missing(headers, X_FRAME_OPTIONS, "DENY");
    add_missing(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add_missing(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    add_missing(headers, CACHE_CONTROL, "no-store");
    if tls {
        add_missing(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn add_missing(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_answers_are_locked_down_and_upstream_ones_only_sandboxed() {
        let mut own = HeaderMap::new();
        add(&mut own, true);
        assert_eq!(own.get(CACHE_CONTROL).unwrap(), "no-store");
        assert!(own.contains_key(STRICT_TRANSPORT_SECURITY));
        let mut asset = HeaderMap::new();
        asset.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        add(&mut asset, false);
        assert_eq!(asset.get(CACHE_CONTROL).unwrap(), "public");
        assert!(!asset.contains_key(STRICT_TRANSPORT_SECURITY));
        let mut upstream = HeaderMap::new();
        upstream.insert(UPSTREAM, HeaderValue::from_static("true"));
        add(&mut upstream, true);
        assert!(!upstream.contains_key(CACHE_CONTROL));
        assert_eq!(upstream.get(CONTENT_SECURITY_POLICY).unwrap(), UPSTREAM_POLICY);
    }
}
