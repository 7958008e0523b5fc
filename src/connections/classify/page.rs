//! Recognising a sign-in page where data was expected.

use std::sync::LazyLock;

use regex::Regex;

use crate::upstream::Answer;

/// A field of type password makes any HTML page a sign-in page.
static PASSWORD_FIELD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)<input\b[^>]*\btype\s*=\s*["']?password\b"#).ok());
/// A single-page sign-in (SAML, OpenID) posts itself on by a hidden field.
static HANDED_ON: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)<input\b[^>]*\bname\s*=\s*["']?(SAMLRequest|SAMLResponse)\b"#).ok());
static SIGN_IN_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(log-?[io]n|sign-?in|logon|sso\b|saml|adfs|/auth(entication|orize)?\b|oauth2?/|/idp/|openid)").ok()
});

fn fits(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// An answer with 2xx that is a page on which one signs in.
pub(super) fn is_sign_in(answer: &Answer) -> bool {
    let media = answer.media_type();
    let text = answer.text();
    let html = media == "text/html" || media == "application/xhtml+xml" || (media.is_empty() && text.contains("<html"));
    html && (fits(&PASSWORD_FIELD, &text) || fits(&HANDED_ON, &text))
}

/// A redirect whose target looks like a page on which one signs in.
pub(super) fn leads_to_sign_in(answer: &Answer) -> bool {
    matches!(answer.status, 301 | 302 | 303 | 307 | 308)
        && answer.header("location").is_some_and(|location| fits(&SIGN_IN_ADDRESS, location))
}
