//! The addresses outside `/api/v1`, which the server itself answers: described here, made elsewhere.

use serde_json::{Map, Value, json};

/// Path and operation of each.
pub(super) fn paths() -> Map<String, Value> {
    let probed = |status: &str, reason: Option<&str>| {
        let mut example = json!({ "status": status });
        if let (Some(reason), Value::Object(example)) = (reason, &mut example) {
            example.insert("reason".into(), reason.into());
        }
        json!({"application/json": {"schema": {"$ref": "#/components/schemas/Probed"}, "example": example}})
    };
    let get = |id: &str, summary: &str, security: Value, responses: Value| {
        json!({"get": {"tags": ["Instance"], "summary": summary, "operationId": id, "security": security,
                       "responses": responses}})
    };
    let mut found = Map::new();
    let alive = json!({"200": {"description": "The process answers.", "content": probed("ok", None)}});
    found.insert("/healthz".into(), get("healthz", "Says that the process answers.", json!([{}]), alive));
    let ready = json!({
        "200": {"description": "The store answers. A sealed vault is ready, too.", "content": probed("ready", None)},
        "503": {"description": "Not ready; `Retry-After` says when to ask again.",
                "content": probed("not ready", Some("the store does not answer"))},
    });
    found.insert("/readyz".into(), get("readyz", "Says whether the appliance is ready.", json!([{}]), ready));
    let text = json!({"application/openmetrics-text": {"schema": {"type": "string"}, "example": "# EOF\n"}});
    let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"},
                         "example": super::problems::example(crate::api::problem::Code::Unauthenticated)}});
    let metrics = json!({
        "200": {"description": "Metrics in the OpenMetrics form.", "content": text},
        "401": {"description": "Neither from this machine nor with a key.", "content": problem},
    });
    let who = json!([{}, {"key": []}]);
    found.insert("/metrics".into(), get("metrics", "Metrics, for loopback or a key.", who, metrics));
    let document = json!({"application/json": {"schema": {"type": "object"}, "example": {"openapi": "3.1.0"}}});
    let itself = json!({"200": {"description": "This description.", "content": document}});
    found.insert("/api/openapi.json".into(), get("openapi", "This description.", json!([{}]), itself));
    let page = json!({"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"}});
    let page = json!({"200": {"description": "A page.", "content": page}});
    found.insert("/api/docs".into(), get("docs", "This description as a page to read.", json!([{}]), page));
    found
}
