//! Whom to ask and with what: a system, an address, opened credentials. Lives only as long as one look or one request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::base::{ConnectionId, Secret};
use crate::systems::{Auth, Hosting, System};

/// Everything needed to ask one installation. Has no `Debug`: it holds opened secrets.
#[derive(Clone)]
pub struct Target {
    /// `None` while connecting: nothing is kept between requests then.
    pub connection: Option<ConnectionId>,
    /// Of the credentials; a session or token belongs to one generation.
    pub generation: i64,
    pub system: Arc<System>,
    pub auth: Arc<Auth>,
    pub hosting: Hosting,
    pub base_url: Url,
    pub parameters: BTreeMap<String, String>,
    pub credentials: Credentials,
    pub limits: Limits,
    /// Only for `generic-*`.
    pub probe: Option<ProbeOverride>,
}

/// Opened credentials: the fields of the scheme, secret ones apart, and TLS material.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Fields that are no secrets: user name, client id, token URL.
    pub public: BTreeMap<String, String>,
    pub secret: BTreeMap<String, Secret>,
    pub tls: TlsMaterial,
}

impl Credentials {
    /// A field's value, secret or not.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.public.get(name).map(String::as_str).or_else(|| self.secret.get(name).map(Secret::expose))
    }
}

/// PEM texts. The key is the only secret among them.
#[derive(Clone, Default)]
pub struct TlsMaterial {
    pub client_certificate: Option<String>,
    pub client_key: Option<Secret>,
    /// A private CA (one or more certificates) that is trusted for this connection, beside the system's.
    pub ca_certificate: Option<String>,
    /// An exact pin: this very certificate is accepted, and no other; chain and name are not looked at.
    pub server_certificate: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub connect_timeout: Duration,
    pub response_timeout: Duration,
}

/// The probe that an operator gave for a generic system.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeOverride {
    #[serde(default = "get")]
    pub method: String,
    #[serde(default = "root")]
    pub path: String,
    /// Statuses that count as good; empty means any 2xx.
    #[serde(default, deserialize_with = "one_or_many")]
    pub expect_status: Vec<u16>,
}

fn get() -> String {
    "GET".into()
}
fn root() -> String {
    "/".into()
}

/// `200` and `[200, 204]` are both accepted.
fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<u16>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(u16),
        Many(Vec<u16>),
    }
    Ok(match <Form as serde::Deserialize>::deserialize(from)? {
        Form::One(status) => vec![status],
        Form::Many(list) => list,
    })
}
