//! What an OAuth application must be like. Pure; finds all that is wrong at once.

use url::Url;

use super::model::{Application, Opened};
use crate::base::FieldError;
use crate::systems::{Auth, ClientAuth, System, template};
use crate::upstream::{check_pair, check_signing_key, read_certificate};

const TEXT_LIMIT: usize = 2048;
const SCOPES: usize = 100;

/// The ways of a system in which an application can take part.
pub(super) fn ways(system: &System) -> impl Iterator<Item = &Auth> {
    system.auth.iter().filter(|auth| auth.offered && auth.takes_application())
}

/// All that is wrong with an application as it would be stored.
pub(super) fn faults(opened: &Opened, system: &System) -> Vec<FieldError> {
    let one = &opened.application;
    let mut errors = Vec::new();
    if ways(system).next().is_none() {
        let message = format!("{} is not signed in to by OAuth 2, so it needs no application.", system.name);
        errors.push(FieldError::invalid("system", message));
        return errors;
    }
    text("name", &one.name, 200, &mut errors);
    text("client_id", &one.client_id, TEXT_LIMIT, &mut errors);
    for (field, value) in [("key_id", &one.key_id), ("issuer", &one.issuer)] {
        if let Some(value) = value {
            text(field, value, TEXT_LIMIT, &mut errors);
        }
    }
    if one.scopes.len() > SCOPES || one.scopes.iter().any(|scope| !is_scope(scope)) {
        errors.push(FieldError::invalid(
            "scopes",
            "At most 100 scopes, each a word without spaces, quotes or backslashes.",
        ));
    }
    addresses(one, system, &mut errors);
    proof(opened, system, &mut errors);
    errors
}

fn text(field: &str, value: &str, most: usize, errors: &mut Vec<FieldError>) {
    if value.trim().is_empty() {
        errors.push(FieldError::required(field));
    } else if value.len() > most {
        errors.push(FieldError::too_long(field, most));
    } else if value.chars().any(char::is_control) {
        errors.push(FieldError::invalid(field, "This may not hold line breaks or other control characters."));
    }
}

/// RFC 6749, appendix A.4.
fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
}

/// Addresses are whole ones; those that the system leaves open must be given.
fn addresses(one: &Application, system: &System, errors: &mut Vec<FieldError>) {
    let given =
        [("authorize_url", &one.authorize_url), ("token_url", &one.token_url), ("revocation_url", &one.revocation_url)];
    for (field, value) in given {
        if let Some(problem) = value.as_deref().and_then(wrong_address) {
            errors.push(FieldError::invalid(field, problem));
        }
    }
    let open = |url: &str, name: &str| url.is_empty() || template::names(url).contains(&name);
    let wants = |needed: fn(&Auth) -> Option<&str>, name: &str| {
        ways(system).filter(|way| way.authorize.is_some()).all(|way| needed(way).is_none_or(|url| open(url, name)))
            && ways(system).any(|way| way.authorize.is_some())
    };
    for (field, missing) in [
        ("authorize_url", one.authorize_url.is_none() && wants(authorize_url, "authorize_url")),
        ("token_url", one.token_url.is_none() && wants(token_url, "token_url")),
    ] {
        if missing {
            let message = format!("{} leaves this address open. Send it.", system.name);
            errors.push(FieldError::new(field, "required", message));
        }
    }
}

fn authorize_url(way: &Auth) -> Option<&str> {
    way.authorize.as_ref().map(|authorize| authorize.url.as_str())
}

fn token_url(way: &Auth) -> Option<&str> {
    way.token.as_ref().map(|token| token.url.as_str())
}

fn wrong_address(text: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(text) else {
        return Some("This is no address. It looks like https://login.example.com/oauth2/token.");
    };
    if text.len() > TEXT_LIMIT || !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty)
    {
        return Some("The address begins with https:// and names a host.");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Some("Leave user, password and everything from # on out of the address.");
    }
    None
}

/// How the client proves itself, and that it has what this takes.
fn proof(opened: &Opened, system: &System, errors: &mut Vec<FieldError>) {
    let one = &opened.application;
    if opened.client_secret.as_ref().is_some_and(|secret| secret.expose().chars().any(char::is_control)) {
        errors.push(FieldError::invalid("client_secret", "This may not hold line breaks. Copy it again."));
    }
    match (&one.certificate, &opened.private_key) {
        (Some(certificate), Some(key)) => {
            if let Err(error) = check_pair(certificate, key) {
                errors.push(FieldError::invalid("certificate", error.to_string()));
            }
        }
        (Some(certificate), None) => {
            if let Err(error) = read_certificate(certificate) {
                errors.push(FieldError::invalid("certificate", error.to_string()));
            }
        }
        (None, _) => {}
    }
    if let Some(Err(error)) = opened.private_key.as_ref().map(check_signing_key) {
        errors.push(FieldError::invalid("private_key", error.to_string()));
    }
    let usual = ways(system).find_map(|way| way.token.as_ref()).map(|token| token.client_auth);
    let mut need = |field: &str, there: bool| {
        if !there && !errors.iter().any(|error| error.field == field) {
            errors.push(FieldError::required(field));
        }
    };
    match one.client_auth.or(usual).unwrap_or_default() {
        ClientAuth::Basic | ClientAuth::Body => need("client_secret", opened.client_secret.is_some()),
        ClientAuth::PrivateKeyJwt => need("private_key", opened.private_key.is_some()),
        ClientAuth::Certificate => {
            need("certificate", one.certificate.is_some());
            need("private_key", opened.private_key.is_some());
        }
        ClientAuth::None => {}
    }
}
