//! The attempt budget: a refused secret is never sent again, however many connections, forms and restarts ask for it.
//! Owns the rules (pure) and the in-memory copy of what was refused; written by commit hooks, so it survives restarts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::OwnedMutexGuard;

use super::store::{self, Attempt};
use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

/// A person whose different secret was refused waits so long before the next one.
const PERSON_WAIT: Duration = Duration::from_secs(15 * 60);
/// Refusals of a host count within this time; sign-ins slow down from the third on.
const HOST_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Who wants to send a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The scheduler, a check by hand, the proxy: the stored secret.
    Machine,
    /// Somebody gave this secret just now.
    Person,
}

/// Whether a secret may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowance {
    /// Yes. `refused_before`: it was refused once already, so this is the confirming attempt.
    Send { refused_before: bool },
    /// Yes, by an attempt that an operator allowed.
    SendExtra,
    /// No: refused, and not sent again.
    Spent { since: Timestamp },
    /// Not yet: another secret was refused a moment ago.
    Wait { retry_after: Duration },
}

/// The rule.
pub(super) fn allowance(refused: &[Attempt], fingerprint: &[u8], asker: Asker, now: Timestamp) -> Allowance {
    let this = refused.iter().find(|attempt| attempt.fingerprint == fingerprint);
    match (this, asker) {
        (Some(attempt), Asker::Machine) if attempt.spent && attempt.extra > 0 => Allowance::SendExtra,
        (Some(attempt), Asker::Machine) if !attempt.spent => Allowance::Send { refused_before: true },
        (Some(attempt), _) => Allowance::Spent { since: attempt.last_refused_at },
        (None, Asker::Machine) => Allowance::Send { refused_before: false },
        (None, Asker::Person) => match wait(refused, now) {
            Some(retry_after) => Allowance::Wait { retry_after },
            None => Allowance::Send { refused_before: false },
        },
    }
}

/// What is left of the wait for a person's next secret.
fn wait(refused: &[Attempt], now: Timestamp) -> Option<Duration> {
    let until = refused.iter().filter_map(|attempt| attempt.person_wait_until).max();
    until.filter(|until| *until > now).map(|until| until.since(now))
}

/// How long a person's next different secret has to wait after this refusal: the first secret of all waits for nothing.
fn person_wait(refused: &[Attempt], fingerprint: &[u8], asker: Asker, now: Timestamp) -> Option<Timestamp> {
    let others = refused.iter().any(|attempt| attempt.fingerprint != fingerprint);
    (asker == Asker::Person && others).then(|| now.plus(PERSON_WAIT))
}

type Key = (String, String);
type Gate = Arc<tokio::sync::Mutex<()>>;

/// What was refused, in memory, and the gates that keep attempts from overlapping.
#[derive(Clone, Default)]
pub(super) struct Attempts {
    refused: Arc<RwLock<HashMap<Key, Vec<Attempt>>>>,
    gates: Arc<Mutex<HashMap<Key, Gate>>>,
}

impl Attempts {
    /// Attempts on one (host, user) never overlap: hold this while a secret is on its way.
    pub async fn enter(&self, host: &str, user: &str) -> OwnedMutexGuard<()> {
        let gate = {
            let mut gates = self.gates.lock();
            if gates.len() > 4096 {
                gates.retain(|_, gate| Arc::strong_count(gate) > 1);
            }
            gates.entry((host.into(), user.into())).or_default().clone()
        };
        gate.lock_owned().await
    }

    pub fn allowance(&self, host: &str, user: &str, fingerprint: &[u8], asker: Asker, now: Timestamp) -> Allowance {
        allowance(&self.of(host, user), fingerprint, asker, now)
    }

    /// How long a person's next, different secret has to wait.
    pub fn next_try_in(&self, host: &str, user: &str, now: Timestamp) -> Option<Duration> {
        wait(&self.of(host, user), now)
    }

    fn of(&self, host: &str, user: &str) -> Vec<Attempt> {
        self.refused.read().get(&(host.to_owned(), user.to_owned())).cloned().unwrap_or_default()
    }

    pub fn knows(&self, host: &str, user: &str, fingerprint: &[u8]) -> bool {
        self.of(host, user)
            .iter()
            .any(|attempt| attempt.fingerprint == fingerprint || attempt.person_wait_until.is_some())
    }

    /// Some systems lock addresses too: from the third refusal of a host on, unproven sign-ins there wait.
    pub fn slow_down(&self, host: &str, now: Timestamp) -> Duration {
        let since = now.minus(HOST_WINDOW);
        let refusals: u32 = self
            .refused
            .read()
            .iter()
            .filter(|((found, _), _)| found == host)
            .flat_map(|(_, attempts)| attempts)
            .filter(|attempt| attempt.last_refused_at >= since)
            .map(|attempt| attempt.refusals)
            .sum();
        match refusals.checked_sub(3) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1u64 << beyond.min(5)),
        }
    }

    /// Fills the copy at start.
    pub fn load(&self, rows: &impl Rows) -> Result<(), StoreError> {
        let keys = store::attempt_keys(rows)?;
        let mut refused = HashMap::new();
        for (host, user) in keys {
            let found = store::attempts_of(rows, &host, &user)?;
            refused.insert((host, user), found);
        }
        *self.refused.write() = refused;
        Ok(())
    }

    pub fn record_refusal(
        &self,
        tx: &Tx<'_>,
        (host, user): (&str, &str),
        fingerprint: &[u8],
        asker: Asker,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let wait = person_wait(&store::attempts_of(tx, host, user)?, fingerprint, asker, at);
        store::record_refusal(tx, host, user, fingerprint, at, wait)?;
        self.follow(tx, host, user)
    }
    pub fn spend(&self, tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
        store::spend(tx, host, user, fingerprint)?;
        self.follow(tx, host, user)
    }
    pub fn accept(&self, tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
        store::accept(tx, host, user, fingerprint)?;
        self.follow(tx, host, user)
    }
    pub fn give_extra(&self, tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
        store::give_extra(tx, host, user, fingerprint)?;
        self.follow(tx, host, user)
    }
    pub fn use_extra(&self, tx: &Tx<'_>, host: &str, user: &str, fingerprint: &[u8]) -> Result<bool, StoreError> {
        let used = store::use_extra(tx, host, user, fingerprint)?;
        self.follow(tx, host, user)?;
        Ok(used)
    }

    /// The copy in memory changes when the change is on disk.
    fn follow(&self, tx: &Tx<'_>, host: &str, user: &str) -> Result<(), StoreError> {
        let now = store::attempts_of(tx, host, user)?;
        let (refused, key) = (self.refused.clone(), (host.to_owned(), user.to_owned()));
        tx.on_commit(move || {
            if now.is_empty() {
                refused.write().remove(&key);
            } else {
                refused.write().insert(key, now);
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(fingerprint: u8, spent: bool, extra: u32, wait: Option<i64>) -> Attempt {
        Attempt {
            fingerprint: vec![fingerprint],
            refusals: 1,
            spent,
            extra,
            last_refused_at: Timestamp::from_millis(0),
            person_wait_until: wait.map(Timestamp::from_millis),
        }
    }

    #[test]
    fn the_budget_follows_its_table() {
        use Allowance::{Send, SendExtra, Spent, Wait};
        let now = Timestamp::from_millis(1_000);
        let spent = Spent { since: Timestamp::from_millis(0) };
        let rows: Vec<(Vec<Attempt>, u8, Asker, Allowance)> = vec![
            (vec![], 1, Asker::Machine, Send { refused_before: false }),
            (vec![], 1, Asker::Person, Send { refused_before: false }),
            (vec![attempt(1, false, 0, None)], 1, Asker::Machine, Send { refused_before: true }),
            (vec![attempt(1, true, 0, None)], 1, Asker::Machine, spent),
            (vec![attempt(1, true, 1, None)], 1, Asker::Machine, SendExtra),
            // A person may not send a refused secret again, not even one that was refused only once.
            (vec![attempt(1, false, 0, None)], 1, Asker::Person, spent),
            (vec![attempt(1, true, 0, None)], 1, Asker::Person, spent),
            (vec![attempt(1, true, 0, None)], 2, Asker::Person, Send { refused_before: false }),
            (
                vec![attempt(1, true, 0, None), attempt(2, false, 0, Some(61_000))],
                3,
                Asker::Person,
                Wait { retry_after: Duration::from_secs(60) },
            ),
            (
                vec![attempt(1, true, 0, None), attempt(2, false, 0, Some(900))],
                3,
                Asker::Person,
                Send { refused_before: false },
            ),
        ];
        for (refused, fingerprint, asker, wanted) in rows {
            assert_eq!(allowance(&refused, &[fingerprint], asker, now), wanted, "{refused:?} {fingerprint} {asker:?}");
        }
    }

    #[test]
    fn only_a_different_secret_of_a_person_makes_the_next_one_wait() {
        let now = Timestamp::from_millis(0);
        assert_eq!(person_wait(&[], &[1], Asker::Person, now), None);
        assert_eq!(person_wait(&[attempt(1, true, 0, None)], &[2], Asker::Machine, now), None);
        assert_eq!(person_wait(&[attempt(1, true, 0, None)], &[2], Asker::Person, now), Some(now.plus(PERSON_WAIT)));
    }
}
