//! What the templates of one target may name: what sign-in gave, the fields, the parameters, and parts of the address.

use std::collections::BTreeMap;

use super::ask::unfilled;
use super::{Failure, Target};
use crate::base::Secret;
use crate::systems::MissingValue;

/// Values that sign-in gave.
pub(super) type Signed = BTreeMap<String, Secret>;

#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    target: &'a Target,
    signed: Option<&'a Signed>,
}

impl<'a> Values<'a> {
    pub(super) fn of(target: &'a Target) -> Self {
        Self { target, signed: None }
    }

    pub(super) fn with(mut self, signed: Option<&'a Signed>) -> Self {
        self.signed = signed;
        self
    }

    pub(super) fn lookup(&self) -> impl Fn(&str) -> Option<String> + use<'a> {
        let values = *self;
        move |name| values.value(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if let Some(secret) = self.signed.and_then(|signed| signed.get(name)) {
            return Some(secret.expose().to_owned());
        }
        let target = self.target;
        if let Some(value) = target.credentials.field(name).and_then(given) {
            return Some(value);
        }
        let field = target.auth.fields.iter().find(|field| field.name == name);
        // A default is a value even when it is empty: a body says so, and cannot leave its member out.
        if let Some(value) = field.and_then(|field| field.default.clone()) {
            return Some(value);
        }
        if let Some(value) = target.parameters.get(name).map(String::as_str).and_then(given) {
            return Some(value);
        }
        if let Some(parameter) = target.system.parameters.iter().find(|parameter| parameter.name == name) {
            return parameter.default.clone();
        }
        let base = &target.base_url;
        match name {
            "base_url" => Some(base.as_str().trim_end_matches('/').to_owned()),
            "origin" => Some(base.origin().ascii_serialization()),
            "host" => base.host_str().map(str::to_owned),
            _ => None,
        }
    }

    /// Whether the connection may go without this value.
    fn is_optional(&self, name: &str) -> bool {
        let field = self.target.auth.fields.iter().find(|field| field.name == name).map(|field| !field.required);
        let parameter =
            self.target.system.parameters.iter().find(|known| known.name == name).map(|known| !known.required);
        let signed = self.target.auth.session.as_ref().and_then(|session| session.values.get(name));
        field.or(parameter).or(signed.map(|place| place.optional)).unwrap_or(false)
    }

    pub(super) fn required(&self, filled: Result<String, MissingValue>) -> Result<String, Failure> {
        filled.map_err(|missing| unfilled(&missing))
    }

    /// `None` where only an optional value is missing: its header or parameter is left out.
    pub(super) fn optional(&self, filled: Result<String, MissingValue>) -> Result<Option<String>, Failure> {
        match filled {
            Ok(text) => Ok(Some(text)),
            Err(missing) if self.is_optional(&missing.name) => Ok(None),
            Err(missing) => Err(unfilled(&missing)),
        }
    }
}
