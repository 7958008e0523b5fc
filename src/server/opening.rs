//! What an appliance is opened with, beside its configuration: clock, randomness, names. Tests and the demo bring their own.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::base::{Clock, Random};
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
        }
    }
}
