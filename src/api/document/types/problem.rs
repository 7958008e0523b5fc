//! A refusal on the wire (RFC 9457).

use serde_json::Value;
use utoipa::ToSchema;

use super::{ConnectionId, FaultScope, ProblemCode, Reason, Status, Time};

/// What went wrong and what to do next.
#[derive(ToSchema)]
pub struct Problem {
    /// `urn:junctionbox:problem:` and the code.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// What happened, what it means, what to do next.
    pub detail: String,
    /// `urn:junctionbox:request:` and the request's id.
    pub instance: String,
    pub code: ProblemCode,
    /// The same as `X-Request-Id`; the log knows it.
    pub request_id: String,
    /// Of `validation_failed`.
    pub errors: Option<Vec<FieldError>>,
    pub connection_id: Option<ConnectionId>,
    pub connection_status: Option<Status>,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    pub since: Option<Time>,
    /// Of `reauthorization_required`; null to keys without `connections:write`.
    pub reconnect_url: Option<String>,
    /// Of `verification_failed`: what was seen.
    pub observation: Option<Value>,
    /// Of `verification_failed`: the rule that decided.
    pub decision: Option<Value>,
    /// Of `credits_exhausted`.
    pub needed: Option<i64>,
    pub available: Option<i64>,
    /// Of `wrong_region`: what was asked for, and what this instance is.
    pub region: Option<String>,
    pub instance_region: Option<String>,
}

/// What is wrong with one field.
#[derive(ToSchema)]
pub struct FieldError {
    /// Its name, with dots into what is nested; empty for the body as a whole.
    pub field: String,
    pub code: String,
    pub message: String,
}
