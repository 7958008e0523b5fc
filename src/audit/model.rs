//! The words of the audit log: an entry to append, a row that was read, a filter, the head of the chain.

use std::borrow::Cow;

use serde_json::Value;

use crate::base::{Actor, Timestamp};

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    Done,
    /// Not allowed, or the wrong password.
    Refused,
    Failed,
}

impl AuditOutcome {
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// What an action was done to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditTarget {
    /// `connection`, `customer`, `user`, `api_key`, `vault`, …
    pub kind: String,
    pub id: Option<String>,
    pub name: Option<String>,
}

/// An entry to append.
#[derive(Debug, Clone)]
pub struct Entry {
    pub at: Timestamp,
    pub actor: Actor,
    /// `thing.what_happened`: `connection.connected`, `user.sign_in_refused`.
    pub action: Cow<'static, str>,
    pub target: Option<AuditTarget>,
    pub outcome: AuditOutcome,
    /// Names and numbers that explain it. Never a secret.
    pub detail: Value,
}

impl Entry {
    /// An action that was done; change it by the methods below.
    pub fn new(at: Timestamp, actor: &Actor, action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            at,
            actor: actor.clone(),
            action: action.into(),
            target: None,
            outcome: AuditOutcome::Done,
            detail: Value::Object(serde_json::Map::new()),
        }
    }
    pub fn target(mut self, kind: &str, id: impl ToString, name: impl Into<String>) -> Self {
        self.target = Some(AuditTarget { kind: kind.into(), id: Some(id.to_string()), name: Some(name.into()) });
        self
    }
    pub fn outcome(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// An entry as it stands in the log.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AuditRow {
    pub sequence: i64,
    pub at: Timestamp,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub address: Option<String>,
    pub action: String,
    pub target: Option<AuditTarget>,
    pub outcome: AuditOutcome,
    pub detail: Value,
    /// Hexadecimal.
    pub mac: String,
}

/// What to look for; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// An actor's id, or its name.
    pub actor: Option<String>,
    /// The beginning of an action: `connection.` finds all about connections.
    pub action: Option<String>,
    /// A target's id.
    pub target: Option<String>,
    pub outcome: Option<AuditOutcome>,
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    /// A word in the actor, the action, the target or the detail.
    pub q: Option<String>,
}

/// The last link of the chain. Kept elsewhere (journal, backups), it shows a cut tail later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditHead {
    pub sequence: i64,
    /// Hexadecimal.
    pub mac: String,
}
