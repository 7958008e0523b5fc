//! The words of webhooks: an endpoint, a delivery, a try, and what may be asked of them.

use std::collections::BTreeSet;

use crate::access::Principal;
use crate::base::{CustomerId, DeliveryId, EndpointId, EventId, Patch, Secret, Timestamp};
use crate::events::{EventKind, EventRow};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($variant),* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// Why an endpoint gets nothing.
    DisabledReason {
        Operator = "operator",
        Gone = "gone",
        Failing = "failing",
    }
}
words! {
    /// How an endpoint is.
    EndpointStatus {
        Enabled = "enabled",
        Failing = "failing",
        Disabled = "disabled",
    }
}
words! {
    /// How a delivery is.
    DeliveryStatus {
        Waiting = "waiting",
        Delivered = "delivered",
        Failed = "failed",
    }
}
words! {
    /// What a try was made for.
    Cause {
        Schedule = "schedule",
        Replay = "replay",
        Test = "test",
    }
}

/// A receiver of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    pub description: Option<String>,
    /// PEM: a private authority that is trusted for this receiver, beside the machine's own.
    pub ca_certificate: Option<String>,
    /// `None` means all.
    pub event_types: Option<Vec<EventKind>>,
    /// `None` means all, and what belongs to no customer.
    pub customer_ids: Option<BTreeSet<CustomerId>>,
    pub disabled: Option<(Timestamp, DisabledReason)>,
    /// Until then the secret before this one signs too.
    pub old_secret_until: Option<Timestamp>,
    /// The first failed try after the last success.
    pub failing_since: Option<Timestamp>,
    pub warned_at: Option<Timestamp>,
    pub last_try_at: Option<Timestamp>,
    pub last_ok_at: Option<Timestamp>,
    /// What the last try came to, in a sentence.
    pub last_outcome: Option<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Endpoint {
    pub fn status(&self) -> EndpointStatus {
        match (self.disabled, self.failing_since) {
            (Some(_), _) => EndpointStatus::Disabled,
            (None, Some(_)) => EndpointStatus::Failing,
            (None, None) => EndpointStatus::Enabled,
        }
    }

    /// Whether this event goes there. Tests go where they were asked for, and nowhere else.
    pub fn wants(&self, event: &EventRow) -> bool {
        let typed = self.event_types.as_ref().is_none_or(|types| types.contains(&event.kind));
        let owned = self
            .customer_ids
            .as_ref()
            .is_none_or(|ids| event.customer_id.is_some_and(|customer| ids.contains(&customer)));
        event.kind != EventKind::Test && typed && owned
    }

    /// A caller bound to some customers sees endpoints that get these customers' events alone.
    pub fn is_seen_by(&self, who: &Principal) -> bool {
        match (who.customers(), &self.customer_ids) {
            (None, _) => true,
            (Some(bound), Some(ids)) => ids.is_subset(bound),
            (Some(_), None) => false,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct NewEndpoint {
    pub url: String,
    pub event_types: Option<Vec<String>>,
    pub customer_ids: Option<Vec<String>>,
    pub description: Option<String>,
    pub ca_certificate: Option<String>,
}

/// What is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeEndpoint {
    pub url: Option<String>,
    pub event_types: Patch<Vec<String>>,
    pub customer_ids: Patch<Vec<String>>,
    pub description: Patch<String>,
    pub ca_certificate: Patch<String>,
    pub disabled: Option<bool>,
}

/// The one moment in which the secret is known.
#[derive(Clone)]
pub struct CreatedEndpoint {
    pub endpoint: Endpoint,
    pub secret: Secret,
}

/// An endpoint with what its deliveries say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointSummary {
    pub endpoint: Endpoint,
    /// Tries of the last 24 hours, and how many of them were good.
    pub tries: i64,
    pub tries_ok: i64,
    pub waiting: i64,
    pub next_try_at: Option<Timestamp>,
}

/// One event's way to one receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub endpoint_id: EndpointId,
    pub event_id: EventId,
    pub event_type: EventKind,
    pub status: DeliveryStatus,
    /// Tries since it began, or began anew.
    pub round_tries: u32,
    pub round_first_at: Option<Timestamp>,
    pub tries: u32,
    pub next_try_at: Option<Timestamp>,
    pub last_outcome: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// One try, with the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    pub number: u32,
    pub at: Timestamp,
    pub ok: bool,
    pub cause: Cause,
    /// The answer's, where there was one.
    pub status: Option<u16>,
    /// What went wrong, in a sentence.
    pub fault: Option<String>,
    pub record: TryRecord,
}

/// What is kept of a try. Links are hidden in what came back.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TryRecord {
    pub request_headers: Vec<(String, String)>,
    pub peer: Option<String>,
    /// The answer's.
    pub headers: Vec<(String, String)>,
    /// Its beginning; none where nothing answered.
    pub body: Option<String>,
    pub truncated: bool,
    pub timing: TryTiming,
}

/// Milliseconds of each phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TryTiming {
    pub dns_ms: Option<u32>,
    pub connect_ms: Option<u32>,
    pub tls_ms: Option<u32>,
    pub first_byte_ms: Option<u32>,
    pub total_ms: u32,
}

/// Everything about one delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryDetail {
    pub delivery: Delivery,
    pub endpoint: Endpoint,
    /// As it was sent, with links hidden; none where the event is no longer kept.
    pub body: Option<String>,
    pub tries: Vec<Try>,
}

#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub endpoint_id: Option<EndpointId>,
    pub event_id: Option<EventId>,
    pub status: Option<DeliveryStatus>,
    pub event_types: Vec<EventKind>,
}
