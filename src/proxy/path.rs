//! The path behind `/proxy`: appended to the base URL as text, so nothing in it may climb out or name another host.

use crate::base::FieldError;

/// Looks at the raw path and query as they came. `raw` begins with `/` or is empty.
pub fn check_path(raw: &str) -> Result<(), FieldError> {
    let (path, query) = raw.split_once('?').unwrap_or((raw, ""));
    let invalid = |message: &str| Err(FieldError::invalid("path", message));
    if raw.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') || !raw.is_ascii() {
        return invalid("The path holds a character that must be percent-encoded.");
    }
    if query.contains('#') || path.contains('#') {
        return invalid("The path may not hold #.");
    }
    if !raw.is_empty() && http::uri::PathAndQuery::try_from(raw).is_err() {
        return invalid("The path holds a character that must be percent-encoded.");
    }
    let Some(decoded) = decode(path) else {
        return invalid("The path is percent-encoded more than four times over; encode it once.");
    };
    let decoded = decoded.to_ascii_lowercase();
    if decoded.contains('\\') {
        return invalid("The path may not hold a backslash, encoded or not.");
    }
    // Servlet containers cut path parameters off before they look: `..;x` is a dot segment there.
    let names = decoded.split('/').map(|segment| segment.split(';').next().unwrap_or_default());
    if names.into_iter().any(|name| matches!(name, "." | "..")) {
        return invalid("The path may not hold dot segments, encoded or not.");
    }
    if decoded.starts_with("//") {
        return invalid("The path may not begin with an empty segment.");
    }
    if names_a_host(&decoded) {
        return invalid("The path may not be a whole address; it is appended to the connection's own.");
    }
    if decoded.bytes().any(|byte| byte.is_ascii_control()) {
        return invalid("The path may not hold control characters, encoded or not.");
    }
    Ok(())
}

/// `/https://host/…`: somebody may take it for the address to go to.
fn names_a_host(decoded: &str) -> bool {
    let scheme = decoded.strip_prefix('/').and_then(|rest| rest.split_once("://")).map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// Percent signs are followed until nothing changes, so that a doubly encoded dot is seen too; nothing where that takes
/// more than four rounds, which nobody does who means well.
fn decode(path: &str) -> Option<String> {
    let mut text = path.to_owned();
    for _ in 0..4 {
        let next = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            return Some(text);
        }
        text = next;
    }
    let next = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
    (next == text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_base_url() {
        for good in [
            "",
            "/",
            "/a/b",
            "/a//b",
            "/odata/Items('A%20B')?$top=1",
            "/a%2Fb",
            "/..a",
            "/a?x=../..",
            "/%41",
            "/a/http://b",
            "/x?u=http://b",
            "/odata/Items;v=2/x",
            "/a;b=../c",
            "/..a;b",
            "/50%25",
            "/%25252541",
        ] {
            assert!(check_path(good).is_ok(), "{good}");
        }
        for bad in [
            "/..",
            "/a/../b",
            "/%2e%2e/b",
            "/.%2E",
            "/a/./b",
            "/%252e%252e/x",
            "//host/x",
            "/%2fhost",
            "/a\\b",
            "/a%5Cb",
            "/a/..%2Fb",
            "/a b",
            "/..;/b",
            "/a/..;x=1/b",
            "/%2e%2e;x/b",
            "/a/.;/b",
            "/a/..%3Bx/b",
            "/a/..%253b",
            "/%252525252e%252525252e/b",
            "/%25252525252e%25252525252e/b",
            "/http://host/x",
            "/HTTPS:%2f%2fhost",
            "/a%0d%0aX: y",
            "/\u{e4}",
        ] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }
}
