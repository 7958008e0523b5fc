//! Problems in the description: which an operation may give, grouped by status, each with an example. What every operation
//! may give is known here; an annotation names only what is its own, as `x-problems`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::headers;
use crate::api::problem::{Code, Problem};
use crate::base::FieldError;

/// An operation that an operation is judged by.
pub(super) struct Traits {
    pub has_id: bool,
    pub has_query: bool,
    pub has_body: bool,
    pub creates: bool,
    pub changes: bool,
    /// Asks for some scope.
    pub is_scoped: bool,
}

/// The codes of an operation: its own, and those that its traits bring.
pub(super) fn codes(traits: &Traits, own: &[Code]) -> Vec<Code> {
    let brought: &[(bool, &[Code])] = &[
        (true, &[Code::Unauthenticated, Code::RateLimited, Code::Busy, Code::Internal]),
        (traits.is_scoped, &[Code::Forbidden]),
        (traits.has_id, &[Code::NotFound]),
        (traits.has_query || traits.has_body || traits.creates || traits.changes, &[Code::ValidationFailed]),
        (traits.has_body, &[Code::UnsupportedMediaType, Code::PayloadTooLarge]),
        (traits.creates, &[Code::Conflict, Code::IdempotencyKeyReused]),
        (traits.changes, &[Code::Conflict]),
    ];
    let all: Vec<Code> =
        brought.iter().filter(|(holds, _)| *holds).flat_map(|(_, codes)| *codes).chain(own).copied().collect();
    Code::ALL.iter().copied().filter(|code| all.contains(code)).collect()
}

/// The answers for these codes, by status: each a reference to a shared one, which `shared` collects.
pub(super) fn responses(codes: &[Code], shared: &mut Map<String, Value>) -> Map<String, Value> {
    let mut groups: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        groups.entry(code.status()).or_default().push(*code);
    }
    let mut found = Map::new();
    for (status, group) in groups {
        let words: Vec<&str> = group.iter().map(|code| code.as_str()).collect();
        let name = words.join(".");
        found.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{name}")}));
        shared.entry(name).or_insert_with(|| answer(&group));
    }
    found
}

/// The answer of one status, whichever of these codes it has.
fn answer(codes: &[Code]) -> Value {
    let words: Vec<String> = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), when(*code))).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| (code.as_str().into(), json!({"summary": code.title(), "value": example(*code)})))
        .collect();
    json!({
        "description": words.join(" "),
        "headers": headers::of_problems(codes),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    })
}

/// When it comes, to complete “`code`: …”.
pub fn when(code: Code) -> &'static str {
    match code {
        Code::Unauthenticated => "no valid API key was sent",
        Code::Forbidden => {
            "the key's scopes or customers do not allow it; never about the connected system's credentials"
        }
        Code::NotFound => "there is no such thing, or the key may not see it",
        Code::ValidationFailed => "something in the request needs a change; `errors` says what",
        Code::VerificationFailed => "the system refused or could not be reached; nothing was stored",
        Code::Conflict => "a unique value is taken, a version is stale, or the same request is in flight",
        Code::IdempotencyKeyReused => "the `Idempotency-Key` was used for another request",
        Code::ConnectionPending => "the credentials of the connection were never proven",
        Code::ReauthorizationRequired => "the customer must sign in again; nothing was sent to the system",
        Code::ConnectionUnreachable => "the system cannot be reached; says nothing about the credentials",
        Code::ConnectionInactive => "no credits are held for the connection, or it was paused",
        Code::ConnectionDisconnected => "the connection has ended",
        Code::UpstreamTimeout => "the system did not answer in time",
        Code::UpstreamFailed => "the system gave no usable answer",
        Code::EgressDenied => "the address is outside the egress policy of this instance",
        Code::CreditsExhausted => "the pool, or the customer's limit, is too small",
        Code::WrongRegion => "the customer belongs to another region",
        Code::VaultSealed => "the vault is sealed: secrets can neither be stored nor used",
        Code::RateLimited => "too many requests; `Retry-After` says when to go on",
        Code::PayloadTooLarge => "the body is larger than 1 MiB",
        Code::UnsupportedMediaType => "the body is no JSON",
        Code::MethodNotAllowed => "the address has other methods; `Allow` names them",
        Code::Busy => "the store is busy; nothing was changed",
        Code::Internal => "something went wrong inside; the log knows the `request_id`",
    }
}

/// A problem as it comes over the wire.
pub fn example(code: Code) -> Value {
    let connection = |problem: Problem, reason: Option<&str>| {
        problem
            .with("connection_id", "con_01kf3v8q2xe0ts1v5m9w4c7h3n")
            .with("reason", json!(reason))
            .with("since", "2026-01-05T10:00:00Z")
    };
    let plain = |detail: &str| Problem::new(code, detail);
    let problem = match code {
        Code::Unauthenticated => crate::api::caller::unauthenticated(),
        Code::Forbidden => plain("This key may not do that. It needs the scope connections:write, and must not be bound to other customers."),
        Code::NotFound => Problem::not_found("connection"),
        Code::ValidationFailed => Problem::invalid(vec![FieldError::required("name")]),
        Code::VerificationFailed => plain("SAP ECC refused the user name or password. Nothing was stored. Check address and credentials, then try again.")
            .with("reason", "credentials_rejected")
            .with("fault_scope", "connection"),
        Code::Conflict => plain("Somebody else changed this connection; it has version 4 now. Read it again and repeat the change."),
        Code::IdempotencyKeyReused => plain("This Idempotency-Key was used for another request. Use a new key for each thing you create."),
        Code::ConnectionPending => connection(plain("The credentials of this connection were never proven. Check it (POST …/check) or send credentials first."), Some("never_verified")),
        Code::ReauthorizationRequired => connection(plain("SAP ECC refused the user name or password. Nothing is sent until somebody reconnects: pass reconnect_url to the customer, or send new credentials."), Some("credentials_rejected"))
            .with("reconnect_url", "https://junctionbox.example/portal/lnk_…"),
        Code::ConnectionUnreachable => connection(plain("SAP ECC did not accept a connection within 5 s. This says nothing about the credentials. Try again later."), Some("connect_timeout")),
        Code::ConnectionInactive => connection(plain("Paused by Ada Lindqvist. Activate the connection, then requests are forwarded again."), Some("paused")),
        Code::ConnectionDisconnected => connection(plain("This connection has ended. Connect anew."), Some("disconnected")),
        Code::UpstreamTimeout => connection(plain("SAP ECC did not answer within 15 s. Whether the system did what was asked is not known."), None),
        Code::UpstreamFailed => connection(plain("SAP ECC closed the connection in the middle of its answer. Whether the system did what was asked is not known."), None),
        Code::EgressDenied => plain("The address 169.254.169.254 is outside the egress policy. An owner allows addresses in the configuration, [egress] allow. Nothing was stored.")
            .with("reason", "egress_denied"),
        Code::CreditsExhausted => plain("This needs 8 credits and 2 are free. Grant credits, raise the customer's limit, or disconnect something.")
            .with("needed", 8)
            .with("available", 2),
        Code::WrongRegion => plain("The region “us” is not the one of this instance, “eu”.").with("region", "us").with("instance_region", "eu"),
        Code::VaultSealed => plain("The vault is sealed: no secret can be stored or used. An operator must unseal it, then this works again."),
        Code::RateLimited => plain("Too many requests with this key. Go on in 1 s."),
        Code::PayloadTooLarge => plain("The body is larger than 1 MiB. Send less, or in several requests."),
        Code::UnsupportedMediaType => plain("The body must be JSON. Send it with Content-Type: application/json."),
        Code::MethodNotAllowed => plain("This address takes GET, HEAD, POST."),
        Code::Busy => Problem::busy(),
        Code::Internal => Problem::internal(""),
    };
    problem.body("req_019b8e0a5f6e7c3a9d2f4b6a8c0e1f23")
}
