//! From what somebody typed to what can be asked: every field is looked at, and all that is wrong is said at once.

mod address;
mod application;
mod sign_in;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::error::ConnectionError;
use super::invite::{NewInvitation, only_hosting};
use super::model::{NewAuth, NewConnection};
use super::service::Inner;
use crate::base::{FieldError, Secret};
use crate::customers::{check_metadata, check_name};
use crate::systems::{Auth, Hosting, System};
use crate::upstream::{Credentials, ProbeOverride};

pub(super) use address::{check_base_url, host_of};
pub(super) use application::{lent, pinned};
pub(super) use sign_in::{SignIn, credentials, lend, stored_way};

/// Input that is fit to be asked. Holds opened secrets.
pub(super) struct Prepared {
    pub system: Arc<System>,
    pub hosting: Hosting,
    pub tier: u8,
    pub name: String,
    pub base_url: Url,
    pub host: String,
    pub parameters: BTreeMap<String, String>,
    pub sign_in: SignIn,
    pub probe: Option<ProbeOverride>,
    pub interval: u32,
}

/// Checks a whole new connection.
pub(super) fn prepare(inner: &Inner, new: &NewConnection) -> Result<Prepared, ConnectionError> {
    let mut errors = Vec::new();
    let Some(system) = inner.catalogue.find(&new.system).cloned() else {
        return Err(unknown_system(&new.system));
    };
    let hosting = Hosting::parse(&new.hosting).filter(|hosting| system.hosting.contains(hosting));
    if hosting.is_none() {
        errors.push(FieldError::invalid("hosting", offered(&system)));
    }
    let hosting = hosting.unwrap_or(Hosting::Cloud);
    let name = new.name.clone().unwrap_or_else(|| system.name.clone());
    errors.extend(check_name("name", &name));
    errors.extend(new.metadata.as_ref().and_then(|metadata| check_metadata("metadata", metadata)));
    let base_url = match check_base_url("base_url", &new.base_url) {
        Ok(url) => Some(url),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let parameters = parameters(&system, &new.parameters, &mut errors);
    let tier = tier(&system, new.tier, &mut errors);
    let probe = probe(&system, new.probe.as_ref(), &mut errors);
    let interval = interval(inner, &system, new.check_interval_seconds, &mut errors);
    let sign_in = match application::sign_in(inner, &system, hosting, &new.auth)? {
        Ok(sign_in) => Some(sign_in),
        Err(found) => {
            errors.extend(found);
            None
        }
    };
    match (base_url, sign_in) {
        (Some(base_url), Some(sign_in)) if errors.is_empty() => Ok(Prepared {
            host: address::host_of(&base_url),
            system,
            hosting,
            tier,
            name: name.trim().to_owned(),
            base_url,
            parameters,
            sign_in,
            probe,
            interval,
        }),
        _ => Err(ConnectionError::Invalid(errors)),
    }
}

/// What an operator knows of a connection that its customer completes.
pub(super) struct Open {
    pub system: Option<Arc<System>>,
    pub hosting: Hosting,
    pub tier: u8,
    pub name: Option<String>,
    pub base_url: Option<Url>,
    pub parameters: BTreeMap<String, String>,
    pub interval: u32,
}

/// Checks what there is of a connection without credentials; what is missing the customer gives.
pub(super) fn prepare_open(inner: &Inner, new: &NewInvitation) -> Result<Open, ConnectionError> {
    let mut errors = Vec::new();
    let system = match &new.system {
        Some(slug) => Some(inner.catalogue.find(slug).cloned().ok_or_else(|| unknown_system(slug))?),
        None => None,
    };
    let hosting = match (&system, &new.hosting) {
        (Some(system), Some(text)) => Hosting::parse(text).filter(|hosting| system.hosting.contains(hosting)),
        (Some(system), None) => only_hosting(system),
        (None, None) => Some(Hosting::Cloud),
        (None, Some(_)) => None,
    };
    if hosting.is_none() {
        let message = match &system {
            Some(system) => offered(system),
            None => "Without a system there is no hosting yet; the customer says both.".into(),
        };
        errors.push(FieldError::invalid("hosting", message));
    }
    errors.extend(new.name.as_ref().and_then(|name| check_name("name", name)));
    errors.extend(new.metadata.as_ref().and_then(|metadata| check_metadata("metadata", metadata)));
    let default = system.as_ref().and_then(|system| system.base_url.default.clone());
    let address = new.base_url.clone().filter(|text| !text.trim().is_empty()).or(default);
    let base_url = address.and_then(|text| check_base_url("base_url", &text).map_err(|error| errors.push(error)).ok());
    let mut faults = Vec::new();
    let known = match &system {
        Some(system) => parameters(system, &new.parameters, &mut faults),
        None => BTreeMap::new(),
    };
    errors.extend(faults.into_iter().filter(|fault| fault.code != "required"));
    if system.is_none() && !new.parameters.is_empty() {
        errors.push(FieldError::invalid("parameters", "Without a system there are no parameters yet."));
    }
    let (tier, interval) = match &system {
        Some(system) => {
            (tier(system, new.tier, &mut errors), interval(inner, system, new.check_interval_seconds, &mut errors))
        }
        None => (1, plain_interval(inner, new.check_interval_seconds, &mut errors)),
    };
    if !errors.is_empty() {
        return Err(ConnectionError::Invalid(errors));
    }
    Ok(Open {
        hosting: hosting.unwrap_or(Hosting::Cloud),
        tier,
        name: new.name.as_ref().map(|name| name.trim().to_owned()),
        base_url,
        parameters: known,
        interval,
        system,
    })
}

/// Checks new credentials (and address, and parameters) for an existing connection.
pub(super) fn prepare_credentials(
    inner: &Inner,
    system: &Arc<System>,
    hosting: Hosting,
    auth: &NewAuth,
    base_url: &str,
    given: &BTreeMap<String, String>,
) -> Result<(Url, String, BTreeMap<String, String>, SignIn), ConnectionError> {
    let mut errors = Vec::new();
    let url = check_base_url("base_url", base_url).map_err(|error| errors.push(error)).ok();
    let parameters = parameters(system, given, &mut errors);
    let sign_in = application::sign_in(inner, system, hosting, auth)?.map_err(|found| errors.extend(found)).ok();
    match (url, sign_in) {
        (Some(url), Some(sign_in)) if errors.is_empty() => {
            let host = address::host_of(&url);
            Ok((url, host, parameters, sign_in))
        }
        _ => Err(ConnectionError::Invalid(errors)),
    }
}

fn unknown_system(slug: &str) -> ConnectionError {
    let message = format!("There is no system “{}” in the catalogue. GET /api/v1/systems lists them all.", clip(slug));
    ConnectionError::Invalid(vec![FieldError::new("system", "unknown", message)])
}

fn offered(system: &System) -> String {
    let offered: Vec<_> = system.hosting.iter().map(|hosting| hosting.as_str()).collect();
    format!("{} runs as: {}. Give one of these.", system.name, offered.join(", "))
}

/// The interval in force: a least interval of the system wins over a shorter wish.
pub(super) fn interval(inner: &Inner, system: &System, wish: Option<u32>, errors: &mut Vec<FieldError>) -> u32 {
    plain_interval(inner, wish, errors).max(system.min_interval_seconds)
}

fn plain_interval(inner: &Inner, wish: Option<u32>, errors: &mut Vec<FieldError>) -> u32 {
    let seconds = |span: std::time::Duration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
    let least = seconds(inner.settings.minimum_interval);
    let wish = wish.unwrap_or_else(|| seconds(inner.settings.interval));
    if wish < least || wish > 86_400 {
        let message = format!("The interval is {least} to 86400 seconds.");
        errors.push(FieldError::invalid("check_interval_seconds", message));
    }
    wish
}

fn parameters(
    system: &System,
    given: &BTreeMap<String, String>,
    errors: &mut Vec<FieldError>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in given {
        let field = format!("parameters.{name}");
        if !system.parameters.iter().any(|parameter| parameter.name == *name) {
            let known: Vec<_> = system.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let message = if known.is_empty() {
                format!("{} takes no parameters.", system.name)
            } else {
                format!("{} has no such parameter; it takes: {}.", system.name, known.join(", "))
            };
            errors.push(FieldError::new(field, "unknown_field", message));
        } else if value.chars().count() > 500 || value.chars().any(char::is_control) {
            errors.push(FieldError::invalid(
                field,
                "A parameter has at most 500 characters, none of them a control character.",
            ));
        } else if !value.trim().is_empty() {
            found.insert(name.clone(), value.trim().to_owned());
        }
    }
    for parameter in &system.parameters {
        if found.contains_key(&parameter.name) {
            continue;
        }
        match &parameter.default {
            Some(default) => {
                found.insert(parameter.name.clone(), default.clone());
            }
            None if parameter.required => {
                let message = format!("{} needs “{}”. Send it.", system.name, parameter.label);
                errors.push(FieldError::new(format!("parameters.{}", parameter.name), "required", message));
            }
            None => {}
        }
    }
    found
}

fn tier(system: &System, wish: Option<u8>, errors: &mut Vec<FieldError>) -> u8 {
    match wish {
        None => system.tier,
        Some(_) if !system.generic => {
            errors.push(FieldError::invalid(
                "tier",
                format!("{} has tier {}; only generic systems take one.", system.name, system.tier),
            ));
            system.tier
        }
        Some(tier @ 1..=3) => tier,
        Some(_) => {
            errors.push(FieldError::invalid("tier", "The tier is 1, 2 or 3."));
            system.tier
        }
    }
}

fn probe(system: &System, wish: Option<&ProbeOverride>, errors: &mut Vec<FieldError>) -> Option<ProbeOverride> {
    let probe = wish?;
    if !system.generic {
        errors.push(FieldError::invalid(
            "probe",
            format!("{} has its own probe; only generic systems take one.", system.name),
        ));
    }
    if !["GET", "HEAD", "POST", "OPTIONS"].contains(&probe.method.as_str()) {
        errors.push(FieldError::invalid("probe.method", "The method is GET, HEAD, POST or OPTIONS."));
    }
    let path_is_fit = probe.path.len() <= 2000 && probe.path.starts_with(['/', '?']) || probe.path.is_empty();
    if !path_is_fit || probe.path.chars().any(|letter| letter.is_control() || letter == ' ' || letter == '#') {
        errors.push(FieldError::invalid("probe.path", "The path begins with / and holds no spaces and no #."));
    }
    if probe.expect_status.iter().any(|status| !(100..=599).contains(status)) {
        errors.push(FieldError::invalid("probe.expect_status", "A status is a number from 100 to 599."));
    }
    Some(probe.clone())
}

fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}

impl Prepared {
    pub fn credentials(&self) -> &Credentials {
        &self.sign_in.credentials
    }
    pub fn auth(&self) -> &Arc<Auth> {
        &self.sign_in.auth
    }
    pub fn secrets(&self) -> &BTreeMap<String, Secret> {
        &self.sign_in.sealed
    }
}
