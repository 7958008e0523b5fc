//! The audit log on the wire.

use serde_json::Value;
use utoipa::ToSchema;

use super::{AuditOutcome, Time};

/// An entry of the chained log.
#[derive(ToSchema)]
#[schema(example = json!({"detail": {"system": "sap-ecc"}, "outcome": "done"}))]
pub struct AuditEntry {
    #[schema(example = 42, minimum = 1)]
    pub sequence: i64,
    pub at: Time,
    /// `user`, `api_key`, `cli`, `portal` or `system`.
    #[schema(example = "api_key")]
    pub actor_kind: String,
    #[schema(example = "key_01kf3v8q2xe0ts1v5m9w4c7h3n")]
    pub actor_id: Option<String>,
    #[schema(example = "Billing service")]
    pub actor_name: String,
    #[schema(example = "10.0.0.7")]
    pub address: Option<String>,
    #[schema(example = "connection.connected")]
    pub action: String,
    pub target: Option<AuditTarget>,
    pub outcome: AuditOutcome,
    /// Names and numbers that explain it; never a secret.
    pub detail: Value,
    /// The keyed link to the entry before, in hexadecimal.
    #[schema(example = "9f2c…")]
    pub mac: String,
}

/// What an action was done to.
#[derive(ToSchema)]
pub struct AuditTarget {
    #[schema(example = "connection")]
    pub kind: String,
    #[schema(example = "con_01kf3v8q2xe0ts1v5m9w4c7h3n")]
    pub id: Option<String>,
    #[schema(example = "ECC Plant 2")]
    pub name: Option<String>,
}

/// Whether the chain is whole.
#[derive(ToSchema)]
#[schema(example = json!({"first_broken": null}))]
pub struct AuditProof {
    #[schema(example = true)]
    pub ok: bool,
    #[schema(example = 1042)]
    pub entries: u64,
    pub head: AuditHead,
    /// Where it broke first; null while it is whole.
    pub first_broken: Option<BrokenLink>,
}

/// The last link. Kept elsewhere, it shows a cut tail later.
#[derive(ToSchema)]
pub struct AuditHead {
    #[schema(example = 1042)]
    pub sequence: i64,
    #[schema(example = "9f2c…")]
    pub mac: String,
}

/// The entry at which the chain broke.
#[derive(ToSchema)]
pub struct BrokenLink {
    #[schema(example = 17)]
    pub sequence: i64,
    #[schema(example = "changed")]
    pub how: String,
    #[schema(example = "Entry 17 was changed after it was written.")]
    pub message: String,
}
