//! What each way to sign in must fulfil: the contract's field names, one field that says who signs in, and everything
//! that its scheme needs (a token endpoint, a session, a place for the proof).

use std::collections::BTreeSet;

use super::template::names;
use super::validate::{Names, Problems, filled, is_name, request, value_place};
use super::{Auth, Scheme, System};

/// The fields that a scheme must have, as (name, secret).
fn contract_fields(scheme: Scheme) -> &'static [(&'static str, bool)] {
    match scheme {
        Scheme::Basic | Scheme::SessionLogin => &[("username", false), ("password", true)],
        Scheme::Bearer => &[("token", true)],
        Scheme::ApiKey => &[("key", true)],
        // A client proves itself by a secret or by a key.
        Scheme::Oauth2ClientCredentials => &[("client_id", false)],
        Scheme::Oauth2Password => {
            &[("client_id", false), ("client_secret", true), ("username", false), ("password", true)]
        }
        Scheme::Oauth1 => {
            &[("consumer_key", false), ("consumer_secret", true), ("token", false), ("token_secret", true)]
        }
        Scheme::Hmac => &[("access_key", false), ("secret_key", true)],
        Scheme::None
        | Scheme::ClientCertificate
        | Scheme::Oauth2AuthorizationCode
        | Scheme::Oauth2JwtBearer
        | Scheme::Oauth2SamlBearer => &[],
    }
}

/// A way to sign in, the `at`-th of the entry, and what its templates may name.
pub(super) struct Way {
    pub(super) at: usize,
    pub(super) names: Names,
    pub(super) own_probe: bool,
}

/// Checks all ways.
pub(super) fn auths(system: &System, common: &Names, out: &mut Problems) -> Vec<Way> {
    let mut ways = Vec::new();
    for (at, auth) in system.auth.iter().enumerate() {
        let key = format!("auth[{at}]");
        let mut known = common.clone();
        // The contract's field names are those of the first way of a scheme; a further one is chosen by its own fields.
        let is_first = !system.auth.iter().take(at).any(|earlier| earlier.scheme == auth.scheme);
        fields(auth, &key, is_first, &mut known, out);
        let outside = auth.hosting.iter().any(|hosting| !system.hosting.contains(hosting));
        out.unless(!outside, format!("{key}.hosting"), "names a hosting that the system does not have");
        vendor_hosts(auth, &key, out);
        parts(auth, &key, out);
        ways.push(Way { at, names: proof(auth, &key, known, out), own_probe: auth.probe.is_some() });
    }
    ways
}

fn fields(auth: &Auth, key: &str, is_first: bool, known: &mut Names, out: &mut Problems) {
    for (at, field) in auth.fields.iter().enumerate() {
        let key = format!("{key}.fields[{at}]");
        out.unless(is_name(&field.name), format!("{key}.name"), "use lower-case letters, digits, - and _");
        out.unless(!known.known.contains(&field.name), format!("{key}.name"), "is used twice; choose another name");
        out.unless(!field.label.trim().is_empty(), format!("{key}.label"), "must not be empty");
        known.add(&field.name, field.required || field.default.is_some());
    }
    let scheme = auth.scheme.as_str();
    for (name, secret) in contract_fields(auth.scheme) {
        match auth.fields.iter().find(|field| field.name == *name) {
            None if is_first => out.push(format!("{key}.fields"), format!("{scheme} needs a field named {name}")),
            None => {}
            Some(field) => {
                let word = if *secret { "is a secret: set secret = true" } else { "is no secret: remove secret" };
                out.unless(field.secret == *secret, format!("{key}.fields"), format!("{name} {word}"));
            }
        }
    }
    let nobody = matches!(auth.scheme, Scheme::None | Scheme::ClientCertificate) || auth.needs_application();
    let needs = usize::from(!nobody);
    let found = auth.fields.iter().filter(|field| field.identifies).count();
    let message = format!("{found} fields have identifies = true; {scheme} needs {needs}");
    out.unless(found == needs, format!("{key}.fields"), message);
    if auth.scheme == Scheme::Basic {
        let user = auth.fields.iter().any(|field| field.name == "username" && field.identifies);
        out.unless(user, format!("{key}.fields"), "basic is told apart by username: set identifies = true there");
    }
}

/// A name that stands for others has two parts at least: `*.com` would pin nothing.
fn vendor_hosts(auth: &Auth, key: &str, out: &mut Problems) {
    for host in &auth.vendor_hosts {
        let plain = host.strip_prefix("*.").unwrap_or(host);
        let letters = plain.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
        let good = letters && plain.contains('.') && !plain.starts_with('.') && !plain.ends_with('.');
        let message = format!("“{host}” is no host; write login.vendor.example or *.vendor.example");
        out.unless(good && auth.takes_application(), format!("{key}.vendor_hosts"), message);
    }
}

/// Token endpoint, session and signature stand where the scheme uses them, and nowhere else.
fn parts(auth: &Auth, key: &str, out: &mut Problems) {
    let is_token = auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token);
    let is_asserted = matches!(auth.scheme, Scheme::Oauth2JwtBearer | Scheme::Oauth2SamlBearer);
    // Where the refresh token is made in the system itself, nobody is sent to a page.
    let has_refresh_token = auth.fields.iter().any(|field| field.name == "refresh_token");
    let is_consent = auth.scheme == Scheme::Oauth2AuthorizationCode && !has_refresh_token;
    let rows = [
        ("token", auth.token.is_some(), auth.scheme.is_oauth2() && !is_token),
        ("authorize", auth.authorize.is_some(), is_consent),
        ("assertion", auth.assertion.is_some(), is_asserted),
        ("realm", auth.realm.is_some(), auth.scheme == Scheme::Oauth1 && auth.realm.is_some()),
        ("session", auth.session.is_some(), auth.scheme == Scheme::SessionLogin),
        ("signature", auth.signature.is_some(), auth.scheme == Scheme::Hmac),
    ];
    for (part, given, wanted) in rows {
        let word = if wanted { "is needed by" } else { "is not used by" };
        out.unless(given == wanted, format!("{key}.{part}"), format!("{part} {word} {}", auth.scheme.as_str()));
    }
    let carries = !auth.carry.headers.is_empty() || !auth.carry.query.is_empty() || !auth.carry.cookies.is_empty();
    // Some systems want the session in the body of each call, which only the caller can put there.
    let alone = matches!(
        auth.scheme,
        Scheme::None | Scheme::ClientCertificate | Scheme::Hmac | Scheme::SessionLogin | Scheme::Oauth1
    );
    out.unless(carries || alone, format!("{key}.carry"), "say where the proof goes: headers, query or cookies");
}

/// What an OAuth application may bring.
const OF_AN_APPLICATION: [&str; 7] =
    ["client_id", "client_secret", "private_key", "certificate", "key_id", "token_url", "authorize_url"];

fn proof(auth: &Auth, key: &str, mut known: Names, out: &mut Problems) -> Names {
    for name in OF_AN_APPLICATION.iter().filter(|_| auth.takes_application()) {
        if !known.known.contains(*name) {
            known.add(name, false);
        }
    }
    oauth(auth, key, &known, out);
    if let Some(token) = &auth.token {
        // A parameter that only the cloud needs is optional; upstream says so when it is missing.
        filled(&token.url, &format!("{key}.token.url"), &known, false, out);
        let starts = ["https://", "/", "{"].iter().any(|start| token.url.starts_with(start));
        out.unless(starts, format!("{key}.token.url"), "is an https address, a path, or begins with {token_url}");
        for (name, value) in &token.extra {
            filled(value, &format!("{key}.token.extra.{name}"), &known, false, out);
        }
        for scope in &token.scopes {
            filled(scope, &format!("{key}.token.scopes"), &known, false, out);
        }
        known.add("access_token", true);
    }
    if auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token) {
        known.add("access_token", true);
    }
    if let Some(session) = &auth.session {
        request(&session.login, &format!("{key}.session.login"), &known, out);
        for (name, place) in &session.values {
            out.unless(is_name(name), format!("{key}.session.values"), "names use lower-case letters, digits, - and _");
            value_place(place, &format!("{key}.session.values.{name}"), out);
            known.add(name, !place.optional);
        }
        if let Some(place) = &session.moves_base_url {
            value_place(place, &format!("{key}.session.moves_base_url"), out);
        }
        if let Some(logout) = &session.logout {
            request(logout, &format!("{key}.session.logout"), &known, out);
        }
    }
    let carried = auth.carry.headers.iter().chain(&auth.carry.query);
    let used: BTreeSet<&str> = carried.clone().flat_map(|(name, value)| [names(name), names(value)].concat()).collect();
    for (name, value) in carried {
        filled(name, &format!("{key}.carry"), &known, true, out);
        filled(value, &format!("{key}.carry"), &known, false, out);
    }
    let token_used = auth.token.is_none() || used.contains("access_token");
    out.unless(token_used, format!("{key}.carry"), "the access token is never sent; use {access_token}");
    known
}

/// Authorization page, assertion, realm: every name in their texts is one that can have a value.
fn oauth(auth: &Auth, key: &str, known: &Names, out: &mut Problems) {
    if let Some(authorize) = &auth.authorize {
        filled(&authorize.url, &format!("{key}.authorize.url"), known, false, out);
        let starts = ["https://", "{"].iter().any(|start| authorize.url.starts_with(start));
        out.unless(
            starts,
            format!("{key}.authorize.url"),
            "is an https address, or begins with {origin} or {authorize_url}",
        );
        for (name, value) in &authorize.params {
            filled(value, &format!("{key}.authorize.params.{name}"), known, false, out);
        }
    }
    if let Some(assertion) = &auth.assertion {
        let texts = [&assertion.issuer, &assertion.subject, &assertion.audience];
        let further = [&assertion.key_id, &assertion.recipient].into_iter().flatten();
        for text in texts.into_iter().chain(further).chain(assertion.claims.values()) {
            filled(text, &format!("{key}.assertion"), known, false, out);
        }
    }
    if let Some(realm) = &auth.realm {
        filled(realm, &format!("{key}.realm"), known, false, out);
    }
    let place = auth.token.as_ref().and_then(|token| token.moves_base_url.as_ref());
    if let Some(place) = place {
        value_place(place, &format!("{key}.token.moves_base_url"), out);
    }
}
