//! Webhooks: events on their way to receivers. Owns endpoints, deliveries and every try; signs by Standard Webhooks 1.0.
//! Refuses addresses outside the egress policy. Invariant: an event is queued in the transaction that wrote it and leaves
//! the queue in the one that wrote its deliveries; a delivery waits until an answer was written down. A crash repeats a
//! try, it never loses one.

mod attempt;
mod body;
mod deliveries;
mod endpoints;
mod engine;
mod error;
mod fan_out;
mod model;
mod outcome;
mod recover;
mod rules;
mod schedule;
mod service;
mod signing;
mod store;

pub use body::{hide_links, shown_body};
pub use error::WebhookError;
pub use model::{
    Cause, ChangeEndpoint, CreatedEndpoint, Delivery, DeliveryDetail, DeliveryFilter, DeliveryStatus, DisabledReason,
    Endpoint, EndpointStatus, EndpointSummary, NewEndpoint, Try, TryRecord, TryTiming,
};
pub use service::{Backlog, TryCounter, WebhookSettings, Webhooks, WebhooksParts};
