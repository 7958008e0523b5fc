//! What was typed into the form of a system. Field names are those of the API (`auth.username`, `parameters.sap-client`),
//! so that what the domain says about a field finds its place. Secrets are apart and never come back into a page.

use std::collections::BTreeMap;

use crate::base::Secret;
use crate::systems::{Auth, Hosting, System};

/// PEM texts that any sign-in may carry; the key is the only secret among them.
pub const CERTIFICATE_FIELDS: [&str; 4] = ["client_certificate", "client_key", "ca_certificate", "server_certificate"];

/// A form as it was sent: plain values and secrets. Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Draft {
    /// Empty for a new connection.
    pub connection_id: String,
    pub customer_id: String,
    pub system: String,
    pub name: String,
    pub hosting: Option<Hosting>,
    pub base_url: String,
    pub parameters: BTreeMap<String, String>,
    /// Place of the chosen way in the catalogue's list.
    pub way: usize,
    /// Fields of the sign-in that are no secrets.
    pub public: BTreeMap<String, String>,
    /// Secret fields, the client key among them.
    pub secret: BTreeMap<String, Secret>,
    pub interval: String,
    pub probe_method: String,
    pub probe_path: String,
    pub probe_expect: String,
    pub tier: String,
    /// An operator accepts another installation.
    pub allows_identity_change: bool,
}

impl Draft {
    /// An empty form with the catalogue's defaults.
    pub fn blank(customer_id: &str, system: &System) -> Self {
        let hosting = system.hosting.first().copied();
        let parameters = system
            .parameters
            .iter()
            .filter_map(|parameter| Some((parameter.name.clone(), parameter.default.clone()?)))
            .collect();
        Self {
            customer_id: customer_id.into(),
            system: system.slug.clone(),
            hosting,
            base_url: system.base_url.default.clone().unwrap_or_default(),
            parameters,
            way: ways(system).first().map_or(0, |(place, _)| *place),
            probe_method: "GET".into(),
            probe_path: "/".into(),
            tier: system.tier.to_string(),
            ..Self::default()
        }
    }

    /// Takes a sent form apart. Which fields are secret is the catalogue's word; an unknown field is dropped.
    pub fn read(pairs: Vec<(String, String)>, system: &System) -> Self {
        let way = pairs
            .iter()
            .find(|(name, _)| name == "scheme")
            .and_then(|(_, value)| {
                ways(system).iter().map(|(place, _)| *place).find(|place| way_word(system, *place) == *value)
            })
            .unwrap_or_else(|| ways(system).first().map_or(0, |(place, _)| *place));
        let auth = system.auth.get(way);
        let mut draft = Self { system: system.slug.clone(), way, ..Self::default() };
        for (name, value) in pairs {
            draft.take(&name, value, auth);
        }
        draft
    }

    fn take(&mut self, name: &str, value: String, auth: Option<&Auth>) {
        if let Some(parameter) = name.strip_prefix("parameters.") {
            if !value.trim().is_empty() {
                self.parameters.insert(parameter.into(), value.trim().into());
            }
            return;
        }
        if let Some(field) = name.strip_prefix("auth.") {
            self.take_auth(field, value, auth);
            return;
        }
        let trimmed = || value.trim().to_owned();
        match name {
            "customer_id" => self.customer_id = trimmed(),
            "name" => self.name = trimmed(),
            "hosting" => self.hosting = Hosting::parse(&value),
            "base_url" => self.base_url = trimmed(),
            "check_interval_seconds" => self.interval = trimmed(),
            "probe.method" => self.probe_method = trimmed(),
            "probe.path" => self.probe_path = trimmed(),
            "probe.expect_status" => self.probe_expect = trimmed(),
            "tier" => self.tier = trimmed(),
            _ => {}
        }
    }

    fn take_auth(&mut self, field: &str, value: String, auth: Option<&Auth>) {
        if field == "application_id" && auth.is_some_and(Auth::takes_application) && !value.trim().is_empty() {
            self.public.insert(field.into(), value.trim().into());
            return;
        }
        let known = auth.and_then(|auth| auth.fields.iter().find(|known| known.name == field));
        let secret = known.map_or(field == "client_key", |known| known.secret);
        if known.is_none() && !CERTIFICATE_FIELDS.contains(&field) || value.trim().is_empty() {
            return;
        }
        if secret {
            // A password may begin or end with a space: nothing is trimmed.
            self.secret.insert(field.into(), Secret::new(value));
        } else {
            self.public.insert(field.into(), value.trim().into());
        }
    }

    /// The same without its secrets, for showing the form again.
    pub fn without_secrets(mut self) -> Self {
        self.secret.clear();
        self
    }

    /// Whether the chosen way sends a person to the system's own sign-in page.
    pub fn is_by_consent(&self, system: &System) -> bool {
        system.auth.get(self.way).is_some_and(|auth| auth.authorize.is_some())
    }

    /// Fields of the form that stand among the certificates.
    pub fn has_certificates(&self) -> bool {
        CERTIFICATE_FIELDS.iter().any(|name| self.public.contains_key(*name) || self.secret.contains_key(*name))
    }
}

/// The ways to sign in that are offered for a new connection, with their place in the catalogue's list.
pub fn ways(system: &System) -> Vec<(usize, &Auth)> {
    system.auth.iter().enumerate().filter(|(_, auth)| auth.is_available()).collect()
}

/// The word of a way in the form: its scheme, with its place where the system has the same scheme twice.
pub fn way_word(system: &System, place: usize) -> String {
    let Some(auth) = system.auth.get(place) else { return String::new() };
    let first = ways(system).into_iter().find(|(_, other)| other.scheme == auth.scheme).map(|(first, _)| first);
    if first == Some(place) { auth.scheme.as_str().into() } else { format!("{}:{place}", auth.scheme.as_str()) }
}
