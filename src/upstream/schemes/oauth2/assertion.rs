//! Signed JWTs: a grant that is exchanged for a token (RFC 7523, 2.1), a client's proof of itself (2.2), and the token
//! itself where the system takes it as such. Each lives a few minutes and has an id of its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::request::url;
use crate::base::{Random, Secret, Timestamp};
use crate::systems::{Assertion, Escape, RulePlace, render};
use crate::upstream::address::below;
use crate::upstream::ask::{Ask, missing};
use crate::upstream::http::{Reply, Seen};
use crate::upstream::lent::guard;
use crate::upstream::sessions::{Session, SignedIn};
use crate::upstream::signing::SigningKey;
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

/// Longer ones are refused by some (NetSuite takes an hour at most, Salesforce three minutes).
const LIFETIME: u32 = 180;

/// The key that signs: `private_key`, or the client's TLS key where the entry has but one.
pub(super) fn signing_key(values: &Values<'_>) -> Result<SigningKey, Failure> {
    let pem = Secret::new(values.value("private_key").ok_or_else(|| missing("private_key"))?);
    SigningKey::read(&pem).map_err(|error| Failure::Protocol { message: format!("Nothing was sent: {error}") })
}

/// The assertion of the catalogue's entry as a JWT.
pub(super) fn jwt(core: &Core, target: &Target, values: &Values<'_>) -> Result<String, Failure> {
    // One that was given ready-made is passed on as it is.
    if let Some(given) = values.value("assertion") {
        return Ok(given);
    }
    let usual;
    let described = match &target.auth.assertion {
        Some(described) => described,
        None => {
            usual = Assertion { issuer: "{client_id}".into(), subject: "{username}".into(), ..Assertion::default() };
            &usual
        }
    };
    let endpoint = super::endpoint_of(&target.auth);
    let text = |template: &str| values.required(render(template, &values.lookup(), Escape::None));
    let audience = match described.audience.as_str() {
        "" => url(target, &endpoint.url)?,
        template => text(template)?,
    };
    let mut claims = Map::new();
    for (name, template) in &described.claims {
        if let Some(value) = values.optional(render(template, &values.lookup(), Escape::None))? {
            claims.insert(name.clone(), Value::String(value));
        }
    }
    let issuer = text(&described.issuer)?;
    let subject = text(&described.subject)?;
    let lifetime = described.lifetime_seconds.unwrap_or(LIFETIME);
    claims.extend(times(core.clock.now(), lifetime, core.random.as_ref()));
    claims.extend([
        ("iss".to_owned(), issuer.into()),
        ("sub".to_owned(), subject.into()),
        ("aud".to_owned(), audience.into()),
    ]);
    let key_id = described.key_id.as_deref().unwrap_or("{key_id}");
    let key_id = render(key_id, &values.lookup(), Escape::None).ok();
    signed(values, key_id, described.thumbprint, claims)
}

/// The client's proof of itself at the token endpoint.
pub(super) fn of_the_client(core: &Core, _: &Target, values: &Values<'_>, audience: &str) -> Result<String, Failure> {
    let client = values.value("client_id").ok_or_else(|| missing("client_id"))?;
    let mut claims = times(core.clock.now(), LIFETIME, core.random.as_ref());
    for (name, value) in [("iss", client.as_str()), ("sub", client.as_str()), ("aud", audience)] {
        claims.insert(name.into(), value.into());
    }
    signed(values, values.value("key_id"), true, claims)
}

/// `iat`, `nbf`, `exp` and an id of its own.
fn times(now: Timestamp, lifetime: u32, random: &dyn Random) -> Map<String, Value> {
    let seconds = now.millis().div_euclid(1000);
    let mut id = [0u8; 16];
    random.fill(&mut id);
    let claims = json!({
        "iat": seconds,
        // The other clock may be a little behind.
        "nbf": seconds.saturating_sub(30),
        "exp": seconds.saturating_add(i64::from(lifetime)),
        "jti": URL_SAFE_NO_PAD.encode(id),
    });
    claims.as_object().cloned().unwrap_or_default()
}

/// `thumbprint`: the header names the certificate, where there is one.
fn signed(
    values: &Values<'_>,
    key_id: Option<String>,
    thumbprint: bool,
    claims: Map<String, Value>,
) -> Result<String, Failure> {
    let key = signing_key(values)?;
    let certificate = values.value("certificate").filter(|_| thumbprint);
    let der =
        match certificate {
            Some(pem) => Some(CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| Failure::Protocol {
                message: "Nothing was sent: the certificate cannot be read.".into(),
            })?),
            None => None,
        };
    let dress = |header: &mut jsonwebtoken::Header| {
        header.kid = key_id;
        if let Some(der) = &der {
            // Entra reads the SHA-1 form, newer servers the other.
            let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, der);
            header.x5t = Some(URL_SAFE_NO_PAD.encode(sha1));
            header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der)));
        }
    };
    key.jwt(dress, &Value::Object(claims))
        .ok_or_else(|| Failure::Protocol { message: "Nothing was sent: the private key could not sign.".into() })
}

/// The JWT is the token: nothing is asked for.
pub(super) fn own_token(core: &Core, target: &Target) -> Result<SignedIn, Failure> {
    let values = Values::of(target);
    let (address, path) = below(&target.base_url, "").map_err(|message| Failure::Protocol { message })?;
    // It goes to the system itself as a whole proof.
    guard(target, "{base_url}", &address)?;
    let token = jwt(core, target, &values)?;
    let now = core.clock.now();
    let lifetime = target.auth.assertion.as_ref().and_then(|assertion| assertion.lifetime_seconds).unwrap_or(LIFETIME);
    let mut session = Session {
        renew_at: Some(now.plus_seconds(i64::from(lifetime.saturating_sub(lifetime / 4)))),
        ..Session::default()
    };
    session.values.insert("access_token".into(), Secret::new(token));
    let reply = Reply { status: 200, headers: Vec::new(), body: Vec::new(), truncated: false };
    let seen = Seen { result: Ok(reply), peer: None, timing: crate::upstream::Timing::default(), sent: false };
    Ok(SignedIn { session, ask: Ask::post(address, path), seen, place: RulePlace::Token })
}
