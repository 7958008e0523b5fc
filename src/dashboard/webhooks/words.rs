//! The states of endpoints and deliveries in words, with the tone and glyph of the status that they are like. Pure.

use crate::base::Status;
use crate::events::EventKind;
use crate::webhooks::{Delivery, DeliveryStatus, DisabledReason, Endpoint, EndpointStatus};

/// A state, ready to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Gives colour and glyph.
    pub tone: Status,
    pub word: &'static str,
}

pub fn of_endpoint(endpoint: &Endpoint) -> State {
    let (tone, word) = match (endpoint.status(), endpoint.disabled) {
        (EndpointStatus::Enabled, _) => (Status::Active, "Enabled"),
        (EndpointStatus::Failing, _) => (Status::Unreachable, "Failing"),
        (EndpointStatus::Disabled, Some((_, DisabledReason::Operator))) => (Status::Inactive, "Switched off"),
        (EndpointStatus::Disabled, _) => (Status::ReauthorizationRequired, "Disabled"),
    };
    State { tone, word }
}

pub fn of_delivery(delivery: &Delivery) -> State {
    of_status(delivery.status, delivery.tries > 0)
}

pub fn of_status(status: DeliveryStatus, tried: bool) -> State {
    let (tone, word) = match (status, tried) {
        (DeliveryStatus::Delivered, _) => (Status::Active, "Delivered"),
        (DeliveryStatus::Waiting, true) => (Status::Degraded, "Tried again later"),
        (DeliveryStatus::Waiting, false) => (Status::Pending, "Waiting"),
        (DeliveryStatus::Failed, _) => (Status::Unreachable, "Failed"),
    };
    State { tone, word }
}

/// `connection.recovered` → “Connection recovered”.
pub fn of_event(kind: EventKind) -> String {
    crate::dashboard::audit::view::action_words(kind.as_str())
}

/// Which events go there, in a few words.
pub fn filter(endpoint: &Endpoint) -> String {
    let types = match endpoint.event_types.as_deref() {
        None => "all events".to_owned(),
        Some([one]) => one.as_str().to_owned(),
        Some(many) => format!("{} types of events", many.len()),
    };
    match endpoint.customer_ids.as_ref().map(std::collections::BTreeSet::len) {
        None => types,
        Some(1) => format!("{types}, of 1 customer"),
        Some(many) => format!("{types}, of {many} customers"),
    }
}

/// Host and path, without what is the same everywhere.
pub fn short_address(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    bare.split('?').next().unwrap_or(bare).trim_end_matches('/').to_owned()
}
