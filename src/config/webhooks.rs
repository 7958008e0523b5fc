//! `[webhooks]`: how long a receiver may take, when a delivery is tried again, and how long it is kept.

use std::time::Duration;

use super::section::Section;

#[derive(Debug, Clone)]
pub struct Webhooks {
    pub timeout: Duration,
    /// Pauses before each try; the first is usually zero.
    pub schedule: Vec<Duration>,
    /// Tries at once.
    pub concurrency: u32,
    pub concurrency_per_endpoint: u32,
    /// How long the secret before a rotation still signs.
    pub secret_overlap: Duration,
    /// How long finished deliveries are kept.
    pub retention: Duration,
    /// How long events are kept; one that still waits for a receiver stays.
    pub retention_events: Duration,
}

pub fn read(section: &mut Section<'_>) -> Webhooks {
    let timeout = section.seconds("timeout_seconds", 15, 1..=120);
    let hour = 3600;
    let default = [0, 5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
    let schedule = section.or("schedule", default.map(Duration::from_secs).to_vec());
    if schedule.is_empty() || schedule.len() > 30 {
        section.problem("schedule", "there must be 1 to 30 tries", "Give a list like [\"0s\", \"5s\", \"5m\"]");
    }
    let concurrency = section.count("concurrency", 64, 1..=10_000);
    let concurrency_per_endpoint = section.count("concurrency_per_endpoint", 4, 1..=100);
    let secret_overlap = section.or("secret_overlap", Duration::from_secs(24 * hour));
    let retention = section.or("retention_deliveries", Duration::from_secs(30 * 24 * hour));
    if retention < Duration::from_secs(hour) {
        let message = "deliveries would be kept for less than an hour";
        section.problem("retention_deliveries", message, "Give at least “1h”");
    }
    let retention_events = section.or("retention_events", Duration::from_secs(400 * 24 * hour));
    if retention_events < retention {
        let message = "events would be kept for less time than their deliveries";
        section.problem("retention_events", message, "Give at least as long as retention_deliveries");
    }
    Webhooks { timeout, schedule, concurrency, concurrency_per_endpoint, secret_overlap, retention, retention_events }
}
