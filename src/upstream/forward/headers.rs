//! What is taken off a message on its way through: what belongs to one connection, to Junctionbox, or to the system's
//! session, which stays on our side.

use bytes::Bytes;

use super::ForwardRequest;
use crate::systems::Parameter;
use crate::upstream::address::below_as_it_is;
use crate::upstream::ask::Ask;
use crate::upstream::csrf::CsrfToken;
use crate::upstream::http::Reply;
use crate::upstream::sessions::Session;
use crate::upstream::{Failure, Target};

/// Headers that belong to one connection, not to the message (RFC 9110), and those that are ours to set.
const NOT_PASSED_ON: [&str; 13] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "host",
    "content-length",
    "expect",
];
/// The system's session, and what speaks of the system's own origin: a client would take it for ours.
const NOT_PASSED_BACK: [&str; 6] =
    ["set-cookie", "set-cookie2", "alt-svc", "strict-transport-security", "junctionbox-upstream", "x-request-id"];

/// The caller's request below the base URL, without proof.
pub(super) fn plain(target: &Target, wanted: &ForwardRequest) -> Result<Ask, Failure> {
    let (address, request_target) =
        below_as_it_is(&target.base_url, &wanted.path_and_query).map_err(|message| Failure::Protocol { message })?;
    let named = connection_options(
        wanted
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
            .map(|(_, value)| value.as_str()),
    );
    let bound = Bound::of(target);
    let request_target = bound.without(request_target);
    let passed = |name: &str| is_passed_on(&name.to_ascii_lowercase(), &named) && !bound.header(name);
    let headers = wanted.headers.iter().filter(|(name, _)| passed(name)).cloned().collect();
    Ok(Ask { method: wanted.method.clone(), address, target: request_target, headers, cookies: Vec::new(), body: None })
}

/// Headers and query parameters that the catalogue fills from the connection (client, tenant, company, a key): a caller
/// may use the connection, not turn it to another tenant. What the connection has no value for stays the caller's.
struct Bound<'a> {
    headers: Vec<&'a str>,
    queries: Vec<&'a str>,
}

impl<'a> Bound<'a> {
    fn of(target: &'a Target) -> Self {
        let has_value = |parameter: &Parameter| {
            let value = target.parameters.get(&parameter.name).or(parameter.default.as_ref());
            value.is_some_and(|value| !value.is_empty())
        };
        let sent = || {
            let parameters = target.system.parameters.iter().filter(|parameter| has_value(parameter));
            parameters.filter_map(|parameter| parameter.send.as_ref())
        };
        Self {
            headers: sent().filter_map(|place| place.header.as_deref()).collect(),
            queries: sent()
                .filter_map(|place| place.query.as_deref())
                .chain(target.auth.carry.query.keys().map(String::as_str))
                .collect(),
        }
    }

    fn header(&self, name: &str) -> bool {
        self.headers.iter().any(|bound| bound.eq_ignore_ascii_case(name))
    }

    /// The request target without bound parameters; byte for byte the same where it has none.
    fn without(&self, request_target: String) -> String {
        let Some((path, query)) = request_target.split_once('?') else { return request_target };
        let is_bound = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
            let name = percent_encoding::percent_decode_str(&name).decode_utf8_lossy();
            self.queries.iter().any(|bound| bound.eq_ignore_ascii_case(&name))
        };
        if !query.split('&').any(|pair| is_bound(&pair)) {
            return request_target;
        }
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_bound(pair)).collect();
        if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
    }
}

/// What `Connection` names belongs to that connection too.
fn connection_options<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn is_passed_on(lower: &str, named: &[String]) -> bool {
    !NOT_PASSED_ON.contains(&lower) && !named.iter().any(|name| name == lower)
}

/// The head of an answer as rules read it.
pub(in crate::upstream) fn head<B>(response: &http::Response<B>) -> Reply {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Reply { status: response.status().as_u16(), headers, body: Vec::new(), truncated: false }
}

/// The headers that the caller gets.
pub(super) fn passed_back<B>(
    response: &http::Response<B>,
    session: Option<&Session>,
    csrf: Option<&CsrfToken>,
) -> Vec<(String, Bytes)> {
    let found = response.headers();
    let named =
        connection_options(found.get_all(http::header::CONNECTION).iter().filter_map(|value| value.to_str().ok()));
    let is_of_the_session = |value: &[u8]| {
        let secrets = session.into_iter().flat_map(|session| session.values.values());
        let token = csrf.map(|csrf| &csrf.token);
        value.len() >= 8 && secrets.chain(token).any(|secret| secret.expose().as_bytes() == value)
    };
    found
        .iter()
        .filter(|(name, _)| name.as_str() == "content-length" || is_passed_on(name.as_str(), &named))
        .filter(|(name, value)| !NOT_PASSED_BACK.contains(&name.as_str()) && !is_of_the_session(value.as_bytes()))
        .map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes())))
        .collect()
}
