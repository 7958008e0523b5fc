//! One way to sign in to a system: its fields, its token or session, and how the proof travels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Hosting, Probe, Scheme};

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
    /// Hosts of the vendor's own sign-in service, where a template leaves them to the customer: `*.vendor.example` stands
    /// for all below. An application of the operator proves itself there, and at no other host that a customer names.
    #[serde(default)]
    pub vendor_hosts: Vec<String>,
    /// The addresses (scheme, host and port) of the operator's application that takes part; `None`: the customer's own
    /// client. Never in a catalogue file.
    #[serde(skip)]
    pub lent: Option<Vec<String>>,
    /// How the proof travels on every request. Templates know the fields, the parameters, and what sign-in gave:
    /// `{access_token}`, or the names of `session.values` (`{session}` by default).
    #[serde(default)]
    pub carry: Carry,
    #[serde(default)]
    pub token: Option<TokenEndpoint>,
    /// For `oauth2_authorization_code`.
    #[serde(default)]
    pub authorize: Option<Authorize>,
    /// For `oauth2_jwt_bearer` and `oauth2_saml_bearer`.
    #[serde(default)]
    pub assertion: Option<Assertion>,
    /// For `oauth1`: the realm, a template.
    #[serde(default)]
    pub realm: Option<String>,
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

impl Auth {
    /// Whether an OAuth application of the operator can take part: it brings the client, and addresses that are left open.
    pub fn takes_application(&self) -> bool {
        self.scheme.is_oauth2()
    }
    /// Whether its tokens are kept: a person gave them, or a grant that works but once.
    pub fn keeps_tokens(&self) -> bool {
        self.scheme == Scheme::Oauth2AuthorizationCode || self.token.as_ref().is_some_and(|token| token.kept)
    }
    /// Whether it cannot be used without one: no field asks for a client.
    pub fn needs_application(&self) -> bool {
        self.scheme == Scheme::Oauth2AuthorizationCode && !self.fields.iter().any(|field| field.name == "client_id")
    }
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
    /// A text of several lines: a key or certificate in PEM form, an assertion.
    #[serde(default)]
    pub multiline: bool,
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

/// How an OAuth client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    #[default]
    Basic,
    Body,
    None,
    /// A JWT signed with the client's key (RFC 7523); its header names the certificate where there is one (Entra).
    PrivateKeyJwt,
    /// The client's certificate in the TLS handshake (RFC 8705).
    Certificate,
}

impl ClientAuth {
    pub const ALL: [Self; 5] = [Self::Basic, Self::Body, Self::PrivateKeyJwt, Self::Certificate, Self::None];
    /// The registered word, `token_endpoint_auth_method`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Body => "client_secret_post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::Certificate => "tls_client_auth",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == text)
    }
}

/// Where a person is sent to allow the access.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// A template; `{authorize_url}` where the OAuth application gives it.
    pub url: String,
    /// Further parameters of the address, as templates.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Some vendors want commas between scopes.
    #[serde(default)]
    pub scope_separator: Option<String>,
}

/// A signed statement that is exchanged for a token, or is the token itself. All texts are templates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    pub issuer: String,
    pub subject: String,
    pub audience: String,
    #[serde(default)]
    pub lifetime_seconds: Option<u32>,
    /// Claims of a JWT, attributes of a SAML assertion.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// The `kid` of a JWT's header.
    #[serde(default)]
    pub key_id: Option<String>,
    /// The JWT's header names the certificate by its thumbprint.
    #[serde(default)]
    pub thumbprint: bool,
    /// The JWT is sent as the bearer token itself: nothing is exchanged (Oracle Fusion).
    #[serde(default)]
    pub is_token: bool,
    /// Of a SAML assertion; absent, the token endpoint's address.
    #[serde(default)]
    pub recipient: Option<String>,
    /// Of a SAML assertion's subject.
    #[serde(default)]
    pub name_id_format: Option<String>,
}

/// An OAuth 2 token endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// How long a refresh token lives, where the answer does not say so.
    #[serde(default)]
    pub refresh_lifetime_seconds: Option<u32>,
    /// The grant works but once (a one-day token of Concur): its refresh token is kept, as after a person's consent.
    #[serde(default)]
    pub kept: bool,
    /// Each refresh begins that life anew: then there is no end to warn of while the connection is checked.
    #[serde(default)]
    pub refresh_slides: bool,
    /// Where a token is revoked (RFC 7009), a template.
    #[serde(default)]
    pub revocation_url: Option<String>,
    /// Where the answer says at which address the API is, when it may differ from the one that was given.
    #[serde(default)]
    pub moves_base_url: Option<ValuePlace>,
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
    /// Where the answer says on which host the session lives, when it may differ from the one that was asked: a name or
    /// a whole address, whose path is not followed.
    #[serde(default)]
    pub moves_base_url: Option<ValuePlace>,
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
