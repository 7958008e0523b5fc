//! The shape of a catalogue entry: one TOML file describes one system that can be connected.
//! Owns the vocabulary (schemes, rules, probes); refuses unknown keys, so a typing error in a file is an error, not a
//! silent default. Nothing here sends a request: `upstream` reads these types and acts.

mod probe;
mod rule;
mod sign_in;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::Language;

pub use probe::*;
pub use rule::*;
pub use sign_in::*;

/// How a system is reached: in the vendor's cloud, or in the customer's own rooms (which costs double).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hosting {
    Cloud,
    OnPremises,
}

impl Hosting {
    pub const ALL: [Self; 2] = [Self::Cloud, Self::OnPremises];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::OnPremises => "on_premises",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hosting| hosting.as_str() == text)
    }
}

/// How one signs in. The words are those of the API's `auth.scheme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    None,
    ApiKey,
    Bearer,
    Basic,
    SessionLogin,
    #[serde(rename = "oauth2_client_credentials")]
    Oauth2ClientCredentials,
    #[serde(rename = "oauth2_authorization_code")]
    Oauth2AuthorizationCode,
    #[serde(rename = "oauth2_password")]
    Oauth2Password,
    #[serde(rename = "oauth2_jwt_bearer")]
    Oauth2JwtBearer,
    #[serde(rename = "oauth2_saml_bearer")]
    Oauth2SamlBearer,
    Oauth1,
    Hmac,
    ClientCertificate,
}

impl Scheme {
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::ApiKey,
        Self::Bearer,
        Self::Basic,
        Self::SessionLogin,
        Self::Oauth2ClientCredentials,
        Self::Oauth2AuthorizationCode,
        Self::Oauth2Password,
        Self::Oauth2JwtBearer,
        Self::Oauth2SamlBearer,
        Self::Oauth1,
        Self::Hmac,
        Self::ClientCertificate,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ApiKey => "api_key",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::SessionLogin => "session_login",
            Self::Oauth2ClientCredentials => "oauth2_client_credentials",
            Self::Oauth2AuthorizationCode => "oauth2_authorization_code",
            Self::Oauth2Password => "oauth2_password",
            Self::Oauth2JwtBearer => "oauth2_jwt_bearer",
            Self::Oauth2SamlBearer => "oauth2_saml_bearer",
            Self::Oauth1 => "oauth1",
            Self::Hmac => "hmac",
            Self::ClientCertificate => "client_certificate",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text)
    }
    /// Whether a token endpoint takes part.
    pub fn is_oauth2(self) -> bool {
        matches!(
            self,
            Self::Oauth2ClientCredentials
                | Self::Oauth2AuthorizationCode
                | Self::Oauth2Password
                | Self::Oauth2JwtBearer
                | Self::Oauth2SamlBearer
        )
    }
    /// Whether sign-in yields something that runs out and is renewed: a session or a token.
    pub fn is_renewable(self) -> bool {
        self == Self::SessionLogin || self.is_oauth2()
    }
}

/// A catalogue entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Lower-case letters, digits and hyphens; equals the file's name.
    pub slug: String,
    pub name: String,
    pub vendor: String,
    /// A word such as `cmms`, `eam`, `erp`, `wms`, `procurement`, `generic`.
    pub category: String,
    /// 1, 2 or 3.
    pub tier: u8,
    /// True for `sandbox` alone: it takes no credits.
    #[serde(default)]
    pub free: bool,
    /// True for `generic-*`: the operator gives the probe and the tier.
    #[serde(default)]
    pub generic: bool,
    pub hosting: Vec<Hosting>,
    /// Shortest sensible interval between two checks, in seconds. It wins over a shorter wish.
    #[serde(default)]
    pub min_interval_seconds: u32,
    /// What one check costs the system, in words for the operator (a licence seat, requests of a daily quota).
    #[serde(default)]
    pub check_cost: Option<String>,
    #[serde(default)]
    pub base_url: BaseUrl,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    pub auth: Vec<Auth>,
    pub probe: Probe,
    #[serde(default)]
    pub identity: Option<Identity>,
    /// The system's own rules, in order; the first whose place, status and match fit decides (contract rule 5).
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub lockout: Lockout,
    #[serde(default)]
    pub session_note: Option<String>,
    #[serde(default)]
    pub rate_limit_note: Option<String>,
    /// Ends that are known beforehand (a key lives one year, a way of signing in is switched off on a date).
    #[serde(default)]
    pub ends: Vec<KnownEnd>,
    /// Writes need a CSRF token fetched with `X-CSRF-Token: Fetch` (SAP).
    #[serde(default)]
    pub csrf: Option<Csrf>,
    pub instructions: Instructions,
    /// Confidence per group of facts: `auth token base_url probe identity signals lockout session rate_limit
    /// credential_end csrf reconnect`. A group that is missing counts as unconfirmed.
    #[serde(default)]
    pub facts: BTreeMap<String, Confidence>,
    /// Where the facts were read: title and site.
    #[serde(default)]
    pub sources: Vec<String>,
    #[serde(default)]
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Confirmed,
    Secondary,
    Unconfirmed,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseUrl {
    /// A pattern such as `https://{host}:{port}`. It warns when an address does not fit; it never refuses.
    #[serde(default)]
    pub pattern: Option<String>,
    /// An example address, shown under the field.
    #[serde(default)]
    pub example: Option<String>,
    /// Filled into the form when the system has one address for all customers.
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

/// Something beside address and credentials that the system needs: a client, a company, a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub example: Option<String>,
    #[serde(default)]
    pub help: Option<String>,
    /// Where it goes on every request, beside the `{name}` placeholders of the templates.
    #[serde(default)]
    pub send: Option<ParameterPlace>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterPlace {
    #[serde(default)]
    pub query: Option<String>,
    #[serde(default)]
    pub header: Option<String>,
}

/// After how many refused sign-ins the system locks the user; 0 when nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    #[serde(default)]
    pub attempts: u32,
    /// The address is locked too, not the user alone.
    #[serde(default)]
    pub counts_address: bool,
    #[serde(default)]
    pub unlock: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownEnd {
    pub what: String,
    /// At most so many days after it was made: a bound for people, not a date to count down to.
    #[serde(default)]
    pub days: Option<u32>,
    /// A date, `2026-11-20`.
    #[serde(default)]
    pub on: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csrf {
    /// Path below the base URL from which a token is fetched; absent, the address of the write itself.
    #[serde(default)]
    pub fetch_path: Option<String>,
}

/// Steps for the customer's administrator, one sentence each. English is required; others fall back to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instructions {
    pub en: Vec<String>,
    #[serde(default)]
    pub de: Vec<String>,
    #[serde(default)]
    pub fr: Vec<String>,
    #[serde(default)]
    pub es: Vec<String>,
}

impl Instructions {
    /// The steps in the language asked for, else in English.
    pub fn in_language(&self, language: Language) -> &[String] {
        let steps = match language {
            Language::English => &self.en,
            Language::German => &self.de,
            Language::French => &self.fr,
            Language::Spanish => &self.es,
        };
        if steps.is_empty() { &self.en } else { steps }
    }
}

impl System {
    pub fn auth(&self, scheme: Scheme) -> Option<&Auth> {
        self.auth.iter().find(|auth| auth.scheme == scheme)
    }
    /// The probe of this way: its own, or the system's.
    pub fn probe_for<'a>(&'a self, auth: &'a Auth) -> &'a Probe {
        auth.probe.as_ref().unwrap_or(&self.probe)
    }
    /// Of several ways with one scheme, the one whose fields fit what was given.
    pub fn auth_for<'a>(&'a self, scheme: Scheme, hosting: Hosting) -> impl Iterator<Item = &'a Auth> + 'a {
        self.auth
            .iter()
            .filter(move |auth| auth.scheme == scheme && (auth.hosting.is_empty() || auth.hosting.contains(&hosting)))
    }
    /// All groups of facts read in the vendor's own papers or seen in a run.
    pub fn is_confirmed(&self) -> bool {
        ["auth", "base_url", "probe", "signals"]
            .iter()
            .all(|group| self.facts.get(*group) == Some(&Confidence::Confirmed))
    }
}
