//! Reading what a token endpoint gave. Vendors write numbers as text, name the end of a refresh token in several ways, and
//! send values that the API needs beside the token: all of it is taken, and nothing that the operator gave is replaced.

use std::time::Duration;

use crate::base::{Secret, Timestamp};
use crate::systems::TokenEndpoint;
use crate::upstream::http::Reply;
use crate::upstream::values::Signed;
use crate::upstream::{Core, Target};

/// The longest time before its end at which a token is renewed.
const MARGIN: Duration = Duration::from_secs(60);
/// Under these names answers say how long a refresh token lives (Keycloak, Intuit, Sage and Microsoft).
const REFRESH_LIFE: [&str; 3] = ["refresh_expires_in", "x_refresh_token_expires_in", "refresh_token_expires_in"];

/// What was issued. Has no `Debug`.
pub(in crate::upstream) struct Issued {
    /// The access token and the other texts of the answer, by name.
    pub values: Signed,
    pub refresh_token: Option<Secret>,
    pub ends_at: Option<Timestamp>,
    pub refresh_ends_at: Option<Timestamp>,
    /// The address at which the API is, where the catalogue says that the answer tells.
    pub base_url: Option<String>,
}

/// `None` when there is no token in it.
pub(in crate::upstream) fn read(
    reply: &Reply,
    target: &Target,
    endpoint: &TokenEndpoint,
    now: Timestamp,
) -> Option<Issued> {
    if !(200..300).contains(&reply.status) {
        return None;
    }
    let document: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    let members = document.as_object()?;
    members.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let mut values = Signed::new();
    for (name, value) in members {
        let Some(text) = value.as_str() else { continue };
        // What the operator gave is not replaced by what the endpoint says.
        if target.credentials.field(name).is_none() && !target.parameters.contains_key(name) {
            values.insert(name.clone(), Secret::new(text));
        }
    }
    let refresh_token =
        members.get("refresh_token").and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    let refresh_token = refresh_token.map(Secret::new);
    values.remove("refresh_token");
    values.remove("id_token");
    let usual = |seconds: Option<u32>| seconds.map(u64::from);
    let life = seconds(members.get("expires_in")).or(usual(endpoint.lifetime_seconds));
    let refresh_life = REFRESH_LIFE
        .iter()
        .find_map(|name| seconds(members.get(*name)))
        // Keycloak writes 0 for a refresh token without an end.
        .or(usual(endpoint.refresh_lifetime_seconds))
        .filter(|seconds| *seconds > 0 && refresh_token.is_some());
    let place = endpoint.moves_base_url.as_ref();
    let base_url = place.and_then(|place| place.read(&reply.headers, &reply.body)).map(|text| text.to_string());
    let at = |seconds: u64| now.plus(Duration::from_secs(seconds));
    Some(Issued { values, refresh_token, ends_at: life.map(at), refresh_ends_at: refresh_life.map(at), base_url })
}

/// Some endpoints write the number as text.
fn seconds(value: Option<&serde_json::Value>) -> Option<u64> {
    match value? {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A tenth of the life before its end, at most a minute, a little earlier by chance so that tokens of one hour do not
/// all end in the same second; never earlier than the system takes a refresh.
pub(in crate::upstream) fn renew_at(core: &Core, now: Timestamp, end: Timestamp, window: Option<u32>) -> Timestamp {
    let lifetime = end.since(now);
    let mut margin = (lifetime / 10).min(MARGIN);
    let spread = u64::try_from(margin.as_millis() / 2).unwrap_or(0);
    margin += Duration::from_millis(core.random.below(spread.saturating_add(1)));
    if let Some(window) = window {
        margin = margin.min(Duration::from_secs(window.into()));
    }
    now.plus(lifetime.saturating_sub(margin))
}
