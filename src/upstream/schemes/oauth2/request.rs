//! One request to a token endpoint (or one that revokes), with the client's proof of itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::super::Refused;
use super::{Form, assertion};
use crate::systems::{ClientAuth, Escape, RulePlace, TokenEndpoint, render};
use crate::upstream::address::below;
use crate::upstream::ask::Ask;
use crate::upstream::http::Seen;
use crate::upstream::lent::guard;
use crate::upstream::look::Look;
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// RFC 6749 encodes both halves of the Basic pair; many servers do not decode. Only what a decoding server would
/// misread is encoded, so that both kinds read the usual ids and secrets.
const PAIR: &AsciiSet = &CONTROLS.add(b'%').add(b'+').add(b' ');
const CLIENT: &AsciiSet = &PAIR.add(b':');

/// The address of a token endpoint's template.
pub(super) fn url(target: &Target, template: &str) -> Result<String, Failure> {
    let values = Values::of(target);
    let filled = values.required(render(template, &values.lookup(), Escape::Path))?;
    let (address, path) = below(&target.base_url, &filled).map_err(|message| Failure::Protocol { message })?;
    Ok(format!("{}://{}{path}", address.scheme(), address.authority()))
}

/// The bare request to the token endpoint.
pub(in crate::upstream) fn token_ask(target: &Target) -> Result<Ask, Failure> {
    let url = url(target, &super::endpoint_of(&target.auth).url)?;
    let (address, path) = below(&target.base_url, &url).map_err(|message| Failure::Protocol { message })?;
    Ok(Ask::post(address, path))
}

pub(in crate::upstream) async fn ask(
    core: &Core,
    target: &Target,
    look: &mut Look,
    endpoint: &TokenEndpoint,
    mut form: Form,
) -> Result<(Ask, Seen), Box<Refused>> {
    let refused = |failure| Refused::before(failure, RulePlace::Token);
    let values = Values::of(target);
    let url = values.required(render(&endpoint.url, &values.lookup(), Escape::Path)).map_err(refused)?;
    let (address, request_target) =
        below(&target.base_url, &url).map_err(|message| refused(Failure::Protocol { message }))?;
    // Before the client's secret is anywhere near the request.
    guard(target, &endpoint.url, &address).map_err(refused)?;
    let mut ask = Ask::post(address, request_target);
    client(core, target, look, endpoint, &mut ask, &mut form).map_err(refused)?;
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

/// The client's proof of itself.
fn client(
    core: &Core,
    target: &Target,
    look: &mut Look,
    endpoint: &TokenEndpoint,
    ask: &mut Ask,
    form: &mut Form,
) -> Result<(), Failure> {
    let values = Values::of(target);
    let client = values.value("client_id");
    let secret = values.value("client_secret").map(Zeroizing::new);
    // Another client in `extra` or in the grant's own form is the entry's business.
    let named = form.iter().any(|(name, _)| name == "client_id");
    let name_client = |form: &mut Form, client: Option<String>| {
        form.extend(client.filter(|_| !named).map(|client| ("client_id".to_owned(), client)));
    };
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
            name_client(form, client);
            form.extend(secret.map(|secret| ("client_secret".to_owned(), secret.as_str().to_owned())));
        }
        (ClientAuth::PrivateKeyJwt, client, _) => {
            let proof = assertion::of_the_client(core, target, &values, &url(target, &endpoint.url)?)?;
            look.redactor.learn(&proof);
            // RFC 7523 lets the client's name away, since the assertion has it; Entra wants it, NetSuite does not mind.
            name_client(form, client);
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form.push(("client_assertion_type".into(), kind.into()));
            form.push(("client_assertion".into(), proof));
        }
        (ClientAuth::Certificate | ClientAuth::None, client, _) => name_client(form, client),
        (ClientAuth::Basic, None, _) => {}
    }
    Ok(())
}
