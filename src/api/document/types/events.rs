//! Events on the wire.

use serde_json::Value;
use utoipa::ToSchema;

use super::{ConnectionId, CustomerId, EventId, EventType, Time};

/// Something that happened, as receivers are told it.
#[derive(ToSchema)]
#[schema(example = json!({"data": {
        "connection_id": "con_01kf3v8q2xe0ts1v5m9w4c7h3n", "customer_id": "cus_01kf3v8q2xe0ts1v5m9w4c7h3n",
        "customer_external_id": "crm-4711", "system": "sap-ecc", "status": "reauthorization_required",
        "previous_status": "active", "reason": "credentials_rejected", "fault_scope": "connection",
        "since": "2026-01-05T10:00:00Z", "episode_id": "epi_01kf3v8q2xe0ts1v5m9w4c7h3n", "metadata": {},
        "reconnect_url": "https://junctionbox.example/portal/lnk_…", "instructions": "Ask your SAP administrator …"
    }, "type": "connection.reauthorization_required"}))]
pub struct Event {
    pub id: EventId,
    #[serde(rename = "type")]
    pub kind: EventType,
    pub timestamp: Time,
    /// Null for events of the instance itself.
    pub customer_id: Option<CustomerId>,
    pub connection_id: Option<ConnectionId>,
    /// What the receiver gets as `data`. An `instance.alarm` says its `reason`: `clock_skew` or `network_suspect`, and beyond
    /// the reasons of connections `mail_undeliverable`, `backup_late`, `backup_failed`, `store_damaged` or `audit_broken`; its `message` is a sentence about it.
    pub data: Value,
}
