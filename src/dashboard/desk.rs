//! What the pages ask: every service, as the server wired them, and what the appliance says of itself around each page.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::shell::{Nav, Shell, SignedIn};
use super::visit::{Failure, Viewer};
use crate::access::Permission;
use crate::base::{Clock, Random};
use crate::instance::Instances;
use crate::systems::Catalogue;

/// Seconds between two refreshes of a live page.
const REFRESH_SECONDS: u32 = 15;

/// Who is behind a session's cookie.
pub trait Viewers: Send + Sync {
    fn find<'a>(&'a self, token: &'a str, from: IpAddr) -> BoxFuture<'a, Result<Option<Viewer>, Failure>>;
}

#[derive(Clone)]
pub struct Desk {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub version: &'static str,
    pub instances: Instances,
    pub viewers: Arc<dyn Viewers>,
    pub catalogue: Arc<Catalogue>,
}

impl Desk {
    /// The frame with what is known without asking the store.
    pub fn bare_shell(&self, nav: Nav, viewer: Option<&Viewer>) -> Shell {
        let instance = self.instances.current();
        Shell {
            nav,
            instance_name: instance.name,
            region: instance.region,
            version: self.version.into(),
            plate: Vec::new(),
            user: viewer.map(|viewer| SignedIn {
                name: viewer.name.clone(),
                role: viewer.role.clone(),
                may_change: viewer.principal.may(Permission::ConnectionsWrite),
            }),
            csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(),
            needs_a_hand: 0,
            banners: Vec::new(),
            now: self.clock.now(),
            refresh_seconds: None,
            toast: None,
            theme: viewer.and_then(|viewer| viewer.theme),
            keys: true,
        }
    }

    /// The frame as it is now.
    pub async fn shell(&self, nav: Nav, viewer: Option<&Viewer>) -> Shell {
        let mut shell = self.bare_shell(nav, viewer);
        shell.refresh_seconds = Some(REFRESH_SECONDS);
        shell
    }
}
