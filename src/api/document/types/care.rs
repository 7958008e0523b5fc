//! Acknowledgements and maintenance windows on the wire.

use utoipa::ToSchema;

use super::{ConnectionId, EpisodeId, MaintenanceId, Time, WindowScopeWord};

/// Somebody looks after a connection's trouble.
#[derive(ToSchema)]
#[schema(example = json!({"note": "Called them; new password tomorrow."}))]
#[serde(deny_unknown_fields)]
pub struct NewAcknowledgement {
    /// What is done about it.
    #[schema(example = "Called them; new password tomorrow.", max_length = 500)]
    pub note: Option<String>,
    /// The customer's contact goes on being reminded; otherwise they are not written to before it is mended.
    #[schema(example = false)]
    pub remind_contact: Option<bool>,
}

/// An acknowledgement; it ends with its episode.
#[derive(ToSchema)]
pub struct Acknowledgement {
    pub connection_id: ConnectionId,
    pub episode_id: EpisodeId,
    pub acknowledged_at: Time,
    /// The user's or key's name.
    #[schema(example = "Mara Okonkwo")]
    pub acknowledged_by: String,
    #[schema(example = "Called them; new password tomorrow.")]
    pub note: String,
    #[schema(example = false)]
    pub remind_contact: bool,
}

/// A time in which nothing alarms.
#[derive(ToSchema)]
#[schema(example = json!({"scope": "host", "target": "sap.plant2.example:44300"}))]
pub struct MaintenanceWindow {
    pub id: MaintenanceId,
    pub scope: WindowScopeWord,
    /// The id of the connection or customer, or the host; null for the instance.
    #[schema(example = "sap.plant2.example:44300")]
    pub target: Option<String>,
    pub starts_at: Time,
    pub ends_at: Time,
    /// Again every seven days, at the same hour in UTC.
    #[schema(example = false)]
    pub weekly: bool,
    #[schema(example = "SAP release")]
    pub note: String,
    /// Whether it holds now.
    #[schema(example = true)]
    pub running: bool,
    #[schema(example = "Mara Okonkwo")]
    pub created_by: String,
    pub created_at: Time,
    /// Ended before its time.
    #[schema(example = json!(null))]
    pub ended_at: Option<Time>,
}

/// What makes a window.
#[derive(ToSchema)]
#[schema(example = json!({"scope": "host", "target": "sap.plant2.example:44300", "starts_at": "2030-01-05T22:00:00Z", "ends_at": "2030-01-06T02:00:00Z", "note": "SAP release"}))]
#[serde(deny_unknown_fields)]
pub struct NewMaintenanceWindow {
    pub scope: WindowScopeWord,
    /// The id of the connection or customer, or a host (`name` or `name:port`); left out for the instance.
    #[schema(example = "sap.plant2.example:44300", max_length = 260)]
    pub target: Option<String>,
    pub starts_at: Time,
    pub ends_at: Time,
    #[schema(example = false)]
    pub weekly: Option<bool>,
    #[schema(example = "SAP release", max_length = 500)]
    pub note: Option<String>,
}
