//! Tokens from an OAuth 2 token endpoint (RFC 6749): client credentials, password grant, and the refresh of the latter.
//! Owns the request and the reading of its answer; which refusal means what is health's to say.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::Refused;
use crate::base::{Secret, Timestamp};
use crate::systems::{ClientAuth, Escape, RulePlace, Scheme, TokenEndpoint, render};
use crate::upstream::address::below;
use crate::upstream::ask::Ask;
use crate::upstream::http::{Reply, Seen};
use crate::upstream::look::Look;
use crate::upstream::sessions::{Session, SignedIn};
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// RFC 6749 encodes both halves of the Basic pair; many servers do not decode. Only what a decoding server would
/// misread is encoded, so that both kinds read the usual ids and secrets.
const PAIR: &AsciiSet = &CONTROLS.add(b'%').add(b'+').add(b' ');
const CLIENT: &AsciiSet = &PAIR.add(b':');
/// The longest time before its end at which a token is renewed.
const MARGIN: Duration = Duration::from_secs(60);

pub(super) async fn sign_in(
    core: &Core,
    target: &Target,
    look: &mut Look,
    before: Option<&Session>,
) -> Result<SignedIn, Box<Refused>> {
    let usual;
    let endpoint = match &target.auth.token {
        Some(endpoint) => endpoint,
        None => {
            usual = of_the_operator();
            &usual
        }
    };
    if let Some(refresh) = before.and_then(|session| session.refresh_token.as_ref()).filter(|_| endpoint.refresh) {
        let form = vec![
            ("grant_type".to_owned(), "refresh_token".to_owned()),
            ("refresh_token".to_owned(), refresh.expose().to_owned()),
        ];
        let (ask, seen) = ask(core, target, look, endpoint, form).await?;
        // The fixed credentials are at hand, so a refused refresh (4xx) proves nothing: the grant is asked again.
        match seen.reply() {
            Some(reply) if (400..500).contains(&reply.status) && reply.status != 429 => {}
            _ => return finish(core, target, look, endpoint, ask, seen, Some(refresh)),
        }
    }
    let form = grant(target, endpoint).map_err(|failure| Refused::before(failure, RulePlace::Token))?;
    let (ask, seen) = ask(core, target, look, endpoint, form).await?;
    finish(core, target, look, endpoint, ask, seen, None)
}

/// For systems whose entry leaves the endpoint to the operator.
fn of_the_operator() -> TokenEndpoint {
    TokenEndpoint {
        url: "{token_url}".into(),
        client_auth: ClientAuth::Basic,
        scopes: Vec::new(),
        extra: BTreeMap::new(),
        lifetime_seconds: None,
        refresh: true,
        refresh_window_seconds: None,
    }
}

/// The form of the grant itself.
fn grant(target: &Target, endpoint: &TokenEndpoint) -> Result<Vec<(String, String)>, Failure> {
    let values = Values::of(target);
    let mut form = Vec::new();
    let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
    if target.auth.scheme == Scheme::Oauth2Password {
        add("grant_type", "password".into());
        add("username", values.required(render("{username}", &values.lookup(), Escape::None))?);
        add("password", values.required(render("{password}", &values.lookup(), Escape::None))?);
    } else {
        add("grant_type", "client_credentials".into());
    }
    let scope = match values.value("scope") {
        Some(given) => given,
        None => {
            let mut scopes = Vec::with_capacity(endpoint.scopes.len());
            for template in &endpoint.scopes {
                scopes.extend(values.optional(render(template, &values.lookup(), Escape::None))?);
            }
            scopes.join(" ")
        }
    };
    if !scope.is_empty() {
        add("scope", scope);
    }
    for (name, template) in &endpoint.extra {
        if let Some(value) = values.optional(render(template, &values.lookup(), Escape::None))? {
            form.retain(|(known, _)| known != name);
            form.push((name.clone(), value));
        }
    }
    Ok(form)
}

/// One request to the token endpoint.
async fn ask(
    core: &Core,
    target: &Target,
    look: &mut Look,
    endpoint: &TokenEndpoint,
    mut form: Vec<(String, String)>,
) -> Result<(Ask, Seen), Box<Refused>> {
    let refused = |failure| Refused::before(failure, RulePlace::Token);
    let values = Values::of(target);
    let url = values.required(render(&endpoint.url, &values.lookup(), Escape::Path)).map_err(refused)?;
    let (address, request_target) =
        below(&target.base_url, &url).map_err(|message| refused(Failure::Protocol { message }))?;
    let mut ask = Ask::post(address, request_target);
    let client = values.value("client_id");
    let secret = values.value("client_secret").map(Zeroizing::new);
    match (endpoint.client_auth, client, secret) {
        (ClientAuth::Basic, Some(client), secret) => {
            let secret = secret.as_ref().map(|secret| secret.as_str()).unwrap_or_default();
            let pair = Zeroizing::new(format!(
                "{}:{}",
                utf8_percent_encode(&client, CLIENT),
                utf8_percent_encode(secret, PAIR)
            ));
            let encoded = STANDARD.encode(pair.as_bytes());
            look.redactor.learn(&encoded);
            ask.set_header("Authorization", format!("Basic {encoded}"));
        }
        (ClientAuth::Body, client, secret) => {
            form.extend(client.map(|client| ("client_id".to_owned(), client)));
            form.extend(secret.map(|secret| ("client_secret".to_owned(), secret.as_str().to_owned())));
        }
        (ClientAuth::None, client, _) => form.extend(client.map(|client| ("client_id".to_owned(), client))),
        (ClientAuth::Basic, None, _) => {}
    }
    let body: Vec<String> = form
        .iter()
        .map(|(name, value)| {
            format!("{}={}", utf8_percent_encode(name, UNRESERVED), utf8_percent_encode(value, UNRESERVED))
        })
        .collect();
    ask.set_header("Content-Type", "application/x-www-form-urlencoded".into());
    ask.set_header("Accept", "application/json".into());
    ask.body = Some(body.join("&").into_bytes());
    let seen = core.exchange(&target.credentials.tls, target.limits, &ask).await;
    look.secret_sent |= seen.sent;
    Ok((ask, seen))
}

fn finish(
    core: &Core,
    target: &Target,
    look: &mut Look,
    endpoint: &TokenEndpoint,
    ask: Ask,
    seen: Seen,
    refreshed: Option<&Secret>,
) -> Result<SignedIn, Box<Refused>> {
    let now = core.clock.now();
    let given = seen.reply().filter(|reply| (200..300).contains(&reply.status)).and_then(|reply| read(reply, target));
    let Some((mut session, lifetime)) = given else {
        return Err(Box::new(Refused { ask: Some(ask), seen, place: RulePlace::Token }));
    };
    if session.refresh_token.is_none() {
        session.refresh_token = refreshed.cloned();
    }
    let lifetime = lifetime.or(endpoint.lifetime_seconds.map(|seconds| Duration::from_secs(seconds.into())));
    session.renew_at = lifetime.map(|lifetime| renew_at(core, now, lifetime, endpoint.refresh_window_seconds));
    if let Some(refresh) = &session.refresh_token {
        look.redactor.learn(refresh.expose());
    }
    Ok(SignedIn { session, ask, seen, place: RulePlace::Token })
}

/// A tenth of the life before its end, at most a minute, a little earlier by chance so that tokens of one hour do not
/// all end in the same second; never earlier than the system takes a refresh.
fn renew_at(core: &Core, now: Timestamp, lifetime: Duration, window: Option<u32>) -> Timestamp {
    let mut margin = (lifetime / 10).min(MARGIN);
    let spread = u64::try_from(margin.as_millis() / 2).unwrap_or(0);
    margin += Duration::from_millis(core.random.below(spread.saturating_add(1)));
    if let Some(window) = window {
        margin = margin.min(Duration::from_secs(window.into()));
    }
    now.plus(lifetime.saturating_sub(margin))
}

/// Token, refresh token and the other texts of the answer; `None` when there is no token in it.
fn read(reply: &Reply, target: &Target) -> Option<(Session, Option<Duration>)> {
    let document: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    let members = document.as_object()?;
    members.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let mut session = Session::default();
    for (name, value) in members {
        let Some(text) = value.as_str() else { continue };
        // What the operator gave is not replaced by what the endpoint says.
        if target.credentials.field(name).is_none() && !target.parameters.contains_key(name) {
            session.values.insert(name.clone(), Secret::new(text));
        }
    }
    session.refresh_token = members.get("refresh_token").and_then(serde_json::Value::as_str).map(Secret::new);
    session.values.remove("refresh_token");
    let seconds = match members.get("expires_in") {
        Some(serde_json::Value::Number(number)) => number.as_u64(),
        // Some endpoints write the number as text.
        Some(serde_json::Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Some((session, seconds.map(Duration::from_secs)))
}
