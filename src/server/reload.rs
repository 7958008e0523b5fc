//! A reload (SIGHUP): the configuration is read again, and what can be exchanged under way is exchanged: the log's level,
//! the egress policy, the certificate's files. Every other key that changed is named in the log, since it waits for a restart.

use std::collections::BTreeSet;

use sd_notify::NotifyState;

use super::lifecycle::{Reading, Running, tell};
use super::logging::LogControl;
use super::settings;
use crate::config::{Config, Written};

/// Keys that a reload takes over; a name with a dot at its end means the whole section.
pub const TAKEN_OVER: &[&str] = &["log.level", "egress."];

fn is_taken_over(key: &str) -> bool {
    TAKEN_OVER.iter().any(|known| *known == key || (known.ends_with('.') && key.starts_with(known)))
}

/// What is in force, and how to read it again.
pub(super) struct Reloading {
    log: LogControl,
    reading: Reading,
    in_force: Written,
}

impl Reloading {
    pub(super) fn begin(running: &Running, log: LogControl, reading: Reading) -> Self {
        Self { log, reading, in_force: running.app.config.written.clone() }
    }

    pub(super) fn again(&mut self, running: &Running) {
        tell(&[NotifyState::Reloading]);
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            tell(&[now]);
        }
        running.reload_tls();
        match Config::load(self.reading.file.as_deref(), &self.reading.environment, &self.reading.overrides) {
            Ok(config) => self.exchange(running, &config),
            Err(problems) => {
                for problem in problems {
                    tracing::error!(%problem, "the configuration was not read again");
                }
            }
        }
        tell(&[NotifyState::Ready]);
    }

    fn exchange(&mut self, running: &Running, config: &Config) {
        let (exchanged, waiting) = parted(self.in_force.changed(&config.written));
        match settings::egress(&config.egress) {
            Ok(policy) => running.app.upstream.reload_egress(policy),
            Err(problem) => {
                tracing::error!(%problem, "the configuration was not read again");
                return;
            }
        }
        self.log.set_level(config.log.level);
        self.in_force.take_over(&config.written, exchanged.iter());
        let listed = |keys: &BTreeSet<String>| keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if !exchanged.is_empty() {
            tracing::info!(keys = listed(&exchanged), "the configuration was read again, and these are in force now");
        }
        if !waiting.is_empty() {
            tracing::warn!(keys = listed(&waiting), "these changes wait for a restart");
        }
    }
}

/// What is taken over at once, and what is not.
fn parted(changed: BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    changed.into_iter().partition(|key| is_taken_over(key))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Overrides;

    fn written(settings: &[(&str, &str)]) -> Written {
        let environment: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| (format!("JUNCTIONBOX_{name}"), value.to_string())).collect();
        Config::without_file(&environment, &Overrides::default()).ok().unwrap().written
    }

    #[test]
    fn changes_are_parted_into_exchanged_and_waiting_and_waiting_ones_stay_named() {
        let mut in_force = written(&[("LOG__LEVEL", "info"), ("HEALTH__INTERVAL_SECONDS", "60")]);
        let later =
            written(&[("LOG__LEVEL", "debug"), ("EGRESS__ALLOW", "10.0.0.0/8"), ("HEALTH__INTERVAL_SECONDS", "30")]);
        for round in 0..2 {
            let (exchanged, waiting) = parted(in_force.changed(&later));
            let wanted: &[&str] = if round == 0 { &["egress.allow", "log.level"] } else { &[] };
            assert_eq!(exchanged.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
            assert_eq!(waiting.iter().map(String::as_str).collect::<Vec<_>>(), ["health.interval_seconds"]);
            in_force.take_over(&later, exchanged.iter());
        }
        assert!(in_force.changed(&in_force).is_empty());
    }
}
