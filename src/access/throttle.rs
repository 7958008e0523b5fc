//! Guessing slows down: after five tries that failed, by address and by account from one network, one in half a minute. An
//! account that is guessed at from everywhere slows down after fifty, but not for networks from which it was signed in to:
//! nobody outside locks anybody out. A success clears the count. Counts are kept in memory, of those tried last.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use lru::LruCache;
use parking_lot::Mutex;

use crate::base::Clock;

const TRIES: NonZeroU32 = NonZeroU32::new(5).unwrap();
const THEN_EACH: Duration = Duration::from_secs(30);
/// Of one account, from all networks that are not known for it.
const FROM_EVERYWHERE: NonZeroU32 = NonZeroU32::new(50).unwrap();
const THEN_EVERYWHERE: Duration = Duration::from_secs(10);
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().millis()).unwrap_or(0))
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// Counts by key, of the keys that came last. Cloning shares the counts.
#[derive(Clone)]
pub struct Slowdown {
    ticks: Ticks,
    quota: Quota,
    counts: Arc<Mutex<LruCache<String, Limiter>>>,
}

impl Slowdown {
    /// `tries` at once, then one in `each`.
    pub fn new(clock: Arc<dyn Clock>, tries: NonZeroU32, each: Duration) -> Self {
        let quota = Quota::with_period(each).unwrap_or(Quota::per_minute(tries)).allow_burst(tries);
        Self { ticks: Ticks(clock), quota, counts: Arc::new(Mutex::new(LruCache::new(REMEMBERED))) }
    }

    /// Counts a try, or says after how many seconds the next one is possible.
    pub fn take(&self, key: String) -> Result<(), u64> {
        let mut counts = self.counts.lock();
        let fresh = || RateLimiter::direct_with_clock(self.quota, self.ticks.clone());
        counts.get_or_insert(key, fresh).check().map_err(|wait| {
            let wait = wait.wait_time_from(self.ticks.now());
            u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
        })
    }

    fn clear(&self, key: &str) {
        self.counts.lock().pop(key);
    }
}

/// Cloning shares the counts.
#[derive(Clone)]
pub(super) struct Throttle {
    addresses: Slowdown,
    accounts: Slowdown,
    everywhere: Slowdown,
    /// Accounts with the networks from which they were signed in to.
    known: Arc<Mutex<LruCache<String, ()>>>,
}

impl Throttle {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let slowdown = || Slowdown::new(clock.clone(), TRIES, THEN_EACH);
        Self {
            addresses: slowdown(),
            accounts: slowdown(),
            everywhere: Slowdown::new(clock.clone(), FROM_EVERYWHERE, THEN_EVERYWHERE),
            known: Arc::new(Mutex::new(LruCache::new(REMEMBERED))),
        }
    }

    /// Counts a try, or says after how many seconds the next one is possible.
    pub fn count(&self, address: Option<&str>, account: &str) -> Result<(), u64> {
        if let Some(address) = address {
            self.addresses.take(network(address))?;
        }
        let pair = pair(address, account);
        self.accounts.take(pair.clone())?;
        if self.known.lock().get(&pair).is_some() {
            return Ok(());
        }
        self.everywhere.take(account.to_lowercase())
    }

    /// The try was right.
    pub fn clear(&self, address: Option<&str>, account: &str) {
        if let Some(address) = address {
            self.addresses.clear(&network(address));
        }
        let pair = pair(address, account);
        self.accounts.clear(&pair);
        self.known.lock().put(pair, ());
    }
}

/// An account, tried from one network.
fn pair(address: Option<&str>, account: &str) -> String {
    format!("{} {}", address.map(network).unwrap_or_default(), account.to_lowercase())
}

/// A household has a whole IPv6 network: its first 64 bits count as one address.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ManualClock, Timestamp};

    #[test]
    fn after_five_tries_one_in_half_a_minute() {
        let clock = ManualClock::at(Timestamp::from_millis(1_760_000_000_000));
        let throttle = Throttle::new(Arc::new(clock.clone()));
        for _ in 0..5 {
            assert_eq!(throttle.count(Some("192.0.2.1"), "a@b.example"), Ok(()));
        }
        assert_eq!(throttle.count(Some("192.0.2.1"), "a@b.example"), Err(30));
        // By address for another account; the account from another address goes on.
        assert_eq!(throttle.count(Some("::ffff:192.0.2.1"), "c@b.example"), Err(30));
        assert_eq!(throttle.count(Some("192.0.2.2"), "A@B.example"), Ok(()));
        clock.advance(Duration::from_millis(30_500));
        assert_eq!(throttle.count(Some("192.0.2.1"), "a@b.example"), Ok(()));
        assert_eq!(throttle.count(Some("192.0.2.1"), "a@b.example"), Err(30));
        throttle.clear(Some("192.0.2.1"), "a@B.example");
        assert_eq!(throttle.count(Some("192.0.2.1"), "a@b.example"), Ok(()));
        // Without an address, by account alone.
        for _ in 0..5 {
            assert_eq!(throttle.count(None, "e@b.example"), Ok(()));
        }
        assert_eq!(throttle.count(None, "E@b.example"), Err(30));
    }

    #[test]
    fn an_account_that_is_guessed_at_from_everywhere_slows_down_but_not_at_home() {
        let clock = ManualClock::at(Timestamp::from_millis(1_760_000_000_000));
        let throttle = Throttle::new(Arc::new(clock.clone()));
        throttle.clear(Some("192.0.2.1"), "a@b.example");
        let from = |number: u32| format!("198.51.100.{number}");
        for number in 0..50 {
            assert_eq!(throttle.count(Some(&from(number)), "a@b.example"), Ok(()), "{number}");
        }
        assert_eq!(throttle.count(Some(&from(50)), "a@b.example"), Err(10));
        assert_eq!(throttle.count(Some(&from(51)), "other@b.example"), Ok(()));
        assert_eq!(throttle.count(Some("192.0.2.1"), "A@b.example"), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
