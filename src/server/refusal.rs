//! Answers of the server itself, before or beside any face: too large, no such route, not ready. Problem+json.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

/// A problem in the form of RFC 9457.
pub fn problem(status: StatusCode, code: &str, detail: &str, request_id: &str) -> HttpResponse {
    HttpResponse::build(status).content_type("application/problem+json").body(body(status, code, detail, request_id))
}

/// Its body alone.
pub fn body(status: StatusCode, code: &str, detail: &str, request_id: &str) -> String {
    let body = json!({
        "type": format!("urn:junctionbox:problem:{code}"),
        "title": status.canonical_reason().unwrap_or("Refused"),
        "status": status.as_u16(),
        "detail": detail,
        "instance": format!("urn:junctionbox:request:{request_id}"),
        "code": code,
        "request_id": request_id,
    });
    body.to_string()
}
