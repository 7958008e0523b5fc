//! What is sent to `/connections`: the way to sign in, a new connection, new credentials, a change.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem::Problem;
use super::state::Api;
use crate::base::{CustomerId, FieldError, Patch, Reason, Secret, Status};
use crate::connections::{NewAuth, NewConnection, NewInvitation};
use crate::upstream::ProbeOverride;

/// `auth` of a request: the scheme and its fields, all texts. Has no `Debug`: it holds secrets.
#[derive(Deserialize)]
pub struct AuthBody {
    pub scheme: String,
    #[serde(flatten)]
    pub fields: BTreeMap<String, Option<Secret>>,
}

impl AuthBody {
    pub fn into_domain(self) -> NewAuth {
        let fields = self.fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
        NewAuth { scheme: self.scheme, fields }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectBody {
    pub customer_id: String,
    #[serde(default)]
    pub system: Option<String>,
    pub hosting: Option<String>,
    pub base_url: Option<String>,
    #[serde(default)]
    pub parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub auth: Option<AuthBody>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub check_interval_seconds: Option<u32>,
    #[serde(default = "yes")]
    pub verify: bool,
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    #[serde(default)]
    pub probe: Option<ProbeOverride>,
    #[serde(default)]
    pub tier: Option<u8>,
}

impl ConnectBody {
    pub fn into_connection(self, customer_id: CustomerId, api: &Api) -> Result<NewConnection, Problem> {
        let message =
            "Send the way to sign in, or verify: false without it for a connection that the customer completes.";
        let needed = |given: bool, field: &str| (!given).then(|| FieldError::required(field));
        let no_auth = || FieldError::new("auth", "required", message);
        let missing: Vec<FieldError> = [
            needed(self.system.is_some(), "system"),
            needed(self.hosting.is_some(), "hosting"),
            self.auth.is_none().then(no_auth),
        ]
        .into_iter()
        .flatten()
        .collect();
        let (Some(system), Some(hosting), Some(auth)) = (self.system, self.hosting, self.auth) else {
            return Err(Problem::invalid(missing));
        };
        let default_url = api.catalogue.find(&system).and_then(|system| system.base_url.default.clone());
        Ok(NewConnection {
            customer_id,
            system,
            hosting,
            base_url: self.base_url.or(default_url).unwrap_or_default(),
            parameters: self.parameters.unwrap_or_default(),
            auth: auth.into_domain(),
            name: self.name,
            check_interval_seconds: self.check_interval_seconds,
            verify: self.verify,
            metadata: self.metadata,
            probe: self.probe,
            tier: self.tier,
        })
    }

    /// Without a way to sign in, and not to be verified: the customer completes it by a link.
    pub fn into_invitation(self, customer_id: CustomerId) -> Result<NewInvitation, Problem> {
        if self.probe.is_some() {
            let message = "A connection that its customer completes takes no probe of its own.";
            return Err(Problem::invalid_field("probe", message));
        }
        Ok(NewInvitation {
            customer_id,
            system: self.system,
            hosting: self.hosting,
            base_url: self.base_url,
            parameters: self.parameters.unwrap_or_default(),
            name: self.name,
            check_interval_seconds: self.check_interval_seconds,
            metadata: self.metadata,
            tier: self.tier,
        })
    }
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[serde(default)]
    pub name: Patch<String>,
    #[serde(default)]
    pub check_interval_seconds: Patch<u32>,
    #[serde(default)]
    pub metadata: Patch<Map<String, Value>>,
    /// No change: the version that the caller saw.
    #[serde(default)]
    pub version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsBody {
    pub auth: AuthBody,
    #[serde(default)]
    pub base_url: Option<String>,
    #[serde(default)]
    pub parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub allow_identity_change: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulateBody {
    pub status: Status,
    #[serde(default)]
    pub reason: Option<Reason>,
}
