//! The description is complete: every route, every problem, every body with an example; nothing points nowhere.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use utoipa::OpenApi as _;

use super::finish::METHODS;
use super::*;
use crate::api::problem::Code;
use crate::api::routes::TABLE;

fn operations(document: &Value) -> Vec<(String, String, &Map<String, Value>)> {
    let items = document["paths"].as_object().unwrap();
    let all = items.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    all.filter(|(_, method, _)| METHODS.contains(&method.as_str()))
        .map(|(path, method, operation)| (method.clone(), path.clone(), operation.as_object().unwrap()))
        .collect()
}

#[test]
fn every_route_is_described_and_everything_described_is_a_route() {
    let document = document();
    let described: BTreeSet<String> = operations(&document)
        .into_iter()
        .filter(|(_, path, _)| path.starts_with(PREFIX) && !path.contains("/proxy"))
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let routed: BTreeSet<String> = TABLE
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(move |method| format!("{method} {PREFIX}{path}")))
        .collect();
    let lost: Vec<_> = routed.symmetric_difference(&described).collect();
    assert!(lost.is_empty(), "the table in routes.rs and the annotations of the handlers disagree about: {lost:?}");
}

#[test]
fn every_operation_says_what_it_is_and_who_may() {
    let document = document();
    let tags: Vec<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let place = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].to_string()), "{place}: its operation_id is used twice");
        assert!(operation["summary"].as_str().is_some_and(|words| words.len() > 8), "{place}: no doc comment");
        let own = operation["tags"].as_array().unwrap();
        assert!(own.len() == 1 && tags.contains(&own[0].as_str().unwrap()), "{place}: an unknown tag {own:?}");
        assert!(operation["security"].is_array(), "{place}: no security(…)");
        for way in operation["security"].as_array().unwrap() {
            for scope in way["key"].as_array().into_iter().flatten() {
                assert!(crate::access::Scope::parse(scope.as_str().unwrap()).is_some(), "{place}: no scope {scope}");
            }
        }
    }
}

#[test]
fn the_problems_that_an_annotation_names_exist() {
    let raw = serde_json::to_value(Annotated::openapi()).unwrap();
    for (method, path, operation) in operations(&raw) {
        for word in operation.get("x-problems").and_then(Value::as_array).into_iter().flatten() {
            let known = Code::ALL.iter().any(|code| code.as_str() == word);
            assert!(known, "{method} {path}: there is no problem {word}");
        }
    }
}

#[test]
fn every_body_has_an_example_and_every_reference_a_target() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let bodies = operation["responses"].as_object().unwrap().iter();
        let request = operation.get("requestBody").map(|body| ("request", body));
        for (name, body) in bodies.map(|(status, body)| (status.as_str(), body)).chain(request) {
            for (kind, media) in body.get("content").and_then(Value::as_object).into_iter().flatten() {
                let given = media.get("example").is_some()
                    || media.get("examples").is_some_and(|all| all != &serde_json::json!({}));
                assert!(given, "{method} {path}: no example for {name} {kind}");
            }
            assert_ne!(body["description"], "", "{method} {path}: {name} has no words");
        }
    }
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(object) => {
                if let Some(target) = object.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&target[1..]).is_some(), "{target} points nowhere");
                }
                waiting.extend(object.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
}
