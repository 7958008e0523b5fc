//! Bodies: JSON in, with every fault told by field; JSON out. Refuses unknown fields (by the types' own
//! `deny_unknown_fields`), other content types, and bodies beyond 1 MiB.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::{Code, Problem};
use crate::base::{Cursor, FieldError, InvalidCursor, Page, PageRequest};

pub const BODY_LIMIT: usize = 1024 * 1024;

/// A body of JSON, read as `T`.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&mut payload).await?;
            check_type(&request, &body)?;
            parse(&body).map(Self)
        })
    }
}

/// The whole body, within the limit.
pub async fn read(payload: &mut Payload) -> Result<Bytes, Problem> {
    let mut body = actix_web::web::BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| {
            Problem::invalid_field("", format!("The body did not arrive completely ({error}). Send it again."))
        })?;
        if body.len().saturating_add(piece.len()) > BODY_LIMIT {
            let detail = "The body is larger than 1 MiB. Send less, or in several requests.";
            return Err(Problem::new(Code::PayloadTooLarge, detail));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

fn check_type(request: &HttpRequest, body: &[u8]) -> Result<(), Problem> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let fine = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if fine || (essence.is_empty() && body.is_empty()) {
        return Ok(());
    }
    let detail = "The body must be JSON. Send it with Content-Type: application/json.";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

/// Reads JSON; a fault names its field.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // An action may come without a body.
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"{}".as_slice() } else { body };
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|byte| b"[\"-0123456789tfn".contains(byte)) {
        // The types would also read a list of values in the order of their fields.
        return Err(Problem::invalid_field("", "The body must be a JSON object, like {\"name\": \"…\"}."));
    }
    let mut from = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        fault(&path, error.inner())
    })?;
    from.end().map_err(|error| fault(".", &error))?;
    Ok(value)
}

fn fault(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let place = if path == "." { "" } else { path };
    if error.is_syntax() || error.is_eof() || error.is_io() {
        let message = format!("The body is no JSON: line {}, column {}.", error.line(), error.column());
        return Problem::invalid(vec![FieldError::new("", "malformed_json", message)]);
    }
    let quoted = text.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| match place {
        "" => name.to_owned(),
        // The path ends in the very field that is unknown, or in the object that holds it.
        place if place == name || place.ends_with(&format!(".{name}")) => place.to_owned(),
        place => format!("{place}.{name}"),
    };
    if text.starts_with("missing field") {
        return Problem::invalid(vec![FieldError::required(below(quoted))]);
    }
    if text.starts_with("unknown field") {
        let known: Vec<&str> = text.split('`').skip(3).step_by(2).collect();
        let message = match known.as_slice() {
            [] => format!("There is no field “{}” here.", clip(quoted)),
            known => format!("There is no field “{}” here. The fields are: {}.", clip(quoted), known.join(", ")),
        };
        return Problem::invalid(vec![FieldError::new(below(quoted), "unknown_field", message)]);
    }
    if text.starts_with("duplicate field") {
        let message = format!("“{}” is there twice. Send it once.", clip(quoted));
        return Problem::invalid(vec![FieldError::new(below(quoted), "duplicate", message)]);
    }
    // What stands before “expected” quotes the value, which may be a secret.
    let message = match text.split_once(", expected ") {
        Some((_, expected)) => {
            let expected = expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected);
            format!("This has the wrong type or value; expected: {}.", in_words(expected))
        }
        None if text.starts_with("invalid ") => "This value is not possible here.".to_owned(),
        None => {
            let own = text.rsplit_once(" at line ").map_or(text.as_str(), |(own, _)| own);
            format!("This cannot be read: {}.", clip(own))
        }
    };
    Problem::invalid_field(place, message)
}

/// What the parser expected, without the words of its language.
fn in_words(expected: &str) -> String {
    let first = expected.split([' ', ',']).next().unwrap_or_default();
    match first {
        "struct" | "map" => "an object".into(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, not negative and not too large".into(),
        "f32" | "f64" => "a number".into(),
        _ => match expected {
            "a map" => "an object".into(),
            "a sequence" => "a list".into(),
            "a boolean" => "true or false".into(),
            other => clip(&other.replace('`', "")),
        },
    }
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}

/// 200 with an object.
pub fn ok(value: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(value)
}

/// 201 with the object and its address.
pub fn created(location: String, value: &impl Serialize) -> HttpResponse {
    HttpResponse::build(StatusCode::CREATED).insert_header((header::LOCATION, location)).json(value)
}

pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

#[derive(Serialize)]
struct List<'a, T> {
    data: &'a [T],
    next_cursor: Option<&'a str>,
}

/// A page of a list.
pub fn list<T: Serialize>(page: &Page<T>) -> HttpResponse {
    ok(&List { data: &page.items, next_cursor: page.next_cursor.as_deref() })
}

/// A page of a list that is short enough to be read whole; `key` tells its rows apart.
pub fn page_of<T>(
    rows: Vec<T>,
    list: &str,
    page: &PageRequest,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, InvalidCursor> {
    let after = match &page.cursor {
        Some(text) => Cursor::decode(text, list, 1)?.keys.pop(),
        None => None,
    };
    let skipped = match &after {
        Some(after) => rows.iter().position(|row| key(row) == *after).ok_or(InvalidCursor)?.saturating_add(1),
        None => 0,
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = rows.len().saturating_sub(skipped) > limit;
    let items: Vec<T> = rows.into_iter().skip(skipped).take(limit).collect();
    let next_cursor =
        items.last().filter(|_| more).map(|last| Cursor { list: list.into(), keys: vec![key(last)] }.encode());
    Ok(Page { items, next_cursor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "name")]
        _name: String,
        #[serde(default, rename = "limit")]
        _limit: Option<i64>,
        #[serde(default, rename = "items")]
        _items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "system")]
        _system: String,
    }

    #[test]
    fn a_fault_names_its_field_and_hides_the_value() {
        let table = [
            (r#"{"name":"a","colour":1}"#, "colour", "unknown_field"),
            (r#"{}"#, "name", "required"),
            ("", "name", "required"),
            (r#"{"name":"a","limit":"s3cret"}"#, "limit", "invalid"),
            (r#"{"name":"a","limit":1.5}"#, "limit", "invalid"),
            (r#"{"name":"a","name":"b"}"#, "name", "duplicate"),
            (r#"{"name":"a","items":[{"system":"x"},{"system":"y","z":1}]}"#, "items[1].z", "unknown_field"),
            (r#"{"name":"a","items":[{}]}"#, "items[0].system", "required"),
            (r#"{"name":"a""#, "", "malformed_json"),
            (r#"{"name":"a"} x"#, "", "malformed_json"),
            (r#"["a"]"#, "", "invalid"),
            ("\u{feff}{}", "", "malformed_json"),
        ];
        for (body, field, code) in table {
            let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
            let found = &problem.errors[0];
            assert_eq!((found.field.as_str(), found.code.as_ref()), (field, code), "{body}: {found:?}");
            assert!(!found.message.contains("s3cret"), "{found:?}");
            for word in ["struct", "i64", "`"] {
                assert!(!found.message.contains(word), "{found:?}");
            }
        }
        assert!(parse::<Outer>(br#"{"name":"a","limit":null}"#).is_ok());
        assert_eq!(parse::<Outer>(b"{\"name\":\"\xff\"}").unwrap_err().code, Code::ValidationFailed);
    }
}
