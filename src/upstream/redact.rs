//! Keeps secrets out of what is taken down. Knows the secrets of one look (fields, tokens, sessions) in every form in
//! which they travel, and the places that always hold one (`Authorization`, cookies, `access_token` in a body).

use std::sync::{LazyLock, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::bytes::Regex;

use super::Target;
use crate::base::Secret;

const MARK: &str = "[redacted]";
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Words that answers are made of. A password that is one of them tells nobody anything when it stands in a body, and
/// replacing it would make the answer unreadable for the rules.
const PLAIN_WORDS: [&str; 24] = [
    "password", "passwort", "username", "user", "value", "login", "admin", "true", "false", "null", "error", "errors",
    "token", "session", "html", "data", "name", "message", "code", "status", "result", "invalid", "wrong", "http",
];

/// Members, elements and parameters whose value is a secret wherever they stand.
static SECRET_MEMBERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    const NAMES: &str =
        "(?:access|refresh|id)_?token|session_?(?:id|token)|client_secret|api_?key|password|j_password|jwt|token";
    [
        format!(r#"(?i)("(?:{NAMES})"\s*:\s*")((?:[^"\\]|\\.)*)(")"#),
        format!(r"(?i)(<(?:[\w-]+:)?(?:{NAMES})(?:\s[^>]*)?>)([^<]*)(<)"),
        r"(?i)(\b(?:access_token|refresh_token|id_token|client_secret)=)([^&\s<]*)()".to_owned(),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// Query parameters that carry a secret by their name.
const SECRET_PARAMETERS: [&str; 14] = [
    "password",
    "pwd",
    "pass",
    "token",
    "access_token",
    "api_key",
    "apikey",
    "api-key",
    "key",
    "secret",
    "client_secret",
    "sap-password",
    "operatorpassword",
    "companypassword",
];

/// The secrets of one look. Has no `Debug`. What they look like in all their forms is worked out when something is first
/// taken down: most of a caller's requests never are.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    learnt: Vec<Secret>,
    /// Forms that are looked for as they stand.
    exact: Vec<Secret>,
    forms: OnceLock<Forms>,
}

#[derive(Clone, Default)]
struct Forms {
    /// Longest first, so that a form that holds another is replaced whole.
    needles: Vec<Secret>,
    /// Too short or too plain to be looked for in running text: replaced in an address, where they are a whole part.
    weak: Vec<Secret>,
}

impl Redactor {
    pub(super) fn of(target: &Target) -> Self {
        let mut redactor = Self::default();
        for secret in target.credentials.secret.values() {
            redactor.learn(secret.expose());
        }
        if let (Some(username), Some(password)) =
            (target.credentials.field("username"), target.credentials.field("password"))
        {
            redactor.exact.push(Secret::new(STANDARD.encode(format!("{username}:{password}"))));
        }
        redactor
    }

    /// From now on this value, and its encodings, are replaced.
    pub(super) fn learn(&mut self, secret: &str) {
        self.learnt.push(Secret::new(secret));
        self.forms = OnceLock::new();
    }

    fn forms(&self) -> &Forms {
        self.forms.get_or_init(|| {
            let mut forms = Forms::default();
            self.exact.iter().for_each(|exact| forms.needle(exact.expose().to_owned()));
            self.learnt.iter().for_each(|secret| forms.learn(secret.expose()));
            forms.needles.sort_by_key(|needle| std::cmp::Reverse(needle.expose().len()));
            forms
        })
    }

    pub(super) fn text(&self, text: &str) -> String {
        self.forms().needles.iter().fold(text.to_owned(), |text, needle| text.replace(needle.expose(), MARK))
    }

    pub(super) fn body(&self, body: &[u8]) -> Vec<u8> {
        let mut out = body.to_vec();
        for needle in &self.forms().needles {
            if let Some(changed) = replace(&out, needle.expose().as_bytes(), MARK.as_bytes()) {
                out = changed;
            }
        }
        for pattern in SECRET_MEMBERS.iter() {
            if pattern.is_match(&out) {
                out = pattern.replace_all(&out, b"${1}[redacted]${3}".as_slice()).into_owned();
            }
        }
        out
    }

    /// An address: known secrets, and the values of parameters that are secret by their name.
    pub(super) fn url(&self, url: &str) -> String {
        let url = self.text(url);
        let Some((path, query)) = url.split_once('?') else { return self.path(&url) };
        let path = self.path(path);
        let query: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if !value.is_empty() && (is_secret_parameter(name) || self.is_weak(value)) => {
                    format!("{name}={MARK}")
                }
                _ => pair.to_owned(),
            })
            .collect();
        format!("{path}?{}", query.join("&"))
    }

    fn path(&self, path: &str) -> String {
        if self.forms().weak.is_empty() {
            return path.to_owned();
        }
        let hidden = |part: &str| if self.is_weak(part) { MARK.to_owned() } else { part.to_owned() };
        path.split('/').map(hidden).collect::<Vec<_>>().join("/")
    }

    fn is_weak(&self, part: &str) -> bool {
        let plain = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        self.forms().weak.iter().any(|secret| !secret.is_empty() && secret.expose() == plain)
    }

    pub(super) fn header(&self, name: &str, value: &str) -> String {
        match name.to_ascii_lowercase().as_str() {
            "authorization" | "proxy-authorization" => match value.split_once(' ') {
                Some((scheme, _)) if scheme.len() < 16 => format!("{scheme} {MARK}"),
                _ => MARK.into(),
            },
            "cookie" => value.split(';').map(|pair| hidden_cookie(pair.trim())).collect::<Vec<_>>().join("; "),
            "set-cookie" => match value.split_once(';') {
                Some((pair, rest)) => format!("{};{}", hidden_cookie(pair), self.text(rest)),
                None => hidden_cookie(value),
            },
            "location" | "referer" | "content-location" => self.url(value),
            // These two words steer the rules; anything else there is a token.
            "x-csrf-token" if ["required", "fetch", "disabled"].contains(&value.to_ascii_lowercase().as_str()) => {
                value.into()
            }
            lower if is_secret_header(lower) => MARK.into(),
            _ => self.text(value),
        }
    }
}

impl Forms {
    fn learn(&mut self, secret: &str) {
        if secret.chars().count() < 4 || PLAIN_WORDS.iter().any(|word| word.eq_ignore_ascii_case(secret)) {
            self.weak.push(Secret::new(secret));
            return;
        }
        let percent = utf8_percent_encode(secret, UNRESERVED).to_string();
        self.needle(percent.replace("%20", "+"));
        self.needle(lower_percent(&percent));
        self.needle(percent);
        let json = serde_json::Value::from(secret).to_string();
        self.needle(json.trim_matches('"').to_owned());
        self.needle(quick_xml::escape::escape(secret).into_owned());
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            self.needle(engine.encode(secret));
        }
        self.needle(secret.to_owned());
    }

    fn needle(&mut self, text: String) {
        let needle = Secret::new(text);
        if !needle.is_empty() && !self.needles.iter().any(|known| known.expose() == needle.expose()) {
            self.needles.push(needle);
        }
    }
}

fn hidden_cookie(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => format!("{name}={MARK}"),
        _ => pair.to_owned(),
    }
}

fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

fn is_secret_header(lower: &str) -> bool {
    const PARTS: [&str; 8] = ["api-key", "apikey", "api_key", "token", "secret", "password", "session", "x-auth"];
    PARTS.iter().any(|part| lower.contains(part)) && lower != "access-control-allow-headers"
}

/// `%2F` as `%2f`.
fn lower_percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0u8;
    for letter in text.chars() {
        if letter == '%' {
            left = 2;
            out.push(letter);
        } else if left > 0 {
            left -= 1;
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}

/// All occurrences replaced; nothing when there is none.
fn replace(text: &[u8], needle: &[u8], with: &[u8]) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    let mut rest = text;
    while let Some(at) = rest.windows(needle.len().max(1)).position(|window| window == needle) {
        let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
        let (before, from) = rest.split_at_checked(at)?;
        out.extend_from_slice(before);
        out.extend_from_slice(with);
        rest = from.get(needle.len()..)?;
    }
    out.map(|mut out| {
        out.extend_from_slice(rest);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secret: &str) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn(secret);
        redactor
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        let secret = "p/ä \"x&1";
        let redactor = redactor(secret);
        for text in [
            secret.to_owned(),
            "p%2F%C3%A4%20%22x%261".into(),
            "p%2f%c3%a4%20%22x%261".into(),
            "p%2F%C3%A4+%22x%261".into(),
            r#"p/ä \"x&1"#.into(),
            "p/ä &quot;x&amp;1".into(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            assert_eq!(redactor.text(&format!("a{text}b{text}")), "a[redacted]b[redacted]", "{text}");
            assert_eq!(redactor.body(format!("<{text}>").as_bytes()), b"<[redacted]>", "{text}");
        }
        assert_eq!(redactor.body(b"\xff\xfe nothing"), b"\xff\xfe nothing");
    }

    #[test]
    fn places_that_always_hold_a_secret() {
        let weak = redactor("admin");
        let redactor = redactor("hunter22");
        let headers = [
            ("Authorization", "Basic dTpw", "Basic [redacted]"),
            ("authorization", "abcdef0123456789abcdef", "[redacted]"),
            ("Cookie", "a=1; b=2", "a=[redacted]; b=[redacted]"),
            ("set-cookie", "SAP_SESSIONID_X_100=abc; path=/", "SAP_SESSIONID_X_100=[redacted]; path=/"),
            ("x-csrf-token", "Required", "Required"),
            ("x-csrf-token", "a1b2", "[redacted]"),
            ("X-API-Key", "k", "[redacted]"),
            ("www-authenticate", "Basic realm=\"SAP\"", "Basic realm=\"SAP\""),
            ("location", "/x?token=abc&y=1", "/x?token=[redacted]&y=1"),
            ("x-note", "is hunter22", "is [redacted]"),
        ];
        for (name, value, wanted) in headers {
            assert_eq!(redactor.header(name, value), wanted);
        }
        let bodies = [
            (
                r#"{"access_token":"a\"b","token_type":"Bearer","SessionId" : "x"}"#,
                r#"{"access_token":"[redacted]","token_type":"Bearer","SessionId" : "[redacted]"}"#,
            ),
            ("<api><sessionid>abc</sessionid></api>", "<api><sessionid>[redacted]</sessionid></api>"),
            ("access_token=abc&x=1", "access_token=[redacted]&x=1"),
            (r#"<input type="password" name="token">"#, r#"<input type="password" name="token">"#),
        ];
        for (body, wanted) in bodies {
            assert_eq!(String::from_utf8(redactor.body(body.as_bytes())).unwrap(), wanted);
        }
        assert_eq!(weak.url("https://h/admin/x?a=admin&b=2"), "https://h/[redacted]/x?a=[redacted]&b=2");
        assert_eq!(weak.body(b"an admin"), b"an admin");
        assert_eq!(redactor.url("https://h/a?sap-password=x&b=1"), "https://h/a?sap-password=[redacted]&b=1");
    }
}
