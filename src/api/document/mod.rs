//! The API in its own words: OpenAPI 3.1, made from the annotations of the handlers. Owns what all operations have in
//! common (problems, headers, limits), so that an annotation says only what is its own. Served, printed and shown from here.
//!
//! A new operation: a type in `types`, the handler's `#[utoipa::path]` (its doc comment is the summary, then the
//! description), a row in the table of `routes.rs`. Problems beyond the usual ones are named in `x-problems`.

mod example;
mod finish;
mod head;
mod headers;
mod outside;
pub(super) mod page;
mod problems;
mod read;
pub mod types;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::OpenApi as _;

pub(super) use self::finish::PREFIX;
pub(super) use self::head::Head;
use super::routes::Annotated;

/// The whole description. The same on every installation: it names no address.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Annotated::openapi()).unwrap_or_default();
    finish::finish(&mut document);
    document
}

/// As it is served, printed and kept for comparison.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
        text.push('\n');
        text
    });
    &TEXT
}

/// The addresses at which something is created: those whose POST is described with a 201.
pub(super) fn creating() -> &'static BTreeSet<String> {
    static CREATING: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let document = document();
        let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        let creates = |item: &Value| item.pointer("/post/responses/201").is_some();
        items.filter(|(_, item)| creates(item)).map(|(path, _)| path.clone()).collect()
    });
    &CREATING
}

/// `GET /api/openapi.json`, for everybody: it says nothing about this installation.
pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").insert_header(("Cache-Control", "no-cache")).body(text())
}

#[cfg(test)]
mod tests;
