//! The description, read for the page: each operation with its parameters, its body, its answers and a line of curl.

use serde_json::{Map, Value};

use super::finish::METHODS;
use super::page::Line;

/// One operation, ready to be printed.
pub(super) struct Operation {
    pub group: String,
    pub anchor: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: Vec<String>,
    pub access: String,
    pub parameters: Vec<Line>,
    pub fields: Vec<Line>,
    pub curl: String,
    pub answers: Vec<Answer>,
}

pub(super) struct Answer {
    pub status: String,
    pub words: String,
    pub description: String,
    pub examples: Vec<String>,
    pub open: bool,
}

pub(super) fn operations(document: &Value, paths: &Map<String, Value>) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in paths {
        let proxied = path.contains("/proxy/");
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            // One of the seven methods stands for all: they are described alike.
            if !proxied || method == "get" {
                found.push(read(document, path, if proxied { "any" } else { method }, operation));
            }
        }
    }
    found
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    let scopes: Vec<&str> = operation["security"].as_array().into_iter().flatten().filter_map(scope_of).collect();
    let open =
        operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way == &Value::Object(Map::new())));
    let access = match (open, scopes.as_slice()) {
        (true, _) => "For everybody, without a key.".to_owned(),
        (false, []) => "For any valid key.".to_owned(),
        (false, scopes) => format!("For keys with the scope {}.", scopes.join(", ")),
    };
    let body = operation.pointer("/requestBody/content/application~1json");
    Operation {
        group: operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default().to_owned(),
        anchor: text("operationId").trim_end_matches("_get").to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text("summary").trim_end_matches('.').replace('`', ""),
        description: paragraphs(text("description")),
        access,
        parameters: operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| parameter(document, one))
            .collect(),
        fields: body.map(|body| fields(document, &body["schema"])).unwrap_or_default(),
        curl: curl(document, path, method, open, body, operation),
        answers: answers(document, &operation["responses"]),
    }
}

fn scope_of(way: &Value) -> Option<&str> {
    way.get("key")?.as_array()?.first()?.as_str()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| document.pointer(target)).unwrap_or(value)
}

fn parameter(document: &Value, one: &Value) -> Line {
    let needed = if one["required"] == true { ", required" } else { "" };
    Line {
        name: one["name"].as_str().unwrap_or_default().to_owned(),
        description: marked(one["description"].as_str().unwrap_or_default()),
        place: format!("{}{needed}, {}", one["in"].as_str().unwrap_or_default(), kind(document, &one["schema"])),
    }
}

fn fields(document: &Value, schema: &Value) -> Vec<Line> {
    let schema = resolved(document, schema);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, field)| {
            let own = field["description"].as_str();
            let words = own.or_else(|| resolved(document, field)["description"].as_str()).unwrap_or_default();
            let needed = if required.contains(&name.as_str()) { "required, " } else { "" };
            Line { name: name.clone(), description: marked(words), place: format!("{needed}{}", kind(document, field)) }
        })
        .collect()
}

/// What a value may be, in a few words.
fn kind(document: &Value, schema: &Value) -> String {
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let parts: Vec<String> = choices.iter().map(|choice| kind(document, choice)).collect();
        return parts.join(" or ");
    }
    let schema = resolved(document, schema);
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return format!("one of {}", words.join(", "));
    }
    let mut text = match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", kind_of_items(document, schema)),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any JSON".into(),
    };
    for (key, words) in
        [("minimum", "at least"), ("maximum", "at most"), ("maxLength", "length at most"), ("default", "by default")]
    {
        if let Some(bound) = schema.get(key) {
            text = format!("{text}, {words} {bound}");
        }
    }
    text
}

fn kind_of_items(document: &Value, schema: &Value) -> String {
    kind(document, &schema["items"])
}

fn curl(document: &Value, path: &str, method: &str, open: bool, body: Option<&Value>, operation: &Value) -> String {
    let mut address = path.to_owned();
    for one in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path") {
        let schema = resolved(document, &one["schema"]);
        let example = one.get("example").or_else(|| schema.pointer("/examples/0")).and_then(Value::as_str);
        if let (Some(name), Some(example)) = (one["name"].as_str(), example) {
            address = address.replace(&format!("{{{name}}}"), example);
        }
    }
    let mut line = "curl -sS".to_owned();
    if !["get", "any"].contains(&method) {
        line = format!("{line} -X {}", method.to_uppercase());
    }
    line = format!("{line} \"$JUNCTIONBOX{address}\"");
    if !open {
        line.push_str(" \\\n  -H \"Authorization: Bearer $KEY\"");
    }
    if let Some(body) = body {
        let example = serde_json::to_string_pretty(&body["example"]).unwrap_or_default().replace('\'', "'\\''");
        line = format!("{line} \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'");
    }
    line
}

fn answers(document: &Value, responses: &Value) -> Vec<Answer> {
    let all = responses.as_object().into_iter().flatten();
    all.map(|(status, answer)| {
        let answer = resolved(document, answer);
        let mut examples = Vec::new();
        for media in answer["content"].as_object().into_iter().flat_map(Map::values) {
            examples.extend(media.get("example").map(printed));
            let several = media["examples"].as_object().into_iter().flat_map(Map::values);
            examples.extend(several.filter_map(|example| example.get("value")).map(printed));
        }
        let number = status.parse::<u16>().ok().and_then(|number| actix_web::http::StatusCode::from_u16(number).ok());
        Answer {
            status: if status == "default" { "Any status".into() } else { status.clone() },
            words: number.and_then(|number| number.canonical_reason()).unwrap_or_default().to_owned(),
            description: marked(answer["description"].as_str().unwrap_or_default()),
            examples,
            open: status.starts_with('2'),
        }
    })
    .collect()
}

fn printed(example: &Value) -> String {
    match example {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(marked).collect()
}

/// Plain text with `code` and **strong** words as HTML; everything else is escaped.
pub(super) fn marked(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    [("`", "code"), ("**", "strong")].iter().fold(escaped, |text, (mark, tag)| {
        let mut parts = text.split(mark);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.enumerate().fold(first, |done, (index, part)| {
            let slash = if index % 2 == 0 { "" } else { "/" };
            format!("{done}<{slash}{tag}>{part}")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_tags_and_nothing_else_does() {
        assert_eq!(marked("a `b` **c** <d>"), "a <code>b</code> <strong>c</strong> &lt;d&gt;");
    }
}
