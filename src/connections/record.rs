//! The proof in a decision record: request, answer and timing, as they were taken down (already redacted).

use serde_json::{Value, json};

use crate::upstream::{Observation, Outcome, Renewal, Timing};

/// As much of a body as is kept.
const BODY: usize = 2048;
/// Answer headers that help to decide; others are left out.
const HEADERS: [&str; 16] = [
    "content-type",
    "content-length",
    "www-authenticate",
    "retry-after",
    "location",
    "server",
    "date",
    "x-csrf-token",
    "sap-system",
    "sap-server",
    "x-request-id",
    "x-correlation-id",
    "via",
    "x-ratelimit-remaining",
    "ratelimit",
    "set-cookie",
];

/// What was seen, as JSON for records and answers.
pub fn observation_json(observation: &Observation) -> Value {
    let exchange = &observation.exchange;
    let mut record = json!({
        "at": observation.at,
        "request": {
            "method": exchange.method,
            "url": exchange.url,
            "headers": pairs(exchange.headers.iter()),
            "peer": exchange.peer,
        },
        "timing": timing(&observation.timing),
        "renewal": match observation.renewal {
            Renewal::NotNeeded => "not_needed",
            Renewal::Renewed => "renewed",
            Renewal::Failed => "failed",
            Renewal::FailedAfterLostAnswer(_) => "failed_after_lost_answer",
        },
        "identity": observation.identity,
    });
    let (response, failure) = match &observation.outcome {
        Outcome::Answer(answer) => {
            let kept = answer.headers.iter().filter(|(name, _)| HEADERS.contains(&name.to_ascii_lowercase().as_str()));
            let text = answer.text();
            let body: String = text.chars().take(BODY).collect();
            let response = json!({
                "status": answer.status,
                "headers": pairs(kept),
                "body": cut(&body),
                "body_truncated": answer.truncated || text.len() > body.len(),
            });
            (response, Value::Null)
        }
        Outcome::Failure(failure) => (Value::Null, Value::String(failure.message().to_owned())),
    };
    if let Value::Object(object) = &mut record {
        object.insert("response".into(), response);
        object.insert("failure".into(), failure);
    }
    record
}

fn timing(timing: &Timing) -> Value {
    json!({
        "dns_ms": timing.dns_ms,
        "connect_ms": timing.connect_ms,
        "tls_ms": timing.tls_ms,
        "first_byte_ms": timing.first_byte_ms,
        "total_ms": timing.total_ms,
    })
}

fn pairs<'a>(headers: impl Iterator<Item = &'a (String, String)>) -> Value {
    Value::Array(headers.map(|(name, value)| json!([name, value])).collect())
}

/// At most 2 KiB, cut between characters.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(BODY);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
