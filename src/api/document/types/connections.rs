//! Connections on the wire: the object, its status, a check, a decision record, and what one sends.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use super::{
    CheckId, ConnectionId, CustomerId, EpisodeId, EventId, FaultScope, Hosting, Metadata, Reason, Scheme, Source,
    Status, Time, TransitionId,
};

/// One customer's link to one installation of a system. Secrets never come back.
#[derive(ToSchema)]
#[schema(example = json!({"hosting": "on_premises", "probe": null, "status": "active", "reason": null, "fault_scope": null, "expires_at": null, "disconnected_at": null}))]
pub struct Connection {
    pub id: ConnectionId,
    pub customer_id: CustomerId,
    /// Null, as hosting, tier and address, while the customer has yet to choose.
    #[schema(example = "sap-ecc")]
    pub system: Option<String>,
    #[schema(example = "ECC Plant 2")]
    pub name: String,
    pub hosting: Option<Hosting>,
    #[schema(example = 3, minimum = 1, maximum = 3)]
    pub tier: Option<u8>,
    #[schema(example = "https://sap.plant2.example:44300")]
    pub base_url: Option<String>,
    #[schema(example = json!({"sap-client": "100"}))]
    pub parameters: BTreeMap<String, String>,
    pub auth: KnownAuth,
    /// For generic systems: how their health is asked; null: the catalogue's own way.
    pub probe: Option<Probe>,
    pub status: Status,
    #[schema(example = false)]
    pub reauthorization_required: bool,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    /// One sentence for people.
    #[schema(example = "SAP ECC answers and lets us in.")]
    pub message: String,
    /// Since when it has this status.
    pub since: Time,
    #[schema(example = 8)]
    pub credits: i64,
    /// Whether its credits were drawn beyond what was granted.
    #[schema(example = false)]
    pub overage: bool,
    #[schema(example = 60)]
    pub check_interval_seconds: u32,
    /// The least interval that the system's entry asks for; it wins over a shorter wish.
    #[schema(example = 5)]
    pub minimum_check_interval_seconds: Option<u32>,
    pub metadata: Metadata,
    /// The earliest known end of a certificate or credential.
    pub expires_at: Option<Time>,
    #[schema(example = 3, minimum = 1)]
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub disconnected_at: Option<Time>,
}

/// How it signs in, without secrets: the scheme and the fields that are none.
#[derive(ToSchema)]
#[schema(example = json!({"scheme": "basic", "username": "JBX"}))]
pub struct KnownAuth {
    pub scheme: Scheme,
    #[serde(flatten)]
    pub fields: BTreeMap<String, String>,
}

/// How to sign in: the scheme and its fields (see the system's `auth`), all texts. Any scheme may carry `client_certificate`,
/// `client_key`, `ca_certificate` and `server_certificate` (PEM).
#[derive(ToSchema)]
#[schema(example = json!({"scheme": "basic", "username": "JBX", "password": "…"}))]
pub struct Auth {
    pub scheme: Scheme,
    #[serde(flatten)]
    pub fields: BTreeMap<String, Option<String>>,
}

/// How the health of a generic system is asked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    #[schema(example = "GET", default = "GET")]
    pub method: String,
    #[schema(example = "/health", default = "/")]
    pub path: String,
    /// Statuses that count as good; empty: any 2xx. One number is taken as well.
    #[schema(example = json!([200]))]
    pub expect_status: Vec<u16>,
}

/// What is needed to connect.
#[derive(ToSchema)]
#[schema(example = json!({"hosting": "on_premises", "probe": null}))]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    pub customer_id: CustomerId,
    /// A slug of the catalogue. It, the hosting and the way to sign in may be left out with `verify: false`: then the
    /// customer chooses, by a link.
    #[schema(example = "sap-ecc")]
    pub system: Option<String>,
    pub hosting: Option<Hosting>,
    /// May be left out where the system has one address for everybody.
    #[schema(example = "https://sap.plant2.example:44300")]
    pub base_url: Option<String>,
    #[schema(example = json!({"sap-client": "100"}))]
    pub parameters: Option<BTreeMap<String, String>>,
    pub auth: Option<Auth>,
    #[schema(example = "ECC Plant 2", min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[schema(example = 60, minimum = 1)]
    pub check_interval_seconds: Option<u32>,
    /// False stores the connection as `pending`, without asking the system.
    #[schema(default = true)]
    pub verify: bool,
    pub metadata: Option<Metadata>,
    /// For `generic-*` only.
    pub probe: Option<NewProbe>,
    /// For `generic-*` only.
    #[schema(example = json!(null), minimum = 1, maximum = 3)]
    pub tier: Option<u8>,
}

/// How the health of a generic system shall be asked.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProbe {
    #[schema(example = "GET")]
    #[serde(default)]
    pub method: String,
    #[schema(example = "/health")]
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub expect_status: ExpectedStatus,
}

/// One status, or several.
#[derive(ToSchema)]
#[schema(example = json!([200]))]
#[serde(untagged)]
pub enum ExpectedStatus {
    One(u16),
    Many(Vec<u16>),
}

/// A change that needs no verification. Address, parameters and credentials change by `PUT …/credentials`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeConnection {
    #[schema(example = "ECC Plant 2 (new)", min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// `null`: the instance's own interval.
    #[schema(example = 300, minimum = 1)]
    pub check_interval_seconds: Option<u32>,
    pub metadata: Option<Metadata>,
    /// The version that you saw; when it is stale the change is refused with `conflict`. `If-Match` does the same.
    #[schema(example = 3, nullable = false)]
    pub version: Option<i64>,
}

/// New credentials. They are verified first, then swapped in one step.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredentials {
    pub auth: Auth,
    #[schema(example = "https://sap.plant2.example:44300")]
    pub base_url: Option<String>,
    #[schema(example = json!({"sap-client": "100"}))]
    pub parameters: Option<BTreeMap<String, String>>,
    /// Accept that these credentials lead to another installation than before.
    #[schema(default = false)]
    pub allow_identity_change: bool,
}

/// What a connection of the system `sandbox` shall be.
#[derive(ToSchema)]
#[schema(example = json!({"status": "reauthorization_required", "reason": "token_revoked"}))]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    pub status: Status,
    /// One that fits the status; the usual one when left out.
    pub reason: Option<Reason>,
}

/// How a connection is.
#[derive(ToSchema)]
#[schema(example = json!({"status": "reauthorization_required", "reason": "credentials_rejected", "fault_scope": "connection", "next_check_at": null, "expires_at": null}))]
pub struct ConnectionStatus {
    pub connection_id: ConnectionId,
    pub status: Status,
    #[schema(example = true)]
    pub reauthorization_required: bool,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    #[schema(example = "SAP ECC refused the user name or password.")]
    pub message: String,
    pub since: Time,
    pub last_checked_at: Option<Time>,
    pub last_ok_at: Option<Time>,
    /// Null while nothing is scheduled.
    pub next_check_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub episode_id: Option<EpisodeId>,
    /// Where the customer signs in again; null to keys without `connections:write`.
    #[schema(example = "https://junctionbox.example/portal/lnk_…")]
    pub reconnect_url: Option<String>,
    pub uptime: Uptime,
    pub metadata: Metadata,
}

/// The share of time it worked; null before there was any.
#[derive(ToSchema)]
pub struct Uptime {
    #[serde(rename = "24h")]
    #[schema(example = 0.997, minimum = 0, maximum = 1)]
    pub day: Option<f64>,
    #[serde(rename = "7d")]
    #[schema(example = 0.998, minimum = 0, maximum = 1)]
    pub week: Option<f64>,
    #[serde(rename = "30d")]
    #[schema(example = 0.999, minimum = 0, maximum = 1)]
    pub month: Option<f64>,
}

/// What a check found.
#[derive(ToSchema)]
#[schema(example = json!({"status": "active", "reason": null, "fault_scope": null}))]
pub struct CheckOutcome {
    pub connection_id: ConnectionId,
    pub status: Status,
    #[schema(example = false)]
    pub reauthorization_required: bool,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    #[schema(example = "SAP ECC answers and lets us in.")]
    pub message: String,
    /// What was seen; null when nothing was sent.
    pub observation: Option<Observation>,
    pub decision: Decision,
}

/// The rule that decided.
#[derive(ToSchema)]
#[schema(example = json!({"reason": null, "fault_scope": null}))]
pub struct Decision {
    #[schema(example = 13, minimum = 1, maximum = 13)]
    pub rule: u8,
    #[schema(example = "a good answer")]
    pub name: String,
    #[schema(example = "SAP ECC answers and lets us in.")]
    pub message: String,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    /// How long the system asked us to wait.
    #[schema(example = json!(null))]
    pub wait_seconds: Option<u64>,
}

/// A request to a system and what came of it, redacted.
#[derive(ToSchema)]
#[schema(example = json!({"request": {"method": "GET", "url": "https://sap.plant2.example:44300/sap/bc/ping", "headers": [], "peer": "10.2.0.7:44300"}, "response": {"status": 200, "headers": [["content-type", "text/html"]], "body": "", "body_truncated": false}}))]
pub struct Observation {
    pub at: Time,
    pub request: Value,
    /// Null when there was no answer.
    pub response: Option<Value>,
    /// Why there was no answer.
    #[schema(example = json!(null))]
    pub failure: Option<String>,
    pub timing: Timing,
    /// `not_needed`, `renewed` or `failed`.
    #[schema(example = "not_needed")]
    pub renewal: String,
    /// Which installation answered, where the system says so.
    #[schema(example = json!(null))]
    pub identity: Option<String>,
}

/// Where the time went, in milliseconds.
#[derive(ToSchema)]
pub struct Timing {
    #[schema(example = 1)]
    pub dns_ms: Option<u32>,
    #[schema(example = 4)]
    pub connect_ms: Option<u32>,
    #[schema(example = 12)]
    pub tls_ms: Option<u32>,
    #[schema(example = 40)]
    pub first_byte_ms: Option<u32>,
    #[schema(example = 57)]
    pub total_ms: u32,
}

/// One look at a connection.
#[derive(ToSchema)]
#[schema(example = json!({"source": "scheduler", "status": "active", "reason": null}))]
pub struct Check {
    pub id: CheckId,
    pub connection_id: ConnectionId,
    pub at: Time,
    pub source: Source,
    #[schema(example = true)]
    pub ok: bool,
    pub status: Status,
    pub reason: Option<Reason>,
    #[schema(example = 13)]
    pub rule: Option<u8>,
    #[schema(example = "a good answer")]
    pub rule_name: String,
    #[schema(example = 200)]
    pub http_status: Option<u16>,
    pub timing: Timing,
}

/// A decision record: why a status changed, with its proof.
#[derive(ToSchema)]
#[schema(example = json!({"before": {"status": "active", "reason": null}, "after": {"status": "unreachable", "reason": "connect_timeout", "fault_scope": "host"}, "record": null, "previous_status": "active", "status": "unreachable", "reason": "connect_timeout", "fault_scope": "host", "source": "scheduler"}))]
pub struct Transition {
    pub id: TransitionId,
    pub connection_id: ConnectionId,
    pub at: Time,
    /// Null for the first one.
    pub before: Option<Value>,
    pub after: Value,
    pub previous_status: Option<Status>,
    pub status: Status,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    #[schema(example = "SAP ECC did not accept a connection within 5 s.")]
    pub message: String,
    #[schema(example = 2)]
    pub rule: Option<u8>,
    #[schema(example = "no connection")]
    pub rule_name: String,
    pub source: Source,
    #[schema(example = "system")]
    pub actor: String,
    pub episode_id: Option<EpisodeId>,
    pub event_id: Option<EventId>,
    /// Which set of credentials it was, counted from 1.
    #[schema(example = 1)]
    pub generation: i64,
    /// What was seen, redacted; null where nobody looked.
    pub record: Option<Value>,
}
