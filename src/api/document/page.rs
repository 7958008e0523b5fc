//! `/api/docs`: the description as a page to read, made on the server, with nothing from elsewhere and no script. The
//! stylesheet is served beside it, so that it works on a listener that has the API alone.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use askama::Template;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::problems;
use super::read::{self, Operation};
use crate::api::problem::{Code, Problem};

const STYLE: &str = include_str!("../../../static/app.css");

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Page<'a> {
    version: &'a str,
    style_hash: &'a str,
    count: usize,
    about: Vec<String>,
    groups: Vec<Group>,
    problems: Vec<Line>,
}

pub(super) struct Group {
    name: String,
    anchor: String,
    description: String,
    operations: Vec<Operation>,
}

/// A name, what it is, and something small beside it.
pub(super) struct Line {
    pub name: String,
    /// Marked up and safe.
    pub description: String,
    pub place: String,
}

fn style_hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let digest = HEXLOWER.encode(&Sha256::digest(STYLE));
        digest.get(..8).unwrap_or_default().to_owned()
    });
    &HASH
}

fn rendered() -> Result<String, askama::Error> {
    let document = super::document();
    let none = Map::new();
    let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&none);
    let operations = read::operations(&document, paths);
    let count = operations.len();
    let mut groups: Vec<Group> = document
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|tag| {
            let name = tag["name"].as_str().unwrap_or_default().to_owned();
            let anchor = name.to_lowercase().replace(' ', "-");
            let description = tag["description"].as_str().unwrap_or_default().to_owned();
            Group { name, anchor, description, operations: Vec::new() }
        })
        .collect();
    for operation in operations {
        if let Some(group) = groups.iter_mut().find(|group| group.name == operation.group) {
            group.operations.push(operation);
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    let about = document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default();
    let problems = Code::ALL.iter().map(|code| Line {
        name: code.as_str().into(),
        description: read::marked(&format!("{}.", problems::when(*code))),
        place: format!("{} {}", code.status(), code.title()),
    });
    Page {
        version: env!("CARGO_PKG_VERSION"),
        style_hash: style_hash(),
        count,
        about: read::paragraphs(about),
        groups,
        problems: problems.collect(),
    }
    .render()
}

/// `GET /api/docs`, for everybody.
pub(crate) async fn show() -> Result<HttpResponse, Problem> {
    static PAGE: LazyLock<Result<String, String>> = LazyLock::new(|| rendered().map_err(|error| error.to_string()));
    let page = PAGE.as_ref().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(page.as_str()))
}

/// `GET /api/docs/style.{hash}.css`.
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(STYLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_operation_and_reaches_for_nothing_outside() {
        let page = rendered().unwrap();
        let document = crate::api::document::document();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}\"")) || id.starts_with("proxy_"), "{id} is not on the page");
            }
        }
        for outside in ["src=\"http", "href=\"http", "<script", "<style", " style=\""] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("curl") && page.contains("<code>Idempotency-Key</code>"));
    }
}
