//! Who calls, and what the path names. The gate has looked at the key before any handler runs; here handlers take what it
//! found.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, IF_MATCH};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::problem::{Code, Problem};
use crate::access::Principal;
use crate::base::Secret;

/// The key of `Authorization: Bearer jbx_…`.
pub fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = text.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= 512).then(|| Secret::new(key))
}

/// The caller, as the gate found it.
pub struct Caller(pub Principal);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Principal>().cloned();
        ready(found.map(Self).ok_or_else(unauthenticated))
    }
}

pub fn unauthenticated() -> Problem {
    let detail = "Send a valid API key: Authorization: Bearer jbx_… . Keys are made in the dashboard's settings, or by \
                  `junctionbox api-key create`.";
    Problem::new(Code::Unauthenticated, detail)
}

/// The id in the path. What is no id of this kind cannot exist.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(found.map(Self).ok_or_else(|| Problem::not_found("thing")))
    }
}

/// The version of `If-Match: "3-9f2c4b1a7e60"` or `"3"`; without the header, or with `*`, any version will do.
pub struct Expected(pub Option<i64>);

impl FromRequest for Expected {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(text) = request.headers().get(IF_MATCH).and_then(|value| value.to_str().ok()) else {
            return ready(Ok(Self(None)));
        };
        let text = text.trim();
        if text == "*" {
            return ready(Ok(Self(None)));
        }
        let tag = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        let number = tag.split('-').next().and_then(|version| version.parse().ok());
        let refusal =
            || Problem::invalid_field("If-Match", "Send the ETag of the object, or its version, like If-Match: \"3\".");
        ready(number.map(|version| Self(Some(version))).ok_or_else(refusal))
    }
}

impl Expected {
    /// With the `version` of the body, which says the same in another place.
    pub fn or(self, version: Option<i64>) -> Result<Option<i64>, Problem> {
        match (self.0, version) {
            (Some(header), Some(body)) if header != body => Err(Problem::invalid_field(
                "version",
                "If-Match and version name different versions. Send one of them.",
            )),
            (header, body) => Ok(header.or(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn keys_are_read_from_bearer_alone() {
        let key = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(text));
            bearer(&headers).map(|key| key.expose().to_owned())
        };
        assert_eq!(key("Bearer jbx_a").as_deref(), Some("jbx_a"));
        assert_eq!(key("bearer  jbx_a").as_deref(), Some("jbx_a"));
        for bad in ["jbx_a", "Basic jbx_a", "Bearer", "Bearer "] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }
}
