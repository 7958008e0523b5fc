//! Problems: every refusal of the API as problem+json (RFC 9457). `detail` says what to do next; internal text goes to
//! the log alone. Owns the codes and their statuses; `map` turns domain errors into problems.

mod forward;
mod map;

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::base::FieldError;

pub use forward::of_proxy;

macro_rules! codes {
    ($($name:ident = $code:literal $status:literal $title:literal,)*) => {
        /// The contract's codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($name),* }
        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $code),* } }
            pub fn status(self) -> u16 { match self { $(Self::$name => $status),* } }
            pub fn title(self) -> &'static str { match self { $(Self::$name => $title),* } }
        }
    };
}

codes! {
    Unauthenticated = "unauthenticated" 401 "No valid API key",
    Forbidden = "forbidden" 403 "Not allowed",
    NotFound = "not_found" 404 "Not found",
    ValidationFailed = "validation_failed" 422 "Something in the request needs a change",
    VerificationFailed = "verification_failed" 422 "The system could not be verified",
    Conflict = "conflict" 409 "Conflict",
    IdempotencyKeyReused = "idempotency_key_reused" 422 "Idempotency-Key used for another request",
    ConnectionPending = "connection_pending" 409 "The connection is pending",
    ReauthorizationRequired = "reauthorization_required" 424 "The customer must sign in again",
    ConnectionUnreachable = "connection_unreachable" 503 "The system cannot be reached",
    ConnectionInactive = "connection_inactive" 402 "The connection is inactive",
    ConnectionDisconnected = "connection_disconnected" 410 "The connection has ended",
    UpstreamTimeout = "upstream_timeout" 504 "The system did not answer in time",
    UpstreamFailed = "upstream_failed" 502 "The system gave no usable answer",
    EgressDenied = "egress_denied" 403 "The address is outside the egress policy",
    CreditsExhausted = "credits_exhausted" 402 "Not enough credits",
    WrongRegion = "wrong_region" 421 "Wrong region",
    VaultSealed = "vault_sealed" 503 "The vault is sealed",
    RateLimited = "rate_limited" 429 "Too many requests",
    PayloadTooLarge = "payload_too_large" 413 "The body is too large",
    UnsupportedMediaType = "unsupported_media_type" 415 "The body is no JSON",
    MethodNotAllowed = "method_not_allowed" 405 "Method not allowed",
    Busy = "busy" 503 "Busy",
    Internal = "internal" 500 "Internal error",
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Further members: `connection_id`, `reason`, `since`, `reconnect_url`, `observation`.
    pub members: Map<String, Value>,
    pub retry_after: Option<Duration>,
    pub allow: Option<String>,
    /// For the log.
    pub internal: Option<String>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after: None,
            allow: None,
            internal: None,
        }
    }
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.message.clone(),
            many => format!("{} fields need a change; `errors` says which and why.", many.len()),
        };
        Self { errors, ..Self::new(Code::ValidationFailed, detail) }
    }
    pub fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::invalid(field, message)])
    }
    /// Also for what the caller's scope hides.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or this key may not see it."))
    }
    pub fn internal(text: impl fmt::Display) -> Self {
        let detail = "Something went wrong inside Junctionbox. The log has the reason under this request_id.";
        Self { internal: Some(text.to_string()), ..Self::new(Code::Internal, detail) }
    }
    pub fn busy() -> Self {
        let detail = "Junctionbox is busy. Nothing was changed; try again in a moment.";
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(Code::Busy, detail) }
    }
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The body, marked with the request's id.
    pub fn body(&self, request_id: &str) -> Value {
        let mut body = json!({
            "type": format!("urn:junctionbox:problem:{}", self.code.as_str()),
            "title": self.code.title(),
            "status": self.code.status(),
            "detail": self.detail,
            "instance": format!("urn:junctionbox:request:{request_id}"),
            "code": self.code.as_str(),
            "request_id": request_id,
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(self.members.clone());
            if !self.errors.is_empty() {
                object.insert("errors".into(), json!(self.errors));
            }
        }
        body
    }

    /// The answer, marked with the request's id.
    pub fn answer(&self, request_id: &str) -> HttpResponse {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = HttpResponse::build(status);
        answer.content_type("application/problem+json");
        if let Some(wait) = self.retry_after {
            answer.insert_header((RETRY_AFTER, whole_seconds(wait).to_string()));
        }
        if self.code == Code::Unauthenticated {
            answer.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"junctionbox\"")));
        }
        if let Some(allow) = &self.allow {
            answer.insert_header((ALLOW, allow.as_str()));
        }
        answer.body(self.body(request_id).to_string())
    }
}

/// A wait in whole seconds, rounded up, never none.
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
    /// The gate puts the request's id in; this is what stands where it does not reach.
    fn error_response(&self) -> HttpResponse {
        self.answer("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_contracts_statuses() {
        let table = [
            ("unauthenticated", 401),
            ("forbidden", 403),
            ("not_found", 404),
            ("validation_failed", 422),
            ("verification_failed", 422),
            ("conflict", 409),
            ("idempotency_key_reused", 422),
            ("connection_pending", 409),
            ("reauthorization_required", 424),
            ("connection_unreachable", 503),
            ("connection_inactive", 402),
            ("connection_disconnected", 410),
            ("upstream_timeout", 504),
            ("upstream_failed", 502),
            ("egress_denied", 403),
            ("credits_exhausted", 402),
            ("wrong_region", 421),
            ("vault_sealed", 503),
            ("rate_limited", 429),
            ("payload_too_large", 413),
            ("unsupported_media_type", 415),
            ("method_not_allowed", 405),
            ("busy", 503),
            ("internal", 500),
        ];
        let found: Vec<(&str, u16)> = Code::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
        assert_eq!(found, table);
    }

    #[test]
    fn internal_text_stays_inside() {
        let answer = Problem::internal("SELECT secret").answer("req_1");
        assert_eq!(answer.status(), 500);
        let problem = Problem::internal("SELECT secret");
        assert!(!problem.to_string().contains("SELECT"));
    }
}
