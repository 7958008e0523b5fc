//! What an appliance is opened with, beside its configuration: clock, randomness, names. Tests and the demo bring their own.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::base::{Clock, Random};
use crate::config::Config;
use crate::store::Kind;
use crate::upstream::Resolver;

/// What an appliance is opened with, beside its configuration.
#[derive(Clone)]
pub struct Opening {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub kind: Kind,
    pub resolver: Resolver,
    /// The address that is listened on, where a port was chosen by the machine.
    pub listening: Option<SocketAddr>,
    /// The same for the portal.
    pub portal_listening: Option<SocketAddr>,
}

impl Opening {
    /// A real installation with the machine's clock, randomness and names.
    pub fn standard() -> Self {
        Self {
            clock: Arc::new(crate::base::SystemClock),
            random: Arc::new(crate::base::OsRandom),
            kind: Kind::Standard,
            resolver: Resolver::system(),
            listening: None,
            portal_listening: None,
        }
    }

    /// Links are made from the configuration or the listening address, never from what a client says.
    pub(super) fn public_url(&self, config: &Config) -> String {
        let first = config.listeners.dashboard.as_ref().unwrap_or(&config.server.listen).first().copied();
        let address = self.listening.or(first).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8443)));
        config.public_url(address).as_str().trim_end_matches('/').to_owned()
    }

    /// Where the portal is reached: its own listener, where it has one.
    pub(super) fn portal_url(&self, config: &Config) -> String {
        let first = config.listeners.portal.as_ref().and_then(|listen| listen.first().copied());
        let own = first.map(|first| self.portal_listening.unwrap_or(first));
        match (&config.instance.portal_url, own) {
            (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
            (None, Some(address)) => config.public_url(address).as_str().trim_end_matches('/').to_owned(),
            (None, None) => self.public_url(config),
        }
    }
}
