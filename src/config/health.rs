//! `[health]`: how often and how patiently systems are looked at, and how long the history is kept.

use std::time::Duration;

use super::section::Section;

const DAY: u64 = 86_400;

#[derive(Debug, Clone)]
pub struct Health {
    pub interval: Duration,
    pub minimum_interval: Duration,
    pub failures_before_unreachable: u32,
    pub successes_after_unreachable: u32,
    pub successes_after_reauthorization: u32,
    pub confirm_delay: Duration,
    pub connect_timeout: Duration,
    pub response_timeout: Duration,
    /// A good answer slower than this counts as slow.
    pub slow_after: Duration,
    pub concurrency: u32,
    pub concurrency_per_host: u32,
    pub startup_grace: Duration,
    pub retention: Retention,
}

/// How long each grain of the history is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Single checks.
    pub checks: Duration,
    pub minutes: Duration,
    pub hours: Duration,
    pub days: Duration,
    /// Decision records.
    pub transitions: Duration,
    /// Lines of the proxy's log.
    pub requests: Duration,
}

pub fn read(section: &mut Section<'_>) -> Health {
    let minimum_interval = section.seconds("minimum_interval_seconds", 5, 1..=DAY);
    let interval = section.seconds("interval_seconds", 60, 1..=DAY);
    if interval < minimum_interval {
        let (wish, least) = (interval.as_secs(), minimum_interval.as_secs());
        let message = format!("{wish} seconds are shorter than minimum_interval_seconds, which is {least}");
        section.problem(
            "interval_seconds",
            &message,
            &format!("Give at least {least}, or lower minimum_interval_seconds"),
        );
    }
    let concurrency = section.count("concurrency", 256, 1..=10_000);
    let concurrency_per_host = section.count("concurrency_per_host", 4, 1..=1_000);
    if concurrency_per_host > concurrency {
        let message = format!("{concurrency_per_host} per host are more than concurrency, which is {concurrency}");
        section.problem("concurrency_per_host", &message, "Give at most as many as concurrency");
    }
    Health {
        interval,
        minimum_interval,
        failures_before_unreachable: section.count("failures_before_unreachable", 3, 1..=100),
        successes_after_unreachable: section.count("successes_after_unreachable", 2, 1..=100),
        successes_after_reauthorization: section.count("successes_after_reauthorization", 1, 1..=100),
        confirm_delay: section.seconds("confirm_delay_seconds", 5, 0..=3600),
        connect_timeout: section.seconds("connect_timeout_seconds", 5, 1..=300),
        response_timeout: section.seconds("response_timeout_seconds", 15, 1..=900),
        slow_after: section.seconds("slow_seconds", 5, 1..=900),
        concurrency,
        concurrency_per_host,
        startup_grace: section.seconds("startup_grace_seconds", 10, 0..=3600),
        retention: Retention {
            checks: kept(section, "retention_checks", 7),
            minutes: kept(section, "retention_minutes", 1),
            hours: kept(section, "retention_hours", 30),
            days: kept(section, "retention_days", 5 * 365),
            transitions: kept(section, "retention_transitions", 5 * 365),
            requests: kept(section, "retention_requests", 7),
        },
    }
}

fn kept(section: &mut Section<'_>, key: &str, days: u64) -> Duration {
    let span = section.or(key, Duration::from_secs(days * DAY));
    if span < Duration::from_secs(3600) {
        section.problem(key, "the history would be kept for less than an hour", "Give at least “1h”");
    }
    span
}
