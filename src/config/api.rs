//! `[api]`: how many requests a program may send.

use std::num::NonZeroU32;

use super::section::Section;

#[derive(Debug, Clone)]
pub struct Api {
    /// Of one API key, in the long run; requests through the proxy are not counted.
    pub requests_per_second: NonZeroU32,
    /// So many at once.
    pub burst: NonZeroU32,
    /// Of one address without a valid key.
    pub unauthenticated_per_second: NonZeroU32,
    pub unauthenticated_burst: NonZeroU32,
}

pub fn read(section: &mut Section<'_>) -> Api {
    let mut count = |key: &str, default: u32| {
        NonZeroU32::new(section.count(key, default, 1..=1_000_000)).unwrap_or(NonZeroU32::MIN)
    };
    Api {
        requests_per_second: count("requests_per_second", 1_000),
        burst: count("burst", 10_000),
        unauthenticated_per_second: count("unauthenticated_per_second", 50),
        unauthenticated_burst: count("unauthenticated_burst", 500),
    }
}
