//! What a backup says of itself: readable without a key, and proven by one, since the cipher's key is derived from it.

use serde::{Deserialize, Serialize};

use crate::audit::AuditHead;
use crate::base::Timestamp;

/// The form of the file: its first line says it.
pub const FORMAT: u64 = 1;
pub const ENDING: &str = "jbxbackup";

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Schedule,
    /// Somebody asked for it.
    Hand,
    /// Before the store was changed by a newer version.
    Upgrade,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Hand => "hand",
            Self::Upgrade => "upgrade",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Schedule, Self::Hand, Self::Upgrade].into_iter().find(|reason| reason.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the product that made it.
    pub version: String,
    pub instance_id: String,
    pub region: String,
    pub created_at: Timestamp,
    pub reason: Reason,
    /// The last link of the audit chain in it; none while nothing was written.
    pub audit_head: Option<AuditHead>,
    /// Tells which instance key opens it.
    pub key_id: String,
    /// Random; makes the cipher's key one that was never used.
    pub salt: String,
    pub files: Vec<Part>,
}

/// One database in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    /// Number of its newest migration.
    pub schema: i64,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    /// The bytes of all parts together.
    pub fn length(&self) -> u64 {
        self.files.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    pub fn part(&self, name: &str) -> Option<&Part> {
        self.files.iter().find(|part| part.name == name)
    }

    /// `junctionbox-7h2k9m-20261124T021500Z.jbxbackup`: whose and when, so that a folder of many instances can be read.
    pub fn file_name(&self) -> String {
        format!("{}{}.{ENDING}", prefix(&self.instance_id), compact(self.created_at))
    }
}

/// How the names of all files of one instance begin.
pub fn prefix(instance_id: &str) -> String {
    let start = instance_id.len().saturating_sub(6);
    format!("junctionbox-{}-", instance_id.get(start..).unwrap_or(instance_id))
}

/// The copy of the erasure list that lies beside the backups.
pub fn erasures_name(instance_id: &str) -> String {
    format!("{}erased.txt", prefix(instance_id))
}

/// `20261124T021500Z`; milliseconds follow where there are any.
fn compact(at: Timestamp) -> String {
    at.to_string().chars().filter(|letter| *letter != '-' && *letter != ':').collect()
}
