//! The shape of a catalogue entry: one TOML file describes one system that can be connected.
//! Owns the vocabulary (schemes, rules, probes); refuses unknown keys, so a typing error in a file is an error, not a
//! silent default. Nothing here sends a request: `upstream` reads these types and acts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// Whether this build can sign in this way. The others are listed in the catalogue, but refused at connect.
    pub fn is_supported(self) -> bool {
        !matches!(self, Self::Oauth2AuthorizationCode | Self::Oauth2JwtBearer | Self::Oauth2SamlBearer | Self::Oauth1)
    }
    /// Whether sign-in yields something that runs out and is renewed: a session or a token.
    pub fn is_renewable(self) -> bool {
        matches!(
            self,
            Self::SessionLogin
                | Self::Oauth2ClientCredentials
                | Self::Oauth2AuthorizationCode
                | Self::Oauth2Password
                | Self::Oauth2JwtBearer
                | Self::Oauth2SamlBearer
        )
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOwner {
    #[default]
    Customer,
    Operator,
}

/// One way to sign in to this system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub scheme: Scheme,
    pub fields: Vec<Field>,
    /// Only for this hosting; empty means for all.
    #[serde(default)]
    pub hosting: Vec<Hosting>,
    /// Whose OAuth client it is: a refused one is the customer's to renew, or ours.
    #[serde(default)]
    pub client_owner: ClientOwner,
    /// How the proof travels on every request. Templates know the fields, the parameters, and what sign-in gave:
    /// `{access_token}`, or the names of `session.values` (`{session}` by default).
    #[serde(default)]
    pub carry: Carry,
    #[serde(default)]
    pub token: Option<TokenEndpoint>,
    #[serde(default)]
    pub session: Option<Session>,
    /// For `hmac`: how a request is signed.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// A probe for this way alone, where the system's own does not fit it.
    #[serde(default)]
    pub probe: Option<Probe>,
    /// False when the vendor has ended or announced the end of this way: existing connections go on, new ones are not offered it.
    #[serde(default = "yes")]
    pub offered: bool,
    #[serde(default)]
    pub note: Option<String>,
}

fn yes() -> bool {
    true
}

/// One line of the sign-in form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub secret: bool,
    #[serde(default = "yes")]
    pub required: bool,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub help: Option<String>,
    /// The field that names who signs in: the attempt budget belongs to (host, this value).
    #[serde(default)]
    pub identifies: bool,
}

/// Where the proof goes. Names and values are templates: `{name}` is filled in, `base64(…)` encodes what stands inside.
/// A header or query value that names an optional field or parameter nobody filled in is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Cookies of the sign-in answer that are sent back (exact names); `["*"]` sends all.
    #[serde(default)]
    pub cookies: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    #[default]
    Basic,
    Body,
    None,
}

/// An OAuth 2 token endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEndpoint {
    /// A template; `{token_url}` where the operator gives it. A path beginning with `/` is below the base URL;
    /// `{origin}/…` begins at the host.
    pub url: String,
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// Templates; a scope that names an optional value nobody filled in is left out.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Further form fields, as templates; may replace `grant_type`.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
    #[serde(default)]
    pub lifetime_seconds: Option<u32>,
    /// Whether a refresh token is issued and used.
    #[serde(default)]
    pub refresh: bool,
    /// A refresh is refused as too early until this many seconds before the end.
    #[serde(default)]
    pub refresh_window_seconds: Option<u32>,
}

/// A request described in the catalogue. Path and values are templates; in `body`, values are escaped for `content_type`.
/// The path is appended to the base URL, unless it is a whole address (`https://…`, `{origin}/…`, `{some_url}`).
/// A header that names an optional value nobody filled in is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTemplate {
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// `application/json` when a body is given and nothing is said here.
    #[serde(default)]
    pub content_type: Option<String>,
    #[serde(default)]
    pub body: Option<String>,
}

/// A session that a sign-in request opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub login: RequestTemplate,
    /// What the answer gives: template name → place. `session` is the usual name.
    #[serde(default)]
    pub values: BTreeMap<String, ValuePlace>,
    /// The session ends by itself after so long without a request.
    #[serde(default)]
    pub idle_seconds: Option<u32>,
    #[serde(default)]
    pub logout: Option<RequestTemplate>,
    /// A seat of the licence is taken while it is open: sign out when it is no longer needed.
    #[serde(default)]
    pub takes_seat: bool,
}

/// Where in an answer a value stands. Exactly one place is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValuePlace {
    /// RFC 6901 pointer into a JSON body.
    #[serde(default)]
    pub json: Option<String>,
    #[serde(default)]
    pub header: Option<String>,
    /// A cookie's value; a name ending in `*` means the whole name of the first cookie that begins so (SAP writes
    /// system and client into it).
    #[serde(default)]
    pub cookie: Option<String>,
    /// Path of element names in an XML body, `/response/operation/result/data/api/sessionid`.
    #[serde(default)]
    pub xml: Option<String>,
    /// The whole body, trimmed (and freed of double quotes or one XML element around it).
    #[serde(default)]
    pub body: bool,
    /// A sign-in is good without this value (a generic system gives a cookie or a token). What names it is left out.
    #[serde(default)]
    pub optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// Fiix: lower-case hex HMAC-SHA256 with `secret_key` over the address without its scheme; `timestamp` in milliseconds.
    Fiix,
    /// HAWK: MAC over method, path, host, port, timestamp and nonce.
    Hawk,
}

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
    pub read: ValuePlace,
    #[serde(default)]
    pub note: Option<String>,
}

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
}

impl Instructions {
    /// The steps in the language asked for (`de`, `de-AT`), else in English.
    pub fn in_language(&self, locale: &str) -> &[String] {
        if locale.starts_with("de") && !self.de.is_empty() { &self.de } else { &self.en }
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
