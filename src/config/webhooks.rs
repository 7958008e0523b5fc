//! `[webhooks]`: how long a receiver may take, and when a delivery is tried again.

use std::time::Duration;

use super::section::Section;

#[derive(Debug, Clone)]
pub struct Webhooks {
    pub timeout: Duration,
    /// Pauses before each try; the first is usually zero.
    pub schedule: Vec<Duration>,
}

pub fn read(section: &mut Section<'_>) -> Webhooks {
    let timeout = section.seconds("timeout_seconds", 15, 1..=120);
    let hour = 3600;
    let default = [0, 5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
    let schedule = section.or("schedule", default.map(Duration::from_secs).to_vec());
    if schedule.is_empty() || schedule.len() > 30 {
        section.problem("schedule", "there must be 1 to 30 tries", "Give a list like [\"0s\", \"5s\", \"5m\"]");
    }
    Webhooks { timeout, schedule }
}
