//! Filling templates of the catalogue: `{name}` becomes a value, escaped for where it goes; `base64(…)` encodes what
//! stands inside after filling. Any other brace stays, so JSON bodies need no quoting. One pass: a value that looks
//! like a template is never filled again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::{Zeroize, Zeroizing};

/// Names that every template knows beside fields, parameters and what sign-in gave: the connection's address without a
/// slash at its end, its scheme with host and port, and the host alone.
pub const BUILT_IN: [&str; 3] = ["base_url", "origin", "host"];

/// How values are escaped. The template's own text never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    None,
    /// Inside a JSON string.
    Json,
    /// A value of `application/x-www-form-urlencoded`.
    Form,
    /// Text or attribute of XML.
    Xml,
    /// One path segment; values whose name ends in `_path` keep their slashes, those ending in `_url` (and `base_url`,
    /// `origin`, `host`) stay as they are. A dot segment counts as no value.
    Path,
    /// A value of a query.
    Query,
}

/// A template names something that has no value here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no value for {{{name}}}")]
pub struct MissingValue {
    pub name: String,
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const WITH_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Fills a template. The result may hold secrets: the caller wipes it; what is made on the way is wiped here.
pub fn render(template: &str, values: &dyn Fn(&str) -> Option<String>, escape: Escape) -> Result<String, MissingValue> {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(piece) = next_piece(rest) {
        out.push_str(piece.before);
        match piece.kind {
            Kind::Name(name) => {
                let value = values(name).map(Zeroizing::new);
                let escaped = value.and_then(|value| escaped(name, &value, escape));
                match escaped {
                    Some(text) => out.push_str(&text),
                    None => {
                        out.zeroize();
                        return Err(MissingValue { name: name.to_owned() });
                    }
                }
            }
            Kind::Base64(inner) => {
                let plain = match render(inner, values, Escape::None) {
                    Ok(text) => Zeroizing::new(text),
                    Err(missing) => {
                        out.zeroize();
                        return Err(missing);
                    }
                };
                let encoded = Zeroizing::new(STANDARD.encode(plain.as_bytes()));
                if let Some(text) = escaped("", &encoded, escape) {
                    out.push_str(&text);
                }
            }
        }
        rest = piece.after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The names that a template asks for, in order, each as often as it stands there.
pub fn names(template: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(piece) = next_piece(rest) {
        match piece.kind {
            Kind::Name(name) => found.push(name),
            Kind::Base64(inner) => found.extend(names(inner)),
        }
        rest = piece.after;
    }
    found
}

enum Kind<'a> {
    Name(&'a str),
    Base64(&'a str),
}

struct Piece<'a> {
    before: &'a str,
    kind: Kind<'a>,
    after: &'a str,
}

const BASE64: &str = "base64(";

/// The next thing to fill, and the text on both sides of it.
fn next_piece(text: &str) -> Option<Piece<'_>> {
    for (at, letter) in text.char_indices() {
        let (before, from) = text.split_at_checked(at)?;
        if letter == '{'
            && let Some((name, after)) = from.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            && is_name(name)
        {
            return Some(Piece { before, kind: Kind::Name(name), after });
        }
        if letter == 'b'
            && let Some(inner) = from.strip_prefix(BASE64)
            && let Some(end) = closing(inner)
            && let (Some(inside), Some(after)) = (inner.get(..end), inner.get(end + 1..))
        {
            return Some(Piece { before, kind: Kind::Base64(inside), after });
        }
    }
    None
}

/// A name begins with a lower-case letter, so GraphQL's `{__typename}` stays as it is.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

/// Where the bracket that was opened is closed again.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn escaped(name: &str, value: &str, escape: Escape) -> Option<Zeroizing<String>> {
    let text = match escape {
        Escape::None => value.to_owned(),
        Escape::Json => json(value),
        Escape::Form | Escape::Query => utf8_percent_encode(value, UNRESERVED).to_string(),
        Escape::Xml => quick_xml::escape::escape(value).into_owned(),
        Escape::Path if name.ends_with("_url") || BUILT_IN.contains(&name) => value.to_owned(),
        Escape::Path if value.split('/').any(|segment| segment == "." || segment == "..") => return None,
        Escape::Path if name.ends_with("_path") => utf8_percent_encode(value, WITH_SLASH).to_string(),
        Escape::Path => utf8_percent_encode(value, UNRESERVED).to_string(),
    };
    Some(Zeroizing::new(text))
}

/// The inside of a JSON string, without the quotes around it.
fn json(value: &str) -> String {
    let mut quoted = serde_json::Value::from(value).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned();
    quoted.zeroize();
    inner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str) -> Option<String> {
        let value = match name {
            "username" => "anna",
            "password" => "a\"b/c&d {username} ü",
            "sap-client" => "100",
            "granted_path" => "odata/Work Orders",
            "up_path" => "a/../b",
            "token_url" => "https://idp.example/token?x=1",
            "empty" => "",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn templates_are_filled() {
        let rows = [
            ("Basic base64({username}:x)", Escape::None, "Basic YW5uYTp4"),
            ("{username}/{sap-client}", Escape::None, "anna/100"),
            (r#"{"u":"{username}","p":"{password}"}"#, Escape::Json, r#"{"u":"anna","p":"a\"b/c&d {username} ü"}"#),
            (r#"{"query":"{__typename}"}"#, Escape::Json, r#"{"query":"{__typename}"}"#),
            ("<p>{password}</p>", Escape::Xml, "<p>a&quot;b/c&amp;d {username} ü</p>"),
            ("p={password}", Escape::Form, "p=a%22b%2Fc%26d%20%7Busername%7D%20%C3%BC"),
            ("/t/{password}", Escape::Path, "/t/a%22b%2Fc%26d%20%7Busername%7D%20%C3%BC"),
            ("/{granted_path}", Escape::Path, "/odata/Work%20Orders"),
            ("{token_url}", Escape::Path, "https://idp.example/token?x=1"),
            ("a{empty}b", Escape::Query, "ab"),
            ("t=base64({username}?>{username})", Escape::Query, "t=YW5uYT8%2BYW5uYQ%3D%3D"),
            ("base64(a(b)c) { } {Not a name} {", Escape::None, "YShiKWM= { } {Not a name} {"),
            ("base64(unclosed {username}", Escape::None, "base64(unclosed anna"),
        ];
        for (template, escape, wanted) in rows {
            assert_eq!(render(template, &values, escape).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn what_has_no_value_is_named() {
        for (template, name) in
            [("a {nothing} b", "nothing"), ("base64({nobody})", "nobody"), ("/{up_path}", "up_path")]
        {
            let missing = MissingValue { name: name.to_owned() };
            assert_eq!(render(template, &values, Escape::Path), Err(missing), "{template}");
        }
        assert_eq!(names("base64({a}:{b}) {c} {\"d\":1}"), ["a", "b", "c"]);
    }
}
