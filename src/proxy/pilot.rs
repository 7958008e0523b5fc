//! How many requests that carry the secret itself may be on their way at once: had the password died, each of them would be
//! one refused attempt, and many systems lock a user after three to five. Where nothing is on its way the first goes alone;
//! once an answer says that the secret is good, a few go side by side until they are old enough to have been refused.
//! Whoever has to wait finds the gate closed when one of them was.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::connections::Connection;
use crate::systems::{Lockout, Scheme};

/// A secret that was accepted so short a time ago is taken for a good one.
const FRESH: Duration = Duration::from_secs(2);
/// A refusal comes quickly: a request that has waited longer for its answer has got through the sign-in.
const YOUNG: Duration = Duration::from_millis(100);
/// A slow answer does not hold the others up longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// Side by side, where nothing is known of a limit: with a password, and with a key that names no user to be locked.
const PASSWORDS: u32 = 3;
const KEYS: u32 = 8;
const MOST_REMEMBERED: usize = 10_000;

/// Whom an attempt counts against: host and user.
type Key = (String, String);

#[derive(Clone, Default)]
pub(super) struct Pilots(Arc<Mutex<HashMap<Key, Account>>>);

#[derive(Default)]
struct Account {
    accepted: Option<Instant>,
    /// Since when each has been on its way without an answer.
    flying: Vec<(u64, Instant)>,
    waiting: u32,
    next: u64,
    /// Wakes one of those who wait, when one is back or there is more room.
    room: Arc<Notify>,
}

/// On its way until it is dropped.
pub(super) struct Pilot {
    pilots: Pilots,
    key: Key,
    number: u64,
}

impl Drop for Pilot {
    fn drop(&mut self) {
        if let Some(account) = self.pilots.0.lock().get_mut(&self.key) {
            account.flying.retain(|(number, _)| *number != self.number);
            account.room.notify_one();
        }
    }
}

/// Counted among those who wait until it is dropped.
struct Waiting<'a>(&'a Pilots, &'a Key);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(account) = self.0.0.lock().get_mut(self.1) {
            account.waiting = account.waiting.saturating_sub(1);
        }
    }
}

impl Account {
    /// How long to wait before looking again; none: there is room.
    fn wait(&self, abreast: usize, now: Instant) -> Option<Duration> {
        let fresh = self.accepted.is_some_and(|accepted| now.duration_since(accepted) < FRESH);
        let doubt = if fresh { YOUNG } else { PATIENCE };
        let ages = self.flying.iter().map(|(_, since)| now.duration_since(*since));
        let (young, old): (Vec<Duration>, Vec<Duration>) = ages.partition(|age| *age < doubt);
        // Each that was not refused for so long lets one more go: a system that hangs does not make all wait in a row.
        let most = if fresh { abreast } else { old.len().saturating_add(1) };
        if young.len() < most {
            return None;
        }
        young.iter().max().map(|oldest| doubt.saturating_sub(*oldest))
    }
}

impl Pilots {
    /// Waits for room. What comes back is held until the answer has been looked at.
    pub(super) async fn board(&self, connection: &Connection, lockout: &Lockout) -> Option<Pilot> {
        let key = key_of(connection)?;
        let abreast = abreast(connection.scheme, lockout);
        let mut waiting = None;
        loop {
            let (wait, room) = {
                let mut accounts = self.0.lock();
                if accounts.len() > MOST_REMEMBERED {
                    accounts.retain(|_, account| !account.flying.is_empty() || account.waiting > 0);
                }
                let (account, now) = (accounts.entry(key.clone()).or_default(), Instant::now());
                if account.flying.is_empty() && account.waiting == 0 {
                    // The traffic had stood still: what was accepted before says nothing of now.
                    account.accepted = None;
                }
                let Some(wait) = account.wait(abreast, now) else {
                    let number = account.next;
                    account.next = account.next.wrapping_add(1);
                    account.flying.push((number, now));
                    if account.waiting > 0 && account.wait(abreast, now).is_none() {
                        account.room.notify_one();
                    }
                    drop(accounts);
                    drop(waiting);
                    return Some(Pilot { pilots: self.clone(), key: key.clone(), number });
                };
                if waiting.is_none() {
                    account.waiting = account.waiting.saturating_add(1);
                    waiting = Some(Waiting(self, &key));
                }
                (wait, account.room.clone())
            };
            // Either one is back, or one has become old: both are looked at anew.
            let _ = tokio::time::timeout(wait.max(Duration::from_millis(1)), room.notified()).await;
        }
    }

    /// The system let this secret in.
    pub(super) fn accepted(&self, connection: &Connection) {
        if let Some(key) = key_of(connection) {
            self.0.lock().entry(key).or_default().accepted = Some(Instant::now());
        }
    }

    /// The system refused it: from here on it goes alone, whatever was accepted before.
    pub(super) fn refused(&self, connection: &Connection) {
        let Some(key) = key_of(connection) else { return };
        if let Some(account) = self.0.lock().get_mut(&key) {
            account.accepted = None;
        }
    }
}

/// So many that one probe more, the confirming attempt, does not yet lock the user.
fn abreast(scheme: Scheme, lockout: &Lockout) -> usize {
    let usual = if scheme == Scheme::Basic { PASSWORDS } else { KEYS };
    let most = if lockout.attempts == 0 { usual } else { lockout.attempts.saturating_sub(2).clamp(1, usual) };
    usize::try_from(most).unwrap_or(1)
}

/// Sessions and tokens are renewed by one for all anyway; without a secret there is nobody to protect.
fn key_of(connection: &Connection) -> Option<Key> {
    let own =
        matches!(connection.scheme, Scheme::Basic | Scheme::ApiKey | Scheme::Bearer | Scheme::Hmac | Scheme::Oauth1);
    (own && !connection.fingerprint.is_empty()).then(|| (connection.host.clone(), connection.budget_user.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_alone_and_a_few_side_by_side() {
        let now = Instant::now();
        let before = |millis| now.checked_sub(Duration::from_millis(millis)).unwrap();
        let millis = |wait: Option<Duration>| wait.map(|wait| wait.as_millis());
        // Accepted before so many ms, on their way for so long, side by side at most; to wait for so long.
        for (accepted, flying, abreast, wait) in [
            (None, vec![], 3, None),
            (None, vec![400], 3, Some(600)),
            (None, vec![1000], 3, None),
            (None, vec![1500, 100, 50], 3, Some(900)),
            (None, vec![1500, 1200, 100, 50], 3, None),
            (Some(2000), vec![10], 3, Some(990)),
            (Some(1500), vec![10, 20], 3, None),
            (Some(1500), vec![10, 20, 30], 3, Some(70)),
            (Some(1500), vec![10, 20, 100, 5000], 3, None),
            (Some(0), vec![99], 1, Some(1)),
        ] {
            let account = Account {
                accepted: accepted.map(before),
                flying: flying.iter().map(|age| (0, before(*age))).collect(),
                ..Account::default()
            };
            assert_eq!(millis(account.wait(abreast, now)), wait, "{accepted:?} {flying:?} {abreast}");
        }
    }

    #[test]
    fn a_confirming_attempt_stays_below_what_locks() {
        let knows = |attempts| Lockout { attempts, ..Lockout::default() };
        for (scheme, attempts, wanted) in [
            (Scheme::Basic, 0, 3),
            (Scheme::Basic, 5, 3),
            (Scheme::Basic, 3, 1),
            (Scheme::Basic, 1, 1),
            (Scheme::Basic, 50, 3),
            (Scheme::ApiKey, 0, 8),
            (Scheme::Bearer, 3, 1),
        ] {
            assert_eq!(abreast(scheme, &knows(attempts)), wanted, "{scheme:?} {attempts}");
        }
    }
}
