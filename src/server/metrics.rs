//! What Prometheus may ask: counters that the domains feed through plain functions, and gauges that are set when they are
//! asked for. Names carry the contract's words; never a customer, an address or a secret.

mod backups;

use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use backups::BackupGauges;

use crate::backup::BackupStatus;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct StatusLabel {
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct CheckLabel {
    status: String,
    reason: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RequestLabel {
    method: String,
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ProxiedLabel {
    /// `system`, or the code of our own answer.
    answered_by: String,
    /// `2xx`.
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindLabel {
    kind: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct OutcomeLabel {
    outcome: String,
}

/// Everything that is counted. Cloning gives another handle to the same counters.
#[derive(Clone, Default)]
pub struct Counters {
    checks: Family<CheckLabel, Counter>,
    check_seconds: Option<Histogram>,
    requests: Family<RequestLabel, Counter>,
    events: Family<KindLabel, Counter>,
    mails: Family<KindLabel, Counter>,
    proxied: Family<ProxiedLabel, Counter>,
    proxied_bytes: Family<KindLabel, Counter>,
    proxied_seconds: Option<Histogram>,
    webhook_tries: Family<OutcomeLabel, Counter>,
}

impl Counters {
    /// A check was done: the status and reason it led to.
    pub fn check_done(&self, status: &str, reason: Option<&str>, took: Duration) {
        let label = CheckLabel { status: status.into(), reason: reason.unwrap_or_default().into() };
        self.checks.get_or_create(&label).inc();
        if let Some(histogram) = &self.check_seconds {
            histogram.observe(took.as_secs_f64());
        }
    }

    pub fn request_answered(&self, method: &str, status: u16) {
        let method = if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
            method
        } else {
            "other"
        };
        let label = RequestLabel { method: method.into(), status: status.to_string() };
        self.requests.get_or_create(&label).inc();
    }

    /// What became of a mail, or of a try: `sent`, `failed`, `deferred`, `dropped`, `server_trouble`.
    pub fn mail_done(&self, outcome: &str) {
        self.mails.get_or_create(&KindLabel { kind: outcome.into() }).inc();
    }

    /// Counts each request that the proxy forwarded or refused.
    pub fn of_requests(&self) -> crate::proxy::Observer {
        let counters = self.clone();
        std::sync::Arc::new(move |row| {
            let answered_by = row.code.clone().unwrap_or_else(|| "system".into());
            let status = format!("{}xx", row.status / 100);
            counters.proxied.get_or_create(&ProxiedLabel { answered_by, status }).inc();
            for (kind, bytes) in [("sent", row.bytes_sent), ("received", row.bytes_received)] {
                counters.proxied_bytes.get_or_create(&KindLabel { kind: kind.into() }).inc_by(bytes);
            }
            if let Some(histogram) = &counters.proxied_seconds {
                histogram.observe(f64::from(row.total_ms) / 1000.0);
            }
        })
    }

    /// A receiver was tried: `delivered`, `failed` or `gone`.
    pub fn webhook_tried(&self, outcome: &str) {
        self.webhook_tries.get_or_create(&OutcomeLabel { outcome: outcome.into() }).inc();
    }

    pub fn event_written(&self, kind: &str) {
        self.events.get_or_create(&KindLabel { kind: kind.into() }).inc();
    }
}

/// What is read anew at each scrape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub connections: Vec<(String, u64)>,
    pub credits_granted: i64,
    pub credits_in_use: i64,
    pub credits_available: i64,
    pub scheduler_lag: Duration,
    pub checks_waiting: u64,
    pub checks_running: u64,
    pub webhooks_waiting: i64,
    /// How long the oldest waiting delivery has been waiting.
    pub webhooks_oldest: Duration,
    pub audit_sequence: i64,
    pub vault_sealed: bool,
    pub uptime: Duration,
    pub mails_waiting: u64,
    /// How long the oldest waiting mail has waited.
    pub mail_age: Duration,
    pub backup: BackupStatus,
    pub standing_by: bool,
}

struct Gauges {
    connections: Family<StatusLabel, Gauge>,
    credits: Family<KindLabel, Gauge>,
    scheduler_lag: Gauge<f64, std::sync::atomic::AtomicU64>,
    checks_waiting: Gauge,
    checks_running: Gauge,
    webhooks_waiting: Gauge,
    webhooks_oldest: Gauge<f64, std::sync::atomic::AtomicU64>,
    audit_sequence: Gauge,
    vault_sealed: Gauge,
    uptime: Gauge,
    mails_waiting: Gauge,
    mail_age: Gauge,
    backups: BackupGauges,
}

pub struct Metrics {
    registry: Registry,
    counters: Counters,
    gauges: Mutex<Gauges>,
}

impl Metrics {
    pub fn new(version: &str) -> Self {
        let mut registry = Registry::with_prefix("junctionbox");
        let counters = Counters {
            check_seconds: Some(Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0])),
            proxied_seconds: Some(Histogram::new([
                0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
            ])),
            ..Counters::default()
        };
        registry.register("checks", "Checks by the status and reason they led to", counters.checks.clone());
        if let Some(histogram) = counters.check_seconds.clone() {
            registry.register_with_unit("check_duration", "How long checks took", Unit::Seconds, histogram);
        }
        registry.register("http_requests", "Answered requests", counters.requests.clone());
        registry.register("proxied_requests", "Requests of the proxy by who answered", counters.proxied.clone());
        registry.register_with_unit(
            "proxied",
            "Bodies that passed the proxy",
            Unit::Bytes,
            counters.proxied_bytes.clone(),
        );
        if let Some(histogram) = counters.proxied_seconds.clone() {
            registry.register_with_unit("proxied_duration", "How long proxied requests took", Unit::Seconds, histogram);
        }
        registry.register("events", "Events written, by type", counters.events.clone());
        registry.register("mails", "Mails and tries by what became of them", counters.mails.clone());
        registry.register("webhook_tries", "Tries to deliver an event, by outcome", counters.webhook_tries.clone());
        let gauges = Gauges::register(&mut registry);
        let info = prometheus_client::metrics::info::Info::new(vec![("version", version.to_owned())]);
        registry.register("build", "The version that runs", info);
        Self { registry, counters, gauges: Mutex::new(gauges) }
    }

    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// The text of a scrape (OpenMetrics 1.0).
    pub fn render(&self, snapshot: &Snapshot) -> String {
        let mut out = String::new();
        let gauges = self.gauges.lock();
        gauges.set(snapshot);
        if text::encode(&mut out, &self.registry).is_err() {
            out.clear();
        }
        out
    }
}

impl Gauges {
    fn register(registry: &mut Registry) -> Self {
        let gauges = Self {
            connections: Family::default(),
            credits: Family::default(),
            scheduler_lag: Gauge::default(),
            checks_waiting: Gauge::default(),
            checks_running: Gauge::default(),
            webhooks_waiting: Gauge::default(),
            webhooks_oldest: Gauge::default(),
            audit_sequence: Gauge::default(),
            vault_sealed: Gauge::default(),
            uptime: Gauge::default(),
            mails_waiting: Gauge::default(),
            mail_age: Gauge::default(),
            backups: BackupGauges::register(registry),
        };
        registry.register("connections", "Connections by status", gauges.connections.clone());
        registry.register("credits", "Credits granted, in use and available", gauges.credits.clone());
        let lag = gauges.scheduler_lag.clone();
        registry.register_with_unit("scheduler_lag", "How late the latest check began", Unit::Seconds, lag);
        registry.register("checks_waiting", "Checks that are due and wait for a permit", gauges.checks_waiting.clone());
        registry.register("checks_running", "Checks that are running", gauges.checks_running.clone());
        let waiting = gauges.webhooks_waiting.clone();
        registry.register("webhook_deliveries_waiting", "Deliveries that wait for their next try", waiting);
        let oldest = gauges.webhooks_oldest.clone();
        let help = "How long the oldest waiting delivery has been waiting";
        registry.register_with_unit("webhook_oldest_waiting", help, Unit::Seconds, oldest);
        registry.register("audit_sequence", "Number of the newest audit entry", gauges.audit_sequence.clone());
        registry.register("vault_sealed", "1 while the vault has no key", gauges.vault_sealed.clone());
        registry.register_with_unit("uptime", "Time since the start", Unit::Seconds, gauges.uptime.clone());
        registry.register("mails_waiting", "Mails that wait to be sent", gauges.mails_waiting.clone());
        let age = gauges.mail_age.clone();
        registry.register_with_unit("mail_queue_age", "How long the oldest mail has waited", Unit::Seconds, age);
        gauges
    }

    fn set(&self, snapshot: &Snapshot) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.connections.clear();
        for (status, count) in &snapshot.connections {
            self.connections.get_or_create(&StatusLabel { status: status.clone() }).set(whole(*count));
        }
        for (kind, amount) in [
            ("granted", snapshot.credits_granted),
            ("in_use", snapshot.credits_in_use),
            ("available", snapshot.credits_available),
        ] {
            self.credits.get_or_create(&KindLabel { kind: kind.into() }).set(amount);
        }
        self.backups.set(&snapshot.backup, snapshot.standing_by);
        self.scheduler_lag.set(snapshot.scheduler_lag.as_secs_f64());
        self.checks_waiting.set(whole(snapshot.checks_waiting));
        self.checks_running.set(whole(snapshot.checks_running));
        self.webhooks_waiting.set(snapshot.webhooks_waiting);
        self.webhooks_oldest.set(snapshot.webhooks_oldest.as_secs_f64());
        self.audit_sequence.set(snapshot.audit_sequence);
        self.vault_sealed.set(i64::from(snapshot.vault_sealed));
        self.uptime.set(whole(snapshot.uptime.as_secs()));
        self.mails_waiting.set(whole(snapshot.mails_waiting));
        self.mail_age.set(whole(snapshot.mail_age.as_secs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_shows_counters_and_the_snapshot() {
        let metrics = Metrics::new("1.2.3");
        metrics.counters().check_done("active", None, Duration::from_millis(30));
        metrics.counters().request_answered("BREW", 418);
        let snapshot = Snapshot { connections: vec![("active".into(), 7)], vault_sealed: true, ..Snapshot::default() };
        let text = metrics.render(&snapshot);
        for line in [
            "junctionbox_connections{status=\"active\"} 7",
            "junctionbox_checks_total{status=\"active\",reason=\"\"} 1",
            "junctionbox_check_duration_seconds_count 1",
            "junctionbox_http_requests_total{method=\"other\",status=\"418\"} 1",
            "junctionbox_vault_sealed 1",
            "junctionbox_build_info{version=\"1.2.3\"} 1",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        let text = metrics.render(&Snapshot::default());
        assert!(!text.contains("junctionbox_connections{"), "{text}");
    }
}
