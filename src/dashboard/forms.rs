//! A form as it was sent, and whether it came from one of our own pages: the browser's word about its origin, and the
//! token that only a page of this session holds. Both are needed; a form without them changes nothing.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};
use subtle::ConstantTimeEq as _;
use url::Url;

/// Name of the hidden field with the token.
pub const TOKEN_FIELD: &str = "csrf";
/// The largest form: PEM texts are a few kilobytes each.
pub const FORM_LIMIT: usize = 256 * 1024;

/// What was sent, in order; a name may stand several times.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct Sent(pub Vec<(String, String)>);

impl Sent {
    /// The value as typed; empty when the field was not sent.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }
    /// The value without spaces around it.
    pub fn text(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }
    /// The value, or nothing where it was left empty.
    pub fn given(&self, name: &str) -> Option<String> {
        let text = self.text(name);
        (!text.is_empty()).then_some(text)
    }
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.trim().to_owned()).collect()
    }
    pub fn is_on(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }
    /// Whether the form's token is this one.
    pub fn has_token(&self, token: &str) -> bool {
        !token.is_empty() && self.raw(TOKEN_FIELD).as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// Whether the browser says that the request comes from our own page. A client that says nothing (no browser) passes
/// here; it still needs the token.
pub fn is_same_origin(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match header(ORIGIN.as_str()) {
        None => true,
        Some(origin) => {
            let from = Url::parse(origin).ok();
            let host = header(HOST.as_str()).unwrap_or_default();
            from.is_some_and(|from| {
                let name = from.host_str().unwrap_or_default();
                let with_port = from.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
                !name.is_empty() && with_port.eq_ignore_ascii_case(host)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn forms_of_other_sites_are_known() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://box.example:8443"), ("host", "box.example:8443")], true),
            (&[("origin", "https://evil.example"), ("host", "box.example:8443")], false),
            (&[("origin", "null"), ("host", "box.example")], false),
            (&[], true),
        ];
        for (headers, wanted) in table {
            let mut request = TestRequest::default();
            for (name, value) in *headers {
                request = request.insert_header((*name, *value));
            }
            assert_eq!(is_same_origin(&request.to_http_request()), *wanted, "{headers:?}");
        }
    }

    #[test]
    fn a_token_must_be_there_and_the_same() {
        let sent = Sent(vec![("csrf".into(), "abc".into())]);
        assert!(sent.has_token("abc") && !sent.has_token("abd") && !sent.has_token(""));
        assert!(!Sent::default().has_token("abc") && !Sent::default().has_token(""));
    }
}
