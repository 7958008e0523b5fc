//! Doubt in our own network: when more than half of at least ten hosts that were well stop answering within one interval,
//! it is more likely us than them. Pure but for what it remembers.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::base::Timestamp;

/// Fewer hosts than this say nothing about us.
const LEAST_HOSTS: usize = 10;
/// Doubt ends after this time, whatever happens.
const LONGEST: Duration = Duration::from_secs(300);

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Doubt { failing: usize, hosts: usize },
    Trust,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Well,
    /// It was well before.
    FailedAt(Timestamp),
    /// It has failed for long; it is no longer evidence.
    Down,
}

#[derive(Default)]
pub(super) struct Suspicion {
    hosts: HashMap<String, Host>,
    doubt: Option<Timestamp>,
}

impl Suspicion {
    pub fn in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Takes over what was seen of a host.
    pub fn note(&mut self, host: &str, answered: bool, now: Timestamp, interval: Duration) -> Option<Change> {
        let entry = self.hosts.entry(host.to_owned()).or_insert(Host::Down);
        *entry = match (*entry, answered) {
            (_, true) => Host::Well,
            (Host::Well, false) => Host::FailedAt(now),
            (other, false) => other,
        };
        if self.doubt.is_none() {
            return self.begin(now, interval);
        }
        self.end_when_half_answer()
    }

    /// A host that nobody is connected to any more is no evidence.
    pub fn keep_only(&mut self, connected: &HashSet<String>) {
        self.hosts.retain(|host, _| connected.contains(host));
    }

    /// Time passes.
    pub fn tick(&mut self, now: Timestamp) -> Option<Change> {
        let since = self.doubt?;
        if now.since(since) < LONGEST {
            return None;
        }
        // They are down, not we: from now on they count as down.
        for host in self.hosts.values_mut() {
            if matches!(host, Host::FailedAt(_)) {
                *host = Host::Down;
            }
        }
        self.doubt = None;
        Some(Change::Trust)
    }

    fn begin(&mut self, now: Timestamp, interval: Duration) -> Option<Change> {
        let (mut well, mut failing) = (0usize, 0usize);
        for host in self.hosts.values_mut() {
            match host {
                Host::Well => well = well.saturating_add(1),
                Host::FailedAt(at) if now.since(*at) <= interval => failing = failing.saturating_add(1),
                Host::FailedAt(_) => *host = Host::Down,
                Host::Down => {}
            }
        }
        let hosts = well.saturating_add(failing);
        if hosts < LEAST_HOSTS || failing.saturating_mul(2) <= hosts {
            return None;
        }
        self.doubt = Some(now);
        Some(Change::Doubt { failing, hosts })
    }

    fn end_when_half_answer(&mut self) -> Option<Change> {
        let well = self.hosts.values().filter(|host| **host == Host::Well).count();
        let failing = self.hosts.values().filter(|host| matches!(host, Host::FailedAt(_))).count();
        if well < failing {
            return None;
        }
        self.doubt = None;
        Some(Change::Trust)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn well(hosts: usize) -> Suspicion {
        let mut suspicion = Suspicion::default();
        for host in 0..hosts {
            assert_eq!(suspicion.note(&host.to_string(), true, at(0), INTERVAL), None);
        }
        suspicion
    }

    #[test]
    fn more_than_half_of_ten_hosts_make_a_doubt_that_ends_when_half_answer() {
        let mut suspicion = well(12);
        for host in 0..6 {
            assert_eq!(suspicion.note(&host.to_string(), false, at(10), INTERVAL), None, "{host}");
        }
        assert_eq!(suspicion.note("6", false, at(11), INTERVAL), Some(Change::Doubt { failing: 7, hosts: 12 }));
        assert!(suspicion.in_doubt());
        assert_eq!(suspicion.note("7", false, at(12), INTERVAL), None);
        assert_eq!(suspicion.note("0", true, at(20), INTERVAL), None);
        assert_eq!(suspicion.note("1", true, at(21), INTERVAL), Some(Change::Trust));
    }

    #[test]
    fn few_hosts_or_slow_failures_raise_no_doubt() {
        let mut few = well(9);
        for host in 0..9 {
            assert_eq!(few.note(&host.to_string(), false, at(1), INTERVAL), None);
        }
        let mut slow = well(12);
        for host in 0..12 {
            assert_eq!(slow.note(&host.to_string(), false, at(i64::from(host) * 61), INTERVAL), None);
        }
    }

    #[test]
    fn a_doubt_ends_after_five_minutes_and_is_not_raised_again_by_the_same_hosts() {
        let mut suspicion = well(12);
        let changes: Vec<_> =
            (0..12).filter_map(|host| suspicion.note(&host.to_string(), false, at(1), INTERVAL)).collect();
        assert_eq!(changes.len(), 1);
        assert_eq!(suspicion.tick(at(200)), None);
        assert_eq!(suspicion.tick(at(302)), Some(Change::Trust));
        assert_eq!(suspicion.note("0", false, at(303), INTERVAL), None);
    }
}
