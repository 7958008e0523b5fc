//! A refusal on the wire (RFC 9457).

use serde_json::Value;
use utoipa::ToSchema;

use super::{ConnectionId, FaultScope, ProblemCode, Reason, Status, Time};

/// What went wrong and what to do next.
#[derive(ToSchema)]
pub struct Problem {
    /// `urn:junctionbox:problem:` and the code.
    #[schema(example = "urn:junctionbox:problem:not_found")]
    pub r#type: String,
    #[schema(example = "Not found")]
    pub title: String,
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, what it means, what to do next.
    #[schema(example = "There is no such connection, or this key may not see it.")]
    pub detail: String,
    /// `urn:junctionbox:request:` and the request's id.
    #[schema(example = "urn:junctionbox:request:req_01a20de0b11378f6a2e4854c55b2ac74")]
    pub instance: String,
    #[schema(example = "not_found")]
    pub code: ProblemCode,
    /// The same as `X-Request-Id`; the log knows it.
    #[schema(example = "req_01a20de0b11378f6a2e4854c55b2ac74")]
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
    #[schema(example = "name")]
    pub field: String,
    #[schema(example = "required")]
    pub code: String,
    #[schema(example = "“name” is missing. Send it.")]
    pub message: String,
}
