//! Links for customers on the wire.

use utoipa::ToSchema;

use super::{ConnectionId, CustomerId, EpisodeId, LinkId, LinkPurpose, Time};

/// A customer's way into the portal.
#[derive(ToSchema)]
#[schema(example = json!({"purpose": "reconnect", "ended_at": null}))]
pub struct Link {
    pub id: LinkId,
    /// Opens a door: null to keys without `connections:write`, and when the link has ended.
    #[schema(example = "https://junctionbox.example/portal/lnk_…")]
    pub url: Option<String>,
    pub expires_at: Time,
    pub connection_id: ConnectionId,
    pub customer_id: CustomerId,
    pub purpose: LinkPurpose,
    /// The episode that a reconnect link belongs to.
    pub episode_id: Option<EpisodeId>,
    /// Whether the customer may change the address.
    #[schema(example = false)]
    pub change_base_url: bool,
    #[schema(example = "Billing service")]
    pub created_by: String,
    pub created_at: Time,
    pub ended_at: Option<Time>,
    /// `used`, `mended`, `revoked`, `disconnected` or `expired`.
    #[schema(example = json!(null))]
    pub ended_by: Option<String>,
}

/// What makes a link.
#[derive(ToSchema)]
#[schema(example = json!({"purpose": "reconnect"}))]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    pub purpose: LinkPurpose,
    /// At most 30 days.
    #[schema(example = 604_800, minimum = 1)]
    pub expires_in_seconds: Option<u64>,
    /// Lets the customer change the address.
    #[schema(example = false)]
    pub change_base_url: Option<bool>,
}
