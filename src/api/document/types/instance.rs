//! The instance on the wire, and what its probes say.

use utoipa::ToSchema;

use super::Time;

/// What this installation is.
#[derive(ToSchema)]
pub struct Instance {
    #[schema(example = "2f1c9a4e7b")]
    pub id: String,
    #[schema(example = "Plant cloud")]
    pub name: String,
    #[schema(example = "local")]
    pub region: String,
    #[schema(example = "0.2.0")]
    pub version: String,
    pub vault: Vault,
    /// Whether it came from a backup and asks and tells nobody anything until an operator has confirmed that the old one is off.
    #[schema(example = false)]
    pub standing_by: bool,
    /// Where it came from, while it stands by.
    #[schema(example = json!(null))]
    pub restored: Option<Restored>,
    /// Whether it is a demo with made-up customers.
    #[schema(example = false)]
    pub demo: bool,
    pub started_at: Time,
    pub time: Time,
}

/// The backup that an instance came from.
#[derive(ToSchema)]
pub struct Restored {
    pub at: Time,
    #[schema(example = "junctionbox-20260105-021500.jbxbackup")]
    pub backup: String,
    pub backup_created_at: Time,
}

/// Whether secrets can be used.
#[derive(ToSchema)]
pub struct Vault {
    #[schema(example = false)]
    pub sealed: bool,
    /// Why it is sealed.
    #[schema(example = json!(null))]
    pub reason: Option<String>,
}

/// What a probe of the appliance says.
#[derive(ToSchema)]
pub struct Probed {
    #[schema(example = "ok")]
    pub status: String,
    /// Why it is not ready.
    #[schema(example = "the store does not answer")]
    pub reason: Option<String>,
}
