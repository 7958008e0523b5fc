//! The proxy's log.

use utoipa::ToSchema;

use super::words::{ConnectionId, CustomerId, ProxiedRequestId, Time};

/// A request that passed the proxy, or was refused by it. Bodies, headers and queries are never kept.
#[derive(ToSchema)]
#[schema(example = json!({"api_key_name": "maintenance app", "code": null}))]
pub struct ProxiedRequest {
    pub id: ProxiedRequestId,
    pub connection_id: ConnectionId,
    pub customer_id: Option<CustomerId>,
    pub at: Time,
    /// Null where a person asked.
    pub api_key_id: Option<String>,
    pub api_key_name: Option<String>,
    #[schema(example = "GET")]
    pub method: String,
    /// Behind `/proxy`, without its query; at most 500 characters.
    #[schema(example = "/sap/opu/odata/sap/API_MAINTORDER/MaintenanceOrder")]
    pub path: String,
    /// What the caller got; 499 where the caller went away before there was an answer.
    #[schema(example = 200)]
    pub status: u16,
    /// `system` or `junctionbox`.
    #[schema(example = "system")]
    pub answered_by: String,
    /// The code of our own answer; null where the system answered.
    pub code: Option<String>,
    /// Until the head of the answer was there.
    #[schema(example = 31)]
    pub first_byte_ms: Option<u32>,
    #[schema(example = 34)]
    pub total_ms: u32,
    /// Of the request's body.
    #[schema(example = 0)]
    pub bytes_sent: u64,
    /// Of the answer's body.
    #[schema(example = 1804)]
    pub bytes_received: u64,
    /// The answer reached the caller whole.
    #[schema(example = true)]
    pub complete: bool,
}
