//! The sign-in fields: those of the scheme as the catalogue declares them, and TLS material that any scheme may carry.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::consent::earliest;
use super::super::model::NewAuth;
use crate::applications::{APPLICATION_ID, Opened};
use crate::base::{FieldError, Secret, Timestamp};
use crate::systems::{Auth, ClientAuth, Field, Hosting, Scheme, System};
use crate::upstream::{Credentials, TlsMaterial, check_authority, check_pair, check_signing_key, read_certificate};

/// TLS fields that any scheme may carry.
const TLS_FIELDS: [&str; 4] = ["client_certificate", "client_key", "ca_certificate", "server_certificate"];
const FIELD_LIMIT: usize = 16 * 1024;

/// A sign-in that is fit to be tried.
pub(in super::super) struct SignIn {
    pub auth: Arc<Auth>,
    pub credentials: Credentials,
    /// The secret fields, the client's key among them: what the vault keeps.
    pub sealed: BTreeMap<String, Secret>,
    /// The fields that are no secrets, certificates among them: what the connection keeps.
    pub public: BTreeMap<String, String>,
    /// Who signs in, where that is no secret.
    pub user: Option<String>,
    /// The end of our client certificate.
    pub expires_at: Option<Timestamp>,
}

/// `application`: the operator's own OAuth client; what it brings is not asked of the customer.
pub(super) fn check(
    system: &System,
    hosting: Hosting,
    given: &NewAuth,
    application: Option<&Opened>,
) -> Result<SignIn, Vec<FieldError>> {
    let Some(scheme) = Scheme::parse(&given.scheme) else {
        return Err(vec![unknown_scheme(system, hosting, &given.scheme)]);
    };
    let ways: Vec<&Auth> = system.auth_for(scheme, hosting).filter(|auth| auth.is_available()).collect();
    let filled = |name: &str| given.fields.get(name).is_some_and(|value| !value.expose().is_empty());
    let brought: Vec<_> = application.map(Opened::fields).unwrap_or_default();
    let brings = |name: &str| brought.iter().any(|(known, _, _)| *known == name);
    let fits = |auth: &&&Auth| {
        let there = |field: &Field| field.default.is_some() || filled(&field.name) || brings(&field.name);
        auth.fields.iter().all(|field| !field.required || there(field))
    };
    let Some(auth) = ways.iter().find(fits).or_else(|| ways.first()).copied() else {
        return Err(vec![unknown_scheme(system, hosting, &given.scheme)]);
    };
    let mut errors = Vec::new();
    for name in given.fields.keys().filter(|name| *name != APPLICATION_ID) {
        if !TLS_FIELDS.contains(&name.as_str()) && !auth.fields.iter().any(|field| field.name == *name) {
            let known: Vec<_> = auth.fields.iter().map(|field| field.name.as_str()).collect();
            let message = format!("{} takes these fields with {}: {}.", system.name, scheme.as_str(), known.join(", "));
            errors.push(FieldError::new(format!("auth.{name}"), "unknown_field", message));
        }
    }
    let mut found = SignIn {
        auth: Arc::new(application.map_or_else(|| auth.clone(), |opened| opened.application.applied_to(auth))),
        credentials: Credentials::default(),
        sealed: BTreeMap::new(),
        public: BTreeMap::new(),
        user: None,
        expires_at: None,
    };
    for field in auth.fields.iter().filter(|field| !brings(&field.name)) {
        let path = format!("auth.{}", field.name);
        let value = given.fields.get(&field.name).filter(|value| !value.is_empty()).cloned();
        let Some(value) = value.or_else(|| field.default.clone().map(Secret::new)) else {
            if field.required {
                errors.push(FieldError::new(
                    path,
                    "required",
                    format!("{} needs “{}”. Send it.", system.name, field.label),
                ));
            }
            continue;
        };
        if value.expose().len() > FIELD_LIMIT {
            errors.push(FieldError::too_long(path, FIELD_LIMIT));
            continue;
        }
        if value.expose().contains(['\r', '\n', '\0']) && !field.multiline {
            errors.push(FieldError::invalid(
                path,
                "This may not hold line breaks. Copy it again, without the line's end.",
            ));
            continue;
        }
        if field.secret {
            found.sealed.insert(field.name.clone(), value);
        } else {
            if field.identifies {
                found.user = Some(value.expose().to_owned());
            }
            found.public.insert(field.name.clone(), value.expose().to_owned());
        }
    }
    if let Some(opened) = application {
        found.public.insert(APPLICATION_ID.into(), opened.application.id.to_string());
    }
    signing(&mut found, &mut errors);
    tls(scheme, given, &mut found, &mut errors);
    if let Some(opened) = application {
        lend(&mut found.credentials, opened);
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// A key that signs is read before anything is asked; a certificate beside it must be its own.
fn signing(found: &mut SignIn, errors: &mut Vec<FieldError>) {
    let Some(key) = found.sealed.get("private_key") else { return };
    if let Err(error) = check_signing_key(key) {
        errors.push(FieldError::invalid("auth.private_key", error.to_string()));
    } else if let Some(certificate) = found.public.get("certificate") {
        match check_pair(certificate, key) {
            Ok(facts) => found.expires_at = Some(facts.not_after),
            Err(error) => errors.push(FieldError::invalid("auth.certificate", error.to_string())),
        }
    }
}

/// What the operator's application brings, for one look: it is never stored with the connection.
pub(in super::super) fn lend(credentials: &mut Credentials, opened: &Opened) {
    for (name, value, is_secret) in opened.fields() {
        if is_secret {
            credentials.secret.insert(name.into(), value);
        } else {
            credentials.public.insert(name.into(), value.expose().to_owned());
        }
    }
    let by_certificate = opened.application.client_auth == Some(ClientAuth::Certificate);
    if by_certificate && credentials.tls.client_certificate.is_none() {
        credentials.tls.client_certificate.clone_from(&opened.application.certificate);
        credentials.tls.client_key.clone_from(&opened.private_key);
    }
}

/// Certificates are read and compared with their key before anything is asked.
fn tls(scheme: Scheme, given: &NewAuth, found: &mut SignIn, errors: &mut Vec<FieldError>) {
    let text = |name: &str| {
        given.fields.get(name).map(|value| value.expose().trim().to_owned()).filter(|text| !text.is_empty())
    };
    let (certificate, authority, pin) =
        (text("client_certificate"), text("ca_certificate"), text("server_certificate"));
    let key = given.fields.get("client_key").filter(|key| !key.expose().trim().is_empty()).cloned();
    match (&certificate, &key) {
        (Some(certificate), Some(key)) => match check_pair(certificate, key) {
            Ok(facts) => found.expires_at = earliest(found.expires_at, Some(facts.not_after)),
            Err(error) => errors.push(FieldError::invalid("auth.client_certificate", error.to_string())),
        },
        (Some(_), None) => errors.push(FieldError::required("auth.client_key")),
        (None, Some(_)) => errors.push(FieldError::required("auth.client_certificate")),
        (None, None) if scheme == Scheme::ClientCertificate => {
            errors.push(FieldError::required("auth.client_certificate"));
            errors.push(FieldError::required("auth.client_key"));
        }
        (None, None) => {}
    }
    if let Some(Err(error)) = authority.as_deref().map(check_authority) {
        errors.push(FieldError::invalid("auth.ca_certificate", error.to_string()));
    }
    if let Some(Err(error)) = pin.as_deref().map(read_certificate) {
        errors.push(FieldError::invalid("auth.server_certificate", error.to_string()));
    }
    for (name, value) in
        [("client_certificate", &certificate), ("ca_certificate", &authority), ("server_certificate", &pin)]
    {
        if let Some(value) = value {
            found.public.insert(name.into(), value.clone());
        }
    }
    if let Some(key) = &key {
        found.sealed.insert("client_key".into(), key.clone());
    }
    found.credentials = credentials(&found.public, &found.sealed);
}

/// Stored fields as credentials to sign in with.
pub(in super::super) fn credentials(
    public: &BTreeMap<String, String>,
    sealed: &BTreeMap<String, Secret>,
) -> Credentials {
    let is_tls = |name: &str| TLS_FIELDS.contains(&name);
    Credentials {
        public: public
            .iter()
            .filter(|(name, _)| !is_tls(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        secret: sealed
            .iter()
            .filter(|(name, _)| !is_tls(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        tls: TlsMaterial {
            client_certificate: public.get("client_certificate").cloned(),
            client_key: sealed.get("client_key").cloned(),
            ca_certificate: public.get("ca_certificate").cloned(),
            server_certificate: public.get("server_certificate").cloned(),
        },
    }
}

fn unknown_scheme(system: &System, hosting: Hosting, given: &str) -> FieldError {
    let mut known: Vec<&str> = system
        .auth
        .iter()
        .filter(|auth| auth.is_available() && (auth.hosting.is_empty() || auth.hosting.contains(&hosting)))
        .map(|auth| auth.scheme.as_str())
        .collect();
    known.dedup();
    let given: String = given.chars().take(64).collect();
    let message = if known.is_empty() {
        format!("{} cannot be connected by this version: it signs in by ways that are not there yet.", system.name)
    } else {
        format!("{} cannot be signed in to by “{given}” here; it takes: {}.", system.name, known.join(", "))
    };
    FieldError::new("auth.scheme", "unsupported", message)
}

/// The way by which a stored connection signs in: of several with one scheme, the one whose fields it has.
pub(in super::super) fn stored_way(
    system: &System,
    connection: &super::super::Connection,
    credentials: &Credentials,
) -> Option<Arc<Auth>> {
    let fits =
        |auth: &&Auth| auth.fields.iter().all(|field| !field.required || credentials.field(&field.name).is_some());
    let mut ways = system.auth_for(connection.scheme, connection.hosting);
    let first = ways.next()?;
    let way = std::iter::once(first).chain(ways).find(fits).unwrap_or(first);
    Some(Arc::new(way.clone()))
}
