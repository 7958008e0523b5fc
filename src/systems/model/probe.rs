//! The request that proves health, what a good answer looks like, and how one asks where one is.

use serde::{Deserialize, Serialize};

use super::{RequestTemplate, ValuePlace};

/// The signed-in request that proves health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// True when the sign-in itself (asking for a token, opening a session) is the proof, and no request follows.
    #[serde(default)]
    pub sign_in_only: bool,
    #[serde(default)]
    pub request: RequestTemplate,
    #[serde(default)]
    pub expect: Expect,
    /// Tried in order when the one before answers 404 (or 403 without a sign-in offered): the path that worked is kept.
    #[serde(default)]
    pub alternatives: Vec<ProbeAlternative>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeAlternative {
    pub request: RequestTemplate,
    #[serde(default)]
    pub expect: Expect,
}

/// What a good answer looks like. Empty lists and `None` ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Statuses that count as good; empty means any 2xx.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Prefix of the media type, `application/json`. An answer that names no type fits.
    #[serde(default)]
    pub content_type: Option<String>,
    /// RFC 6901 pointer that must be present in the JSON body.
    #[serde(default)]
    pub json_present: Option<String>,
}

/// How to ask which installation (and who) one is signed in to: a reconnect must reach the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `None`: read from the probe's own answer.
    #[serde(default)]
    pub request: Option<RequestTemplate>,
    /// Where the answer says it.
    #[serde(default)]
    pub read: ValuePlace,
    /// Instead of a place: a template over parameters, where the address asked names the installation (`{database}`).
    #[serde(default)]
    pub value: Option<String>,
    /// What is read is an address, perhaps relative to that of the service: its path counts, and a host that it names.
    #[serde(default)]
    pub address: bool,
    #[serde(default)]
    pub note: Option<String>,
}
