//! The system's own rules: which answer they look at, what must fit, what it means.

use serde::{Deserialize, Serialize};

/// Which answer a rule looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RulePlace {
    Api,
    Token,
    Login,
    #[default]
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    Reauthorization,
    Renew,
    Permission,
    Throttled,
    Outage,
    ClockSkew,
    Application,
    Csrf,
    Configuration,
    Unexpected,
    Ok,
}

/// One of the system's own rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default, rename = "where")]
    pub place: RulePlace,
    /// Statuses it looks at; empty means any.
    #[serde(default)]
    pub status: Vec<u16>,
    #[serde(default, rename = "match")]
    pub matches: Match,
    pub meaning: Meaning,
    /// A `reason` of the contract; absent, the meaning's usual one.
    #[serde(default)]
    pub reason: Option<String>,
    /// Look a second time after a delay before deciding.
    #[serde(default)]
    pub confirm_once: bool,
    #[serde(default)]
    pub wait_header: Option<String>,
    #[serde(default)]
    pub wait_format: WaitFormat,
    #[serde(default)]
    pub wait_seconds: Option<u32>,
    /// A short name for the decision record; absent, it is made from meaning and status.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFormat {
    /// Seconds, or an HTTP date (RFC 9110).
    #[default]
    Seconds,
    Milliseconds,
    /// Seconds since 1970.
    Epoch,
    EpochMilliseconds,
}

/// Everything that is given must fit. Text is compared without regard to case, in the first 64 KiB.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default)]
    pub body_contains: Option<String>,
    #[serde(default)]
    pub body_contains_any: Vec<String>,
    #[serde(default)]
    pub body_starts_with: Option<String>,
    #[serde(default)]
    pub body_equals: Option<String>,
    #[serde(default)]
    pub body_json: Option<JsonMatch>,
    #[serde(default)]
    pub body_xml: Option<XmlMatch>,
    #[serde(default)]
    pub header: Option<HeaderMatch>,
    /// Prefix of the name of a cookie that the answer sets.
    #[serde(default)]
    pub cookie_present: Option<String>,
    #[serde(default)]
    pub cookie_absent: Option<String>,
    #[serde(default)]
    pub content_type: Option<String>,
    /// `http` or `https`.
    #[serde(default)]
    pub scheme: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonMatch {
    pub pointer: String,
    #[serde(default)]
    pub equals: Option<toml::Value>,
    /// There, but another value than this.
    #[serde(default)]
    pub not_equals: Option<toml::Value>,
    #[serde(default, rename = "in")]
    pub one_of: Vec<toml::Value>,
    #[serde(default)]
    pub contains: Option<String>,
    #[serde(default)]
    pub present: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XmlMatch {
    pub path: String,
    pub equals: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    pub name: String,
    #[serde(default)]
    pub equals: Option<String>,
    #[serde(default)]
    pub present: Option<bool>,
}
