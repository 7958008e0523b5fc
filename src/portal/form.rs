//! From a system and what is known of its connection to the fields a customer fills in, and back to what the domain takes.
//! What is already known and no secret stays hidden and is carried over: addresses of the inner network are not shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::field::{Faults, FieldView, Kind};
use super::labels::translated;
use super::words::{Words, fill};
use crate::base::{Language, Secret};
use crate::connections::{Connection, NewAuth, NewCredentials};
use crate::links::Link;
use crate::systems::{Auth, Field, Scheme, System};

/// PEM texts that any sign-in may carry. Those of the server stay with the connection.
const OF_SERVER: [&str; 2] = ["ca_certificate", "server_certificate"];

/// What was sent. Has no `Debug`: it holds secrets.
#[derive(Default)]
pub struct Typed {
    pub way: Option<usize>,
    pub system: Option<String>,
    pub hosting: Option<String>,
    base_url: String,
    parameters: BTreeMap<String, String>,
    auth: BTreeMap<String, Secret>,
}

impl Typed {
    pub fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            if let Some(field) = name.strip_prefix("auth.") {
                // A password may begin or end with a space: nothing is trimmed.
                if !value.trim().is_empty() {
                    typed.auth.insert(field.to_owned(), Secret::new(value.into_owned()));
                }
            } else if let Some(parameter) = name.strip_prefix("parameters.") {
                typed.parameters.insert(parameter.to_owned(), value.trim().to_owned());
            } else {
                typed.take(&name, value.trim());
            }
        }
        typed
    }

    /// What the address says: the system that was chosen, another way to sign in.
    pub fn of_query(query: &str) -> Self {
        let mut typed = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name != "base_url" {
                typed.take(&name, value.trim());
            }
        }
        typed
    }

    fn take(&mut self, name: &str, value: &str) {
        let given = || (!value.is_empty()).then(|| value.to_owned());
        match name {
            "way" => self.way = value.parse().ok(),
            "system" => self.system = given(),
            "hosting" => self.hosting = given(),
            "base_url" => value.clone_into(&mut self.base_url),
            _ => {}
        }
    }
}

/// What a form is made for.
pub struct Subject {
    pub system: Arc<System>,
    pub connection: Arc<Connection>,
    pub link: Link,
}

impl Subject {
    /// The first credentials, so nothing is known but what an operator said beforehand.
    fn is_first(&self) -> bool {
        !self.connection.has_credentials()
    }

    /// The ways to sign in that can be used here, with their places in the catalogue's list.
    pub fn ways(&self) -> Vec<(usize, &Auth)> {
        let (known, hosting) = (self.connection.has_system(), self.connection.hosting);
        let fits = |auth: &Auth| !known || auth.hosting.is_empty() || auth.hosting.contains(&hosting);
        let all = self.system.auth.iter().enumerate();
        all.filter(|(_, auth)| auth.is_available() && fits(auth) && self.leads_nowhere_new(auth)).collect()
    }

    /// Whoever holds a link for new credentials says who signs in, not which server takes them: that one is fixed or known.
    fn leads_nowhere_new(&self, auth: &Auth) -> bool {
        let known = |field: &Field| field.default.is_some() || self.connection.auth_public.contains_key(&field.name);
        self.may_choose_server()
            || auth.fields.iter().all(|field| !names_server(field) || !field.required || known(field))
    }

    fn may_choose_server(&self) -> bool {
        self.is_first() || self.link.change_base_url
    }

    /// The way that the form shows: the chosen one, else the one that the connection has.
    pub fn way(&self, typed: &Typed) -> Option<(usize, &Auth)> {
        let ways = self.ways();
        let chosen = typed.way.and_then(|place| ways.iter().find(|(found, _)| *found == place));
        let own = || ways.iter().find(|(_, auth)| self.is_own(auth));
        // Nobody is asked for an access to sign in without one.
        let signed = || ways.iter().find(|(_, auth)| auth.scheme != Scheme::None);
        chosen.or_else(own).or_else(signed).or_else(|| ways.first()).copied()
    }

    /// Whether the connection signs in this way now.
    fn is_own(&self, auth: &Auth) -> bool {
        let public = &self.connection.auth_public;
        let has = |field: &Field| field.secret || !field.required || public.contains_key(&field.name);
        !self.is_first() && auth.scheme == self.connection.scheme && auth.fields.iter().all(has)
    }

    /// Known, no secret, and not who signs in: it stays as it is.
    fn is_hidden(&self, auth: &Auth, field: &Field) -> bool {
        if names_server(field) && !self.may_choose_server() {
            return true;
        }
        !field.secret && !field.identifies && self.is_own(auth) && self.connection.auth_public.contains_key(&field.name)
    }

    fn asks_for_address(&self) -> bool {
        self.link.change_base_url || self.connection.base_url.is_empty()
    }

    /// Where a sign-in service is, is not a customer's to say: the catalogue or an operator knows it.
    fn asks_for_parameter(&self, name: &str) -> bool {
        if name.ends_with("_url") {
            return false;
        }
        let known = self.connection.parameters.contains_key(name);
        self.link.change_base_url || (self.is_first() && !known)
    }

    /// A client certificate is given anew with its key, where it is the way or was there before.
    fn asks_for_certificate(&self, auth: &Auth) -> bool {
        auth.scheme == Scheme::ClientCertificate || self.connection.auth_public.contains_key("client_certificate")
    }

    /// A sign-in on the system's own page that needs nothing typed before it.
    pub fn is_ready(&self, auth: &Auth) -> bool {
        auth.scheme == Scheme::Oauth2AuthorizationCode && self.is_own(auth) && !self.link.change_base_url
    }

    /// The fields, filled with what was typed; secrets never come back.
    pub fn fields(
        &self,
        auth: &Auth,
        typed: &Typed,
        faults: &Faults,
        (language, words): (Language, &Words),
    ) -> Vec<FieldView> {
        let mut fields = Vec::new();
        if self.is_ready(auth) {
            return fields;
        }
        if self.asks_for_address() {
            fields.push(self.address(typed, faults, words));
        }
        for parameter in self.system.parameters.iter().filter(|parameter| self.asks_for_parameter(&parameter.name)) {
            let known = self.connection.parameters.get(&parameter.name).or(parameter.default.as_ref());
            let value = typed.parameters.get(&parameter.name).or(known).cloned().unwrap_or_default();
            let example = parameter.example.as_ref().map(|example| fill(words.example, &[("example", example)]));
            let help = parameter.help.as_deref().map(|help| translated(language, help).to_owned());
            let field = FieldView::new(
                Kind::Text,
                format!("parameters.{}", parameter.name),
                translated(language, &parameter.label),
            );
            fields.push(field.value(value).help(joined(help, example)).required(parameter.required).error(faults));
        }
        fields.extend(
            auth.fields
                .iter()
                .filter(|field| !self.is_hidden(auth, field))
                .map(|field| self.sign_in_field(field, typed, faults, language)),
        );
        if self.asks_for_certificate(auth) {
            for (kind, name, label) in [
                (Kind::Area, "client_certificate", words.client_certificate),
                (Kind::SecretArea, "client_key", words.client_key),
            ] {
                let value = typed.auth.get(name).map(|text| text.expose().to_owned()).unwrap_or_default();
                let field = FieldView::new(kind, format!("auth.{name}"), label).value(value).help(words.pem_help);
                fields.push(field.error(faults));
            }
        }
        fields
    }

    fn address(&self, typed: &Typed, faults: &Faults, words: &Words) -> FieldView {
        let known = !self.connection.base_url.is_empty();
        let help = if known { words.address_keep } else { words.address_help };
        let example = self.system.base_url.example.as_ref().map(|example| fill(words.example, &[("example", example)]));
        FieldView::new(Kind::Address, "base_url", fill(words.address, &[("system", &self.system.name)]))
            .value(&typed.base_url)
            .help(joined(Some(help.to_owned()), example))
            .required(!known)
            .error(faults)
    }

    fn sign_in_field(&self, field: &Field, typed: &Typed, faults: &Faults, language: Language) -> FieldView {
        let kind = match (field.secret, field.multiline) {
            (true, true) => Kind::SecretArea,
            (true, false) => Kind::Secret,
            (false, true) => Kind::Area,
            (false, false) => Kind::Text,
        };
        let autocomplete = if field.identifies && kind == Kind::Text { "username" } else { "off" };
        let known = self.connection.auth_public.get(&field.name).or(field.default.as_ref()).map(String::as_str);
        let typed = typed.auth.get(&field.name).filter(|_| !field.secret).map(Secret::expose);
        FieldView::new(kind, format!("auth.{}", field.name), translated(language, &field.label))
            .value(typed.or(known).unwrap_or_default())
            .help(field.help.as_deref().map(|help| translated(language, help)).unwrap_or_default())
            .required(field.required)
            .autocomplete(autocomplete)
            .error(faults)
    }

    /// What the domain is asked to take: what was typed, and beside it what stays.
    pub fn credentials(&self, auth: &Auth, typed: &Typed) -> NewCredentials {
        let public = &self.connection.auth_public;
        let mut fields: BTreeMap<String, Secret> = BTreeMap::new();
        let mut keep = |name: &str| {
            if let Some(value) = public.get(name) {
                fields.insert(name.to_owned(), Secret::new(value.clone()));
            }
        };
        OF_SERVER.iter().for_each(|name| keep(name));
        auth.fields.iter().filter(|field| self.is_hidden(auth, field)).for_each(|field| keep(&field.name));
        let certificate = ["client_certificate", "client_key"];
        let shown = |name: &str| {
            let of_way = auth.fields.iter().any(|field| field.name == name && !self.is_hidden(auth, field));
            of_way || (self.asks_for_certificate(auth) && certificate.contains(&name))
        };
        fields.extend(
            typed.auth.iter().filter(|(name, _)| shown(name)).map(|(name, value)| (name.clone(), value.clone())),
        );
        let mut parameters = self.connection.parameters.clone();
        for (name, value) in typed.parameters.iter().filter(|(name, _)| self.asks_for_parameter(name)) {
            parameters.insert(name.clone(), value.clone());
        }
        let address = self.asks_for_address() && !typed.base_url.is_empty();
        NewCredentials {
            auth: NewAuth { scheme: auth.scheme.as_str().to_owned(), fields },
            base_url: address.then(|| typed.base_url.clone()),
            parameters: Some(parameters),
            allow_identity_change: false,
        }
    }
}

/// A field that says at which address something is asked, `token_url`.
fn names_server(field: &Field) -> bool {
    !field.secret && field.name.ends_with("_url")
}

fn joined(first: Option<String>, second: Option<String>) -> String {
    match (first.filter(|text| !text.is_empty()), second) {
        (Some(first), Some(second)) => format!("{first} {second}."),
        (Some(text), None) => text,
        (None, Some(text)) => format!("{text}."),
        (None, None) => String::new(),
    }
}

/// A way to sign in, in words.
pub fn way_words(scheme: Scheme, words: &Words) -> &'static str {
    match scheme {
        Scheme::None => words.no_sign_in,
        Scheme::ApiKey => words.api_key,
        Scheme::Bearer => words.token,
        Scheme::Basic | Scheme::SessionLogin | Scheme::Oauth2Password => words.user_and_password,
        Scheme::Oauth2ClientCredentials => words.client_and_secret,
        Scheme::Oauth2AuthorizationCode => words.consent,
        Scheme::Oauth2JwtBearer | Scheme::Oauth2SamlBearer => words.assertion,
        Scheme::ClientCertificate => words.certificate,
        Scheme::Oauth1 | Scheme::Hmac => words.signed,
    }
}
