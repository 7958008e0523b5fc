//! The types of events, an event to write, an event that was read, a filter.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::{ConnectionId, CustomerId, EventId, Timestamp};

macro_rules! kinds {
    ($($name:ident = $text:literal,)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventKind { $($name),* }
        impl EventKind {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The `type` of the body.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
            }
        }
    };
}

kinds! {
    ConnectionCreated = "connection.created",
    ConnectionActivated = "connection.activated",
    ConnectionDegraded = "connection.degraded",
    ConnectionUnreachable = "connection.unreachable",
    ConnectionReauthorizationRequired = "connection.reauthorization_required",
    ConnectionRecovered = "connection.recovered",
    ConnectionReconnected = "connection.reconnected",
    ConnectionExpiring = "connection.expiring",
    ConnectionInactive = "connection.inactive",
    ConnectionDisconnected = "connection.disconnected",
    CreditsLow = "credits.low",
    CreditsExhausted = "credits.exhausted",
    CreditsGranted = "credits.granted",
    ApplicationCredentialsInvalid = "application.credentials_invalid",
    InstanceAlarm = "instance.alarm",
    EndpointFailing = "endpoint.failing",
    EndpointDisabled = "endpoint.disabled",
    CustomerDeleted = "customer.deleted",
    VaultRotated = "vault.rotated",
    Test = "test",
}

/// An event to write.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub id: EventId,
    pub kind: EventKind,
    pub at: Timestamp,
    pub customer_id: Option<CustomerId>,
    pub connection_id: Option<ConnectionId>,
    /// The `data` of the body. Never a secret.
    pub data: Value,
}

/// An event as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    pub id: EventId,
    pub kind: EventKind,
    pub at: Timestamp,
    pub customer_id: Option<CustomerId>,
    pub connection_id: Option<ConnectionId>,
    pub data: Value,
}

/// What to look for; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Empty means all.
    pub kinds: Vec<EventKind>,
    pub customer_id: Option<CustomerId>,
    pub connection_id: Option<ConnectionId>,
    /// What the caller may see: events of these customers only (and none of the instance's own).
    pub customers: Option<BTreeSet<CustomerId>>,
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    /// A word in the type or the data.
    pub q: Option<String>,
}
