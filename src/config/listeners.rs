//! `[listeners]`: addresses of the groups of routes, where they are to be apart. A group that is not named stands on
//! `[server] listen`.

use std::net::SocketAddr;

use super::section::Section;

#[derive(Debug, Clone, Default)]
pub struct Listeners {
    pub dashboard: Option<Vec<SocketAddr>>,
    pub api: Option<Vec<SocketAddr>>,
    pub portal: Option<Vec<SocketAddr>>,
    pub metrics: Option<Vec<SocketAddr>>,
}

impl Listeners {
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        [&self.dashboard, &self.api, &self.portal, &self.metrics].into_iter().flatten().flatten().copied()
    }
}

pub fn read(section: &mut Section<'_>) -> Listeners {
    let mut group = |key: &str| {
        let addresses: Option<Vec<SocketAddr>> = section.optional(key);
        if addresses.as_ref().is_some_and(Vec::is_empty) {
            section.problem(key, "the list is empty", "Name an address, or take the key out to use [server] listen");
            return None;
        }
        addresses
    };
    Listeners { dashboard: group("dashboard"), api: group("api"), portal: group("portal"), metrics: group("metrics") }
}
