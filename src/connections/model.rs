//! A connection: one customer's link to one installation of a system. Holds no secret, only where they are sealed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::machine::State;
use crate::base::{
    ConnectionId, CustomerId, EpisodeId, EventId, FaultScope, Reason, Secret, Status, Timestamp, TransitionId,
};
use crate::systems::{Hosting, Scheme};
use crate::upstream::ProbeOverride;

/// A connection as it stands in the store and in the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    pub customer_id: CustomerId,
    /// Slug of the catalogue; empty while the customer has yet to choose.
    pub system: String,
    pub name: String,
    pub hosting: Hosting,
    pub tier: u8,
    pub base_url: String,
    /// Scheme, name and port: what an attempt budget and a fault of scope `host` belong to.
    pub host: String,
    pub parameters: BTreeMap<String, String>,
    pub scheme: Scheme,
    /// The fields of the sign-in that are no secrets, and the PEM texts of certificates.
    pub auth_public: BTreeMap<String, String>,
    pub probe: Option<ProbeOverride>,
    /// Who signs in, for the attempt budget.
    pub budget_user: String,
    /// Keyed fingerprint of the secrets; empty where there are none.
    pub fingerprint: Vec<u8>,
    pub generation: i64,
    pub secret_set_at: Timestamp,
    /// Which installation answered when it was connected.
    pub identity: Option<String>,
    pub status: Status,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    /// One sentence for people: what is the matter.
    pub message: String,
    pub since: Timestamp,
    pub episode_id: Option<EpisodeId>,
    /// What it costs by the price list under which it was made.
    pub credits: i64,
    /// What is held for it now.
    pub credits_held: i64,
    pub overage: bool,
    pub check_interval_seconds: u32,
    pub metadata: Map<String, Value>,
    /// The earliest known end of a certificate or credential.
    pub expires_at: Option<Timestamp>,
    pub paused_by: Option<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub disconnected_at: Option<Timestamp>,
    pub marks: Marks,
}

/// What the health engine notes with each check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    pub next_check_at: Option<Timestamp>,
    pub last_checked_at: Option<Timestamp>,
    pub last_ok_at: Option<Timestamp>,
    pub failures: u32,
    pub successes: u32,
    pub slow: u32,
    pub total_ms: Option<u32>,
}

impl Connection {
    /// Nothing is known yet but whose it is.
    pub(super) fn blank(
        id: ConnectionId,
        customer_id: CustomerId,
        metadata: Map<String, Value>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            customer_id,
            system: String::new(),
            name: String::new(),
            hosting: Hosting::Cloud,
            tier: 1,
            base_url: String::new(),
            host: String::new(),
            parameters: BTreeMap::new(),
            scheme: Scheme::Basic,
            auth_public: BTreeMap::new(),
            probe: None,
            budget_user: String::new(),
            fingerprint: Vec::new(),
            generation: 1,
            secret_set_at: now,
            identity: None,
            status: Status::Pending,
            reason: None,
            fault_scope: None,
            message: String::new(),
            since: now,
            episode_id: None,
            credits: 0,
            credits_held: 0,
            overage: false,
            check_interval_seconds: 60,
            metadata,
            expires_at: None,
            paused_by: None,
            version: 1,
            created_at: now,
            updated_at: now,
            disconnected_at: None,
            marks: Marks::default(),
        }
    }
    pub fn state(&self) -> State {
        State {
            status: self.status,
            reason: self.reason,
            scope: self.fault_scope,
            failures: self.marks.failures,
            successes: self.marks.successes,
            slow: self.marks.slow,
        }
    }
    pub fn reauthorization_required(&self) -> bool {
        self.status == Status::ReauthorizationRequired
    }
    /// False for one that waits for its customer's first credentials.
    pub fn has_credentials(&self) -> bool {
        self.scheme == Scheme::None || !self.fingerprint.is_empty()
    }
    /// False while the customer has yet to choose it.
    pub fn has_system(&self) -> bool {
        !self.system.is_empty()
    }
    /// Whether it was ever proven to work.
    pub fn was_ever_active(&self) -> bool {
        self.marks.last_ok_at.is_some()
    }
}

/// The sign-in part of a request: the scheme, its fields, TLS material. Has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct NewAuth {
    pub scheme: String,
    pub fields: BTreeMap<String, Secret>,
}

/// What is needed to connect. Has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct NewConnection {
    pub customer_id: CustomerId,
    pub system: String,
    pub hosting: String,
    pub base_url: String,
    pub parameters: BTreeMap<String, String>,
    pub auth: NewAuth,
    pub name: Option<String>,
    pub check_interval_seconds: Option<u32>,
    /// Verify first (the default); otherwise the connection begins as `pending`.
    pub verify: bool,
    pub metadata: Option<Map<String, Value>>,
    pub probe: Option<ProbeOverride>,
    pub tier: Option<u8>,
}

/// New credentials for an existing connection. What is `None` stays as it is.
#[derive(Clone)]
pub struct NewCredentials {
    pub auth: NewAuth,
    pub base_url: Option<String>,
    pub parameters: Option<BTreeMap<String, String>>,
    /// An operator accepts that these credentials lead to another installation.
    pub allow_identity_change: bool,
}

/// A change that needs no verification.
#[derive(Debug, Clone, Default)]
pub struct ChangeConnection {
    pub name: Option<String>,
    pub check_interval_seconds: Option<u32>,
    pub metadata: Option<Map<String, Value>>,
    /// The version that the caller saw; a newer one makes the change stale.
    pub version: Option<i64>,
}

/// Which connections to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    pub customer_id: Option<CustomerId>,
    pub statuses: Vec<Status>,
    pub system: Option<String>,
    pub tier: Option<u8>,
    pub hosting: Option<Hosting>,
    pub q: Option<String>,
    /// Only those that wait for somebody: not what heals by itself, nor what was wished.
    pub needs_a_hand: bool,
    /// False leaves out what is disconnected (the dashboard's view); true is the API's.
    pub with_disconnected: bool,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnectionSort {
    /// By id, which is by age: the API's order.
    #[default]
    Created,
    /// What is most urgent first, then what has waited longest.
    Urgency,
    Name,
}

/// Where a verdict came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Scheduler,
    Manual,
    Proxy,
    Connect,
    Reconnect,
    Operator,
    /// Another connection with the same host, user and secret was refused.
    SharedSecret,
    Simulation,
}

impl Source {
    pub const ALL: [Self; 8] = [
        Self::Scheduler,
        Self::Manual,
        Self::Proxy,
        Self::Connect,
        Self::Reconnect,
        Self::Operator,
        Self::SharedSecret,
        Self::Simulation,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Manual => "manual",
            Self::Proxy => "proxy",
            Self::Connect => "connect",
            Self::Reconnect => "reconnect",
            Self::Operator => "operator",
            Self::SharedSecret => "shared_secret",
            Self::Simulation => "simulation",
        }
    }
}

/// A decision record: why a status changed, with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    pub id: TransitionId,
    pub connection_id: ConnectionId,
    pub at: Timestamp,
    pub before_status: Option<Status>,
    pub before_reason: Option<Reason>,
    pub status: Status,
    pub reason: Option<Reason>,
    pub fault_scope: Option<FaultScope>,
    pub message: String,
    pub rule: Option<u8>,
    pub rule_name: String,
    pub source: String,
    pub actor_name: String,
    pub episode_id: Option<EpisodeId>,
    pub event_id: Option<EventId>,
    pub generation: i64,
    /// `{request, response, timing, failure}`, redacted.
    pub record: Value,
}

/// How many connections there are, and what they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub by_status: BTreeMap<Status, i64>,
}

impl Counts {
    pub fn of(&self, status: Status) -> i64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }
    /// All but the disconnected ones.
    pub fn live(&self) -> i64 {
        self.by_status.iter().filter(|(status, _)| **status != Status::Disconnected).map(|(_, count)| *count).sum()
    }
}
