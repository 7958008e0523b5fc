//! An OAuth application, what makes and changes one, and what it lends to a sign-in.

use crate::base::{ApplicationId, Patch, Secret, Timestamp};
use crate::systems::{Auth, ClientAuth, ClientOwner, TokenEndpoint};

/// The name under which a connection's sign-in fields name their application.
pub const APPLICATION_ID: &str = "application_id";

/// As it is stored, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub id: ApplicationId,
    /// Slug of the catalogue.
    pub system: String,
    pub name: String,
    pub client_id: String,
    /// `None`: as the catalogue says.
    pub client_auth: Option<ClientAuth>,
    /// Empty: as the catalogue says.
    pub scopes: Vec<String>,
    pub authorize_url: Option<String>,
    pub token_url: Option<String>,
    pub revocation_url: Option<String>,
    /// Whose answers are taken (RFC 9207).
    pub issuer: Option<String>,
    /// PEM.
    pub certificate: Option<String>,
    pub key_id: Option<String>,
    pub has_client_secret: bool,
    pub has_private_key: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is needed to register one. Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct NewApplication {
    pub system: String,
    pub name: Option<String>,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub private_key: Option<Secret>,
    pub certificate: Option<String>,
    pub key_id: Option<String>,
    /// A registered word, `client_secret_basic`.
    pub client_auth: Option<String>,
    pub scopes: Vec<String>,
    pub authorize_url: Option<String>,
    pub token_url: Option<String>,
    pub revocation_url: Option<String>,
    pub issuer: Option<String>,
}

/// A change touches what it names. Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct ChangeApplication {
    pub name: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Patch<Secret>,
    pub private_key: Patch<Secret>,
    pub certificate: Patch<String>,
    pub key_id: Patch<String>,
    pub client_auth: Patch<String>,
    pub scopes: Option<Vec<String>>,
    pub authorize_url: Patch<String>,
    pub token_url: Patch<String>,
    pub revocation_url: Patch<String>,
    pub issuer: Patch<String>,
    /// The version that the caller saw; a newer one makes the change stale.
    pub version: Option<i64>,
}

/// An application with its secrets, for one look. Has no `Debug`.
#[derive(Clone)]
pub struct Opened {
    pub application: Application,
    pub client_secret: Option<Secret>,
    pub private_key: Option<Secret>,
}

impl Application {
    /// The catalogue's way to sign in, as it is with this application: the client is ours, and what the system leaves open
    /// is filled.
    pub fn applied_to(&self, auth: &Auth) -> Auth {
        let mut auth = auth.clone();
        auth.client_owner = ClientOwner::Operator;
        auth.lent = Some(self.origins());
        let token = auth.token.get_or_insert_with(|| TokenEndpoint {
            url: "{token_url}".into(),
            refresh: true,
            ..TokenEndpoint::default()
        });
        if let Some(url) = &self.token_url {
            token.url.clone_from(url);
        }
        if let Some(way) = self.client_auth {
            token.client_auth = way;
        }
        if !self.scopes.is_empty() {
            token.scopes.clone_from(&self.scopes);
        }
        if self.revocation_url.is_some() {
            token.revocation_url.clone_from(&self.revocation_url);
        }
        if let (Some(url), Some(authorize)) = (&self.authorize_url, &mut auth.authorize) {
            authorize.url.clone_from(url);
        }
        auth
    }
}

impl Application {
    /// Scheme, host and port of each address that the operator wrote down: there the client belongs.
    fn origins(&self) -> Vec<String> {
        let known = [&self.token_url, &self.authorize_url, &self.revocation_url, &self.issuer];
        let parsed = known.into_iter().flatten().filter_map(|text| url::Url::parse(text).ok());
        parsed.filter(url::Url::has_host).map(|url| url.origin().ascii_serialization()).collect()
    }
}

impl Opened {
    /// The fields that it brings, by name; true where it is a secret.
    pub fn fields(&self) -> Vec<(&'static str, Secret, bool)> {
        let one = &self.application;
        let public = |name, value: &Option<String>| value.clone().map(|value| (name, Secret::new(value), false));
        let secret = |name, value: &Option<Secret>| value.clone().map(|value| (name, value, true));
        let key = secret("private_key", &self.private_key);
        [
            Some(("client_id", Secret::new(one.client_id.clone()), false)),
            public("key_id", &one.key_id),
            public("certificate", &one.certificate),
            secret("client_secret", &self.client_secret),
            key,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
