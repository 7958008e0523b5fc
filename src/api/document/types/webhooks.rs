//! Receivers of events, deliveries and tries on the wire.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use super::{
    CustomerId, DeliveryId, DeliveryStatus, DisabledReason, EndpointId, EndpointStatus, EventId, EventType, Time,
    TryCause,
};

/// A receiver of events, without its secret.
#[derive(ToSchema)]
#[schema(example = json!({
    "event_types": ["connection.reauthorization_required", "connection.recovered"], "customer_ids": null,
    "status": "enabled", "disabled_at": null, "disabled_reason": null, "failing_since": null, "old_secret_until": null,
    "ca_certificate": null
}))]
pub struct WebhookEndpoint {
    pub id: EndpointId,
    #[schema(example = "https://erp-sync.example/junctionbox")]
    pub url: String,
    #[schema(example = "ERP sync")]
    pub description: Option<String>,
    /// PEM; a private authority that is trusted for this receiver, beside the machine's own.
    pub ca_certificate: Option<String>,
    /// Null: all.
    pub event_types: Option<Vec<EventType>>,
    /// Only events of these customers; null: all, and those of the instance itself.
    pub customer_ids: Option<Vec<CustomerId>>,
    pub status: EndpointStatus,
    /// A disabled endpoint gets nothing but what is sent by hand.
    #[schema(example = false)]
    pub disabled: bool,
    pub disabled_at: Option<Time>,
    pub disabled_reason: Option<DisabledReason>,
    /// The first failed try since the last success.
    pub failing_since: Option<Time>,
    pub last_try_at: Option<Time>,
    pub last_ok_at: Option<Time>,
    /// What the last try came to, in a sentence.
    #[schema(example = "It answered 200.")]
    pub last_outcome: Option<String>,
    /// Until then the secret before the present one signs too.
    pub old_secret_until: Option<Time>,
    #[schema(example = 1, minimum = 1)]
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// An endpoint with its signing secret, which is shown here and never again.
#[derive(ToSchema)]
pub struct WebhookEndpointWithSecret {
    #[serde(flatten)]
    pub object: WebhookEndpoint,
    #[schema(example = "whsec_…")]
    pub secret: String,
}

/// What makes an endpoint.
#[derive(ToSchema)]
#[schema(example = json!({"event_types": ["connection.reauthorization_required", "connection.recovered"], "customer_ids": null}))]
#[serde(deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// `https://`, or `http://` where the egress policy's `plaintext` allows it.
    #[schema(example = "https://erp-sync.example/junctionbox", max_length = 2048)]
    pub url: String,
    /// Left out: all.
    #[schema(min_items = 1)]
    pub event_types: Option<Vec<EventType>>,
    /// Left out: all that the key may see.
    #[schema(min_items = 1)]
    pub customer_ids: Option<Vec<CustomerId>>,
    #[schema(example = "ERP sync", max_length = 200)]
    pub description: Option<String>,
    /// PEM, one or more certificates: a private authority that is trusted for this receiver, beside the machine's own.
    #[schema(example = json!(null), max_length = 32768)]
    pub ca_certificate: Option<String>,
}

/// What a change names; everything else stays. `null` takes a filter or the description away.
#[derive(ToSchema)]
#[schema(example = json!({"disabled": false}))]
#[serde(deny_unknown_fields)]
pub struct ChangeWebhookEndpoint {
    #[schema(example = json!(null), max_length = 2048)]
    pub url: Option<String>,
    #[schema(example = json!(null), min_items = 1)]
    pub event_types: Option<Vec<EventType>>,
    #[schema(example = json!(null), min_items = 1)]
    pub customer_ids: Option<Vec<CustomerId>>,
    #[schema(example = json!(null), max_length = 200)]
    pub description: Option<String>,
    #[schema(example = json!(null), max_length = 32768)]
    pub ca_certificate: Option<String>,
    /// `false` switches it on again.
    pub disabled: Option<bool>,
    /// The version that you saw; when it is stale the change is refused with `conflict`. `If-Match` does the same.
    #[schema(example = 1)]
    pub version: Option<i64>,
}

/// From when on.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    pub since: Time,
}

/// What was begun anew.
#[derive(ToSchema)]
pub struct Recovered {
    pub endpoint_id: EndpointId,
    pub since: Time,
    #[schema(example = 12, minimum = 0)]
    pub deliveries: i64,
}

/// One event's way to one receiver.
#[derive(ToSchema)]
#[schema(example = json!({"event_type": "connection.recovered", "status": "delivered", "next_try_at": null}))]
pub struct Delivery {
    pub id: DeliveryId,
    pub endpoint_id: EndpointId,
    pub event_id: EventId,
    pub event_type: EventType,
    pub status: DeliveryStatus,
    #[schema(example = 1, minimum = 0)]
    pub try_count: i64,
    /// Null unless it is waiting.
    pub next_try_at: Option<Time>,
    #[schema(example = "It answered 200.")]
    pub last_outcome: Option<String>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// The same with the body sent and each try.
#[derive(ToSchema)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub object: Delivery,
    /// As it was sent, with links hidden; null where the event is no longer kept.
    #[schema(example = json!({"type": "connection.recovered", "timestamp": "2026-01-05T10:00:00Z", "data": {"reason": null}}))]
    pub body: Value,
    pub tries: Vec<Try>,
}

/// One try and the answer to it.
#[derive(ToSchema)]
#[schema(example = json!({"cause": "schedule", "fault": null}))]
pub struct Try {
    #[schema(example = 1, minimum = 1)]
    pub number: i64,
    pub at: Time,
    #[schema(example = true)]
    pub ok: bool,
    pub cause: TryCause,
    /// What went wrong, in a sentence.
    pub fault: Option<String>,
    #[schema(example = json!({"webhook-id": "evt_01kf3v8q2xe0ts1v5m9w4c7h3n"}))]
    pub request_headers: BTreeMap<String, String>,
    pub answer: Option<TryAnswer>,
    /// The address that was connected to.
    #[schema(example = "203.0.113.7:443")]
    pub peer: Option<String>,
    pub timing: TryTiming,
}

/// What the receiver answered; of the body at most 2 KiB, links hidden.
#[derive(ToSchema)]
pub struct TryAnswer {
    #[schema(example = 200)]
    pub status: i64,
    #[schema(example = json!({"content-type": "text/plain"}))]
    pub headers: BTreeMap<String, String>,
    #[schema(example = "ok")]
    pub body: String,
    #[schema(example = false)]
    pub truncated: bool,
}

/// Milliseconds of each phase; null where it did not happen.
#[derive(ToSchema)]
pub struct TryTiming {
    #[schema(example = 2)]
    pub dns_ms: Option<u32>,
    #[schema(example = 11)]
    pub connect_ms: Option<u32>,
    #[schema(example = 18)]
    pub tls_ms: Option<u32>,
    #[schema(example = 31)]
    pub first_byte_ms: Option<u32>,
    #[schema(example = 63)]
    pub total_ms: u32,
}
