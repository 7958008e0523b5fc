//! Headers in the description: what callers may send with many operations, and what every answer carries.

use serde_json::{Value, json};

use crate::api::problem::Code;

/// All headers of answers, by name, for the shared part of the description.
pub(super) fn shared() -> Value {
    let header = |description: &str, example: Value| {
        let kind = if example.is_number() { "integer" } else { "string" };
        json!({"description": description, "schema": {"type": kind}, "example": example})
    };
    json!({
        "X-Request-Id": header("The request's id; the log knows it.", json!("req_019b8e0a5f6e7c3a9d2f4b6a8c0e1f23")),
        "RateLimit": header("How much is left of the limit, and for how many seconds.", json!("\"default\";r=999;t=1")),
        "RateLimit-Policy": header("The limit: so many requests in so many seconds.", json!("\"default\";q=1000;w=10")),
        "Location": header("The address of what was made.", json!("/api/v1/connections/con_01kf3v8q2xe0ts1v5m9w4c7h3n")),
        "Idempotency-Replayed": header("`true` when this is the answer to an earlier request under the same key.", json!("true")),
        "ETag": header("For `If-None-Match`; of an object with a version also for `If-Match`.", json!("\"3-9f2c4b1a7e60\"")),
        "Retry-After": header("Seconds to wait, where that helps.", json!(1)),
        "WWW-Authenticate": header("How to sign in.", json!("Bearer realm=\"junctionbox\"")),
    })
}

/// References to shared headers: those of every answer, and these.
fn with(names: &[(bool, &str)]) -> Value {
    let common = [(true, "X-Request-Id"), (true, "RateLimit"), (true, "RateLimit-Policy")];
    let all = common.iter().chain(names).filter(|(holds, _)| *holds);
    Value::Object(
        all.map(|(_, name)| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))).collect(),
    )
}

pub(super) fn of_success(creates: bool, tagged: bool) -> Value {
    with(&[(creates, "Location"), (creates, "Idempotency-Replayed"), (tagged, "ETag")])
}

pub(super) fn of_problems(codes: &[Code]) -> Value {
    let waits = [Code::RateLimited, Code::Busy, Code::VaultSealed, Code::ConnectionUnreachable, Code::Conflict];
    let waits = codes.iter().any(|code| waits.contains(code));
    with(&[(waits, "Retry-After"), (codes.contains(&Code::Unauthenticated), "WWW-Authenticate")])
}

fn parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema})
}

pub(super) fn idempotency_key() -> Value {
    let description = "Send the same key with a repeated request: what was made once is not made twice. A structured string \
                       (quoted) or a bare token; kept for a day.";
    let schema = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$",
                        "examples": ["\"8e03978e-40d5-43e8-bc93-6894a57f9324\""]});
    parameter("Idempotency-Key", description, &schema)
}

pub(super) fn if_match() -> Value {
    let description = "The `ETag` or the version that you saw. When the version is stale, nothing is changed.";
    parameter(
        "If-Match",
        description,
        &json!({"type": "string", "pattern": "^(\\*|(W/)?\"[0-9]{1,18}(-[0-9a-f]+)?\")$", "examples": ["\"3\""]}),
    )
}

pub(super) fn if_none_match() -> Value {
    let description = "The `ETag` that you have. When it is still right, the answer is 304 without a body.";
    parameter("If-None-Match", description, &json!({"type": "string", "pattern": "^[!-~ ]+$", "examples": ["\"3\""]}))
}

/// Path parameters, which the annotations do not repeat.
pub(super) fn path_parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}
