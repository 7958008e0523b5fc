//! Examples of whole bodies, put together from the examples of their fields, so that each is written once.

use serde_json::{Map, Value, json};

const DEEP: usize = 12;

/// What a schema's parts add up to, or `None` where nothing says what one looks like.
pub(super) fn composed(schema: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    build(schema, schemas, DEEP)
}

/// The same where each schema has its whole example already.
pub(super) fn of(schema: &Value, schemas: &Map<String, Value>) -> Option<Value> {
    let target = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    let whole = target.and_then(|name| schemas.get(name)?["examples"].as_array()?.first());
    whole.cloned().or_else(|| build(schema, schemas, DEEP))
}

/// Without what is null: in a request that is left out.
pub(super) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn build(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let first = schema["examples"].as_array().and_then(|examples| examples.first());
    if let Some(first) = first.filter(|_| schema.get("properties").is_none()) {
        return Some(first.clone());
    }
    if let Some(target) = schema["$ref"].as_str() {
        return build(schemas.get(target.rsplit('/').next()?)?, schemas, depth);
    }
    if let Some(default) = schema.get("default") {
        return Some(default.clone());
    }
    if let Some(word) = schema["enum"].as_array().and_then(|words| words.first()) {
        return Some(word.clone());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Some(Value::Object(part)) = build(part, schemas, depth) {
                whole.extend(part);
            }
        }
        return Some(Value::Object(whole));
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let real = choices.iter().find(|choice| choice["type"] != "null")?;
            return build(real, schemas, depth);
        }
    }
    match kind(schema) {
        "object" => {
            // What the type itself gives wins over its fields' own.
            let mut whole = Map::new();
            let given = first.and_then(Value::as_object);
            for (name, part) in schema["properties"].as_object().into_iter().flatten() {
                whole.insert(name.clone(), build(part, schemas, depth).unwrap_or(Value::Null));
            }
            whole.extend(given.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
            Some(Value::Object(whole))
        }
        "array" => Some(json!([build(&schema["items"], schemas, depth)?])),
        "boolean" => Some(json!(true)),
        _ => None,
    }
}

/// The first type that is not null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        _ => "",
    }
}
