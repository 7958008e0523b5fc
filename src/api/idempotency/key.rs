//! Reading `Idempotency-Key`: a structured string (RFC 8941), or the bare text that many clients send. Both forms of the
//! same text are the same key.

use actix_web::http::header::HeaderValue;

pub const LIMIT: usize = 255;

/// The key's text, or `None` where it is none.
pub fn read(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let key = match text.strip_prefix('"') {
        Some(quoted) => unquote(quoted.strip_suffix('"')?)?,
        None => text.to_owned(),
    };
    let fits = (1..=LIMIT).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    fits.then_some(key)
}

/// A backslash comes before a quote or a backslash only, and a quote never alone.
fn unquote(text: &str) -> Option<String> {
    let mut key = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        key.push(match letter {
            '\\' => letters.next().filter(|next| matches!(next, '"' | '\\'))?,
            '"' => return None,
            letter => letter,
        });
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_or_bare_it_is_the_same_key() {
        let read = |text: &'static str| read(&HeaderValue::from_static(text));
        for text in ["\"8e03978e\"", "8e03978e", " 8e03978e "] {
            assert_eq!(read(text).as_deref(), Some("8e03978e"), "{text}");
        }
        assert_eq!(read(r#""a \"b\" \\c""#).as_deref(), Some(r#"a "b" \c"#));
        for bad in ["", "\"", "\"\"", "\"abc", r#""a\b""#, r#""a"b""#, r#""a\""#] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let long = HeaderValue::from_str(&"x".repeat(256)).unwrap();
        assert_eq!(super::read(&long), None);
    }
}
