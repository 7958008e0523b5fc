//! Completes what the annotations say: the prefix of the addresses, what all operations share, examples of whole bodies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::problems::{self, Traits};
use super::{example, headers, outside};
use crate::api::problem::Code;

pub const PREFIX: &str = "/api/v1";
pub const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];
/// Answers hold every field, but for these.
const MAY_BE_ABSENT: [&str; 2] = ["Problem", "Probed"];
/// Fields that may be absent in an answer that holds the others.
const ABSENT_FIELDS: &[&str] = &[];

pub(super) fn finish(document: &mut Value) {
    let schemas = finish_schemas(document);
    let Some(Value::Object(paths)) = document.get_mut("paths").map(Value::take) else { return };
    let (mut finished, mut answers) = (Map::new(), Map::new());
    for (path, mut item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                finish_operation(&path, method, operation, &schemas, &mut answers);
            }
        }
        finished.insert(format!("{PREFIX}{path}"), item);
    }
    finished.extend(outside::paths());
    if let Value::Object(document) = document {
        document.insert("paths".into(), Value::Object(finished));
        if let Some(Value::Object(components)) = document.get_mut("components") {
            components.insert("responses".into(), Value::Object(answers));
            components.insert("headers".into(), headers::shared());
        }
    }
}

fn finish_operation(
    path: &str,
    method: &str,
    operation: &mut Value,
    schemas: &Map<String, Value>,
    answers: &mut Map<String, Value>,
) {
    let own = take_problems(operation);
    let is_public = operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way == &json!({})));
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    parameters.iter_mut().for_each(plain_parameter);
    let body = operation.get("requestBody").is_some();
    let creates = operation.pointer("/responses/201").is_some();
    let versioned = operation.pointer("/responses/200/content/application~1json/schema/$ref").is_some_and(|target| {
        let name = target.as_str().and_then(|target| target.rsplit('/').next()).unwrap_or_default();
        schemas.get(name).is_some_and(|schema| schema["properties"].get("version").is_some())
            && !["Instance"].contains(&name)
    });
    let raw = operation.get("x-raw").is_some();
    let readable = method == "get" && !is_public && !raw;
    let traits = Traits {
        has_id: path.contains('{'),
        has_query: parameters.iter().any(|parameter| parameter["in"] == "query"),
        has_body: body,
        creates,
        changes: method == "patch",
        is_scoped: operation["security"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|way| way["key"] != json!([]) && way != &json!({})),
    };
    let mut given: Vec<Value> = path_parameters(path, &parameters);
    given.append(&mut parameters);
    if creates && method == "post" {
        given.push(headers::idempotency_key());
    }
    if traits.changes {
        given.push(headers::if_match());
    }
    if readable {
        given.push(headers::if_none_match());
    }
    let mut responses = operation["responses"].as_object().cloned().unwrap_or_default();
    for (status, answer) in &mut responses {
        finish_answer(answer, schemas);
        if status.starts_with('2') && !is_public {
            let tagged = readable || (versioned && method != "post");
            let found = headers::of_success(status == "201", tagged);
            if let Value::Object(answer) = answer {
                answer.insert("headers".into(), found);
            }
        }
    }
    if readable {
        responses.insert(
            "304".into(),
            json!({"description": "The `ETag` that you have is still right.",
                                              "headers": headers::of_success(false, true)}),
        );
    }
    if !is_public {
        responses.extend(problems::responses(&problems::codes(&traits, &own), answers));
    }
    if let Some(body) = operation.pointer_mut("/requestBody") {
        finish_answer(body, schemas);
        if let Value::Object(body) = body {
            body.insert("required".into(), json!(true));
        }
    }
    if let Value::Object(operation) = operation {
        if method == "head" || operation.get("x-raw").is_some() {
            let id = format!("{}_{method}", operation["operationId"].as_str().unwrap_or_default());
            operation.insert("operationId".into(), id.into());
        }
        operation.remove("x-raw");
        split_words(operation);
        if given.is_empty() {
            operation.remove("parameters");
        } else {
            operation.insert("parameters".into(), Value::Array(given));
        }
        operation.insert("responses".into(), Value::Object(responses));
    }
}

/// A doc comment's first line is the summary, the rest the description.
fn split_words(operation: &mut Map<String, Value>) {
    let words = operation.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some((first, rest)) = words.split_once('\n') {
        let more = operation.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{}\n{more}", rest.trim()).trim().to_owned();
        operation.insert("summary".into(), first.into());
        operation.insert("description".into(), description.into());
    }
}

/// The codes that an annotation names; a word that is none would be a mistake, which a test finds.
fn take_problems(operation: &mut Value) -> Vec<Code> {
    let words = operation.as_object_mut().and_then(|operation| operation.remove("x-problems"));
    let words: Vec<String> = words.and_then(|words| serde_json::from_value(words).ok()).unwrap_or_default();
    words.iter().filter_map(|word| Code::ALL.iter().copied().find(|code| code.as_str() == word)).collect()
}

/// A parameter is left out, never null.
fn plain_parameter(parameter: &mut Value) {
    let Some(schema) = parameter.get_mut("schema") else { return };
    if let Some(choices) = schema["oneOf"].as_array() {
        let real: Vec<Value> = choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
        if let [only] = real.as_slice() {
            *schema = only.clone();
        }
    } else if let Some(kinds) = schema["type"].as_array() {
        let real: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
        if let [only] = real.as_slice() {
            let only = only.clone();
            if let Value::Object(schema) = schema {
                schema.insert("type".into(), only);
            }
        }
    }
}

/// Those in the path that the annotation does not describe.
fn path_parameters(path: &str, described: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if described.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "path") {
            continue;
        }
        let id = match path.split('/').nth(1).unwrap_or_default() {
            "customers" => "CustomerId",
            "connections" => "ConnectionId",
            "events" => "EventId",
            "users" => "UserId",
            "api-keys" => "ApiKeyId",
            "links" => "LinkId",
            "maintenance-windows" => "MaintenanceId",
            "webhook-endpoints" => "EndpointId",
            "webhook-deliveries" => "DeliveryId",
            "oauth-applications" => "ApplicationId",
            _ => "",
        };
        found.push(match (name, id) {
            ("id", id) if !id.is_empty() => {
                headers::path_parameter(name, "Which one.", &json!({"$ref": format!("#/components/schemas/{id}")}))
            }
            ("slug", _) => headers::path_parameter(
                name,
                "The word of the catalogue.",
                &json!({"type": "string", "examples": ["sap-ecc"]}),
            ),
            _ => headers::path_parameter(name, "Which one.", &json!({"type": "string"})),
        });
    }
    found
}

/// Gives each body its example.
fn finish_answer(answer: &mut Value, schemas: &Map<String, Value>) {
    let Some(content) = answer.get_mut("content").and_then(Value::as_object_mut) else { return };
    for media in content.values_mut() {
        if media.get("example").is_some() || media.get("examples").is_some() {
            continue;
        }
        if let (Some(example), Value::Object(media)) = (example::of(&media["schema"], schemas), media) {
            media.insert("example".into(), example);
        }
    }
}

/// Schemas with `examples` instead of the outdated `example`, and every field of an answer required. Returns them.
fn finish_schemas(document: &mut Value) -> Map<String, Value> {
    let sent = reachable(document, "requestBody");
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Map::new() };
    for (name, schema) in schemas.iter_mut() {
        modern(schema);
        if !sent.contains(name) && !MAY_BE_ABSENT.contains(&name.as_str()) {
            require_all(name, schema);
        }
    }
    let parts = schemas.clone();
    for (name, schema) in schemas.iter_mut() {
        if let (Some(mut whole @ Value::Object(_)), Value::Object(schema)) = (example::composed(schema, &parts), schema)
        {
            if sent.contains(name) {
                example::without_nulls(&mut whole);
            }
            // What a page holds stands in its schema once more, with an example of a few fields only.
            let one = whole.pointer("/data/0").cloned();
            let items = schema.get_mut("properties").and_then(|fields| fields.pointer_mut("/data/items"));
            if let (Some(one), Some(Value::Object(items))) =
                (one, items.filter(|items| items.get("examples").is_some()))
            {
                items.insert("examples".into(), json!([one]));
            }
            schema.insert("examples".into(), json!([whole]));
        }
    }
    schemas.clone()
}

/// The names of the schemas that the bodies of requests are made of.
fn reachable(document: &Value, part: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = Vec::new();
    for item in document["paths"].as_object().into_iter().flat_map(Map::values) {
        for operation in item.as_object().into_iter().flat_map(Map::values) {
            targets(&operation[part], &mut waiting);
        }
    }
    while let Some(name) = waiting.pop() {
        if found.insert(name.clone()) {
            let schema = document.pointer(&format!("/components/schemas/{name}"));
            targets(schema.unwrap_or(&Value::Null), &mut waiting);
        }
    }
    found
}

fn targets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(target) => found.extend(target.rsplit('/').next().map(str::to_owned)),
                    None => targets(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| targets(item, found)),
        _ => {}
    }
}

fn modern(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            // A field may be called “example”, too; only a schema's own has a type or a reference beside it.
            let is_schema = ["type", "$ref", "oneOf", "allOf", "anyOf"].iter().any(|key| object.contains_key(*key));
            if let Some(example) = object.get("example").cloned().filter(|_| is_schema) {
                object.remove("example");
                object.insert("examples".into(), json!([example]));
            }
            object.iter_mut().filter(|(key, _)| *key != "examples").for_each(|(_, value)| modern(value));
        }
        Value::Array(items) => items.iter_mut().for_each(modern),
        _ => {}
    }
}

fn require_all(name: &str, schema: &mut Value) {
    if let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        parts.iter_mut().for_each(|part| require_all(name, part));
    }
    let fields: Vec<String> = schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let fields: Vec<String> =
        fields.into_iter().filter(|field| !ABSENT_FIELDS.contains(&format!("{name}.{field}").as_str())).collect();
    if let (Value::Object(schema), false) = (schema, fields.is_empty()) {
        schema.insert("required".into(), json!(fields));
    }
}
