//! How many requests a caller may send: a bucket per API key, and per address for callers without one. Requests through the
//! proxy are not counted: their limit is the system's own. Memory is bounded; whoever was longest away is forgotten first.

use std::net::{IpAddr, Ipv6Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use lru::LruCache;
use parking_lot::Mutex;

use super::problem::{Code, Problem, whole_seconds};

const FIELD: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const MOST_REMEMBERED: NonZeroUsize = match NonZeroUsize::new(20_000) {
    Some(count) => count,
    None => NonZeroUsize::MIN,
};

/// Requests per second in the long run, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_second: NonZeroU32,
    pub burst: NonZeroU32,
}

/// Whom a bucket belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holder {
    Key(String),
    Address(IpAddr),
}

/// Buckets of the callers that were here last.
struct Buckets(Mutex<LruCache<Holder, Nanos>>);

impl StateStore for Buckets {
    type Key = Holder;

    fn measure_and_replace<T, F, E>(&self, key: &Holder, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut buckets = self.0.lock();
        let (outcome, state) = f(buckets.get(key).copied())?;
        buckets.put(key.clone(), state);
        Ok(outcome)
    }
}

type Limiter = RateLimiter<Holder, Buckets, DefaultClock, StateInformationMiddleware>;

struct Counted {
    rate: Rate,
    limiter: Limiter,
}

/// Shared by all workers.
#[derive(Clone)]
pub struct Limits {
    keys: Arc<Counted>,
    addresses: Arc<Counted>,
}

/// How a caller stands after a request, as the answer's fields say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    rate: Rate,
    remaining: u32,
    /// Until the bucket is full again; for a refusal, until the next request may come.
    reset: Duration,
}

impl Limits {
    pub fn new(keys: Rate, addresses: Rate) -> Self {
        Self { keys: Arc::new(Counted::new(keys)), addresses: Arc::new(Counted::new(addresses)) }
    }

    /// A caller with a valid key.
    pub fn admit_key(&self, id: &str) -> Result<Standing, Standing> {
        self.keys.admit(&Holder::Key(id.to_owned()))
    }

    /// A caller without one. A network of IPv6 is one caller.
    pub fn admit_address(&self, address: IpAddr) -> Result<Standing, Standing> {
        let address = match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            four @ IpAddr::V4(_) => four,
        };
        self.addresses.admit(&Holder::Address(address))
    }
}

impl Counted {
    fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let buckets = Buckets(Mutex::new(LruCache::new(MOST_REMEMBERED)));
        Self { rate, limiter: RateLimiter::new(quota, buckets, DefaultClock::default()) }
    }

    fn admit(&self, holder: &Holder) -> Result<Standing, Standing> {
        let standing = |remaining, reset| Standing { rate: self.rate, remaining, reset };
        match self.limiter.check_key(holder) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let missing = self.rate.burst.get().saturating_sub(remaining);
                let millis = u64::from(missing).saturating_mul(1000) / u64::from(self.rate.per_second.get());
                Ok(standing(remaining, Duration::from_millis(millis)))
            }
            Err(not_until) => Err(standing(0, not_until.wait_time_from(self.limiter.clock().now()))),
        }
    }
}

impl Standing {
    /// Too many requests.
    pub fn problem(&self) -> Problem {
        let wait = whole_seconds(self.reset);
        let detail = format!(
            "Too many requests from this caller. Go on in {wait} s, and not faster than {} a second.",
            self.rate.per_second
        );
        Problem::new(Code::RateLimited, detail).retry_after(self.reset)
    }

    /// `RateLimit` and `RateLimit-Policy` (structured fields).
    pub fn tell(&self, headers: &mut HeaderMap) {
        let (burst, window) = (self.rate.burst.get(), self.rate.burst.get().div_ceil(self.rate.per_second.get()));
        let field = format!("\"default\";r={};t={}", self.remaining, whole_seconds(self.reset));
        add(headers, &field, &format!("\"default\";q={burst};w={}", window.max(1)));
    }
}

/// The same fields where a domain refuses: one attempt in so long.
pub fn tell_attempts(headers: &mut HeaderMap, wait: Duration) {
    let wait = whole_seconds(wait);
    add(headers, &format!("\"attempts\";r=0;t={wait}"), &format!("\"attempts\";q=1;w={wait}"));
}

fn add(headers: &mut HeaderMap, field: &str, policy: &str) {
    for (name, text) in [(FIELD, field), (POLICY, policy)] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate { per_second: per_second.try_into().unwrap(), burst: burst.try_into().unwrap() }
    }

    #[test]
    fn a_burst_is_counted_down_then_refused_for_this_caller_alone() {
        let limits = Limits::new(rate(1, 3), rate(1, 1));
        let left: Vec<u32> = (0..3).map(|_| limits.admit_key("key_1").unwrap().remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = limits.admit_key("key_1").unwrap_err();
        let problem = refused.problem();
        assert_eq!(problem.code, Code::RateLimited);
        assert!(problem.retry_after.unwrap() <= Duration::from_secs(1));
        let mut headers = HeaderMap::new();
        refused.tell(&mut headers);
        assert_eq!(headers.get("ratelimit").unwrap(), "\"default\";r=0;t=1");
        assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"default\";q=3;w=3");
        assert!(limits.admit_key("key_2").is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let limits = Limits::new(rate(1, 1), rate(1, 1));
        let admit = |text: &str| limits.admit_address(text.parse().unwrap()).is_ok();
        assert!(admit("2001:db8:1:2::1"));
        assert!(!admit("2001:db8:1:2:ffff::9"));
        assert!(admit("2001:db8:1:3::1"));
        assert!(admit("192.0.2.1") && !admit("::ffff:192.0.2.1") && admit("192.0.2.2"));
    }

    #[test]
    fn memory_stays_within_bounds() {
        let limits = Limits::new(rate(1, 1), rate(1, 1));
        for number in 0..30_000u32 {
            let _ = limits.admit_address(IpAddr::V4(number.into()));
        }
        let Counted { limiter, .. } = Arc::try_unwrap(limits.addresses).ok().unwrap();
        assert_eq!(limiter.into_state_store().0.lock().len(), MOST_REMEMBERED.get());
    }
}
