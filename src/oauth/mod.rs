//! A person's consent at an authorization server: code with PKCE (RFC 7636), state, issuer (RFC 9207). Owns the sign-ins
//! under way, in memory only: each is for one browser and one purpose, works once, and ends after ten minutes. Dashboard
//! and portal begin one alike; what comes of it are the domain calls of every other sign-in.

mod applications;
mod begin;
mod finish;
mod model;
mod states;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::applications::Applications;
use crate::base::{Clock, Random};
use crate::connections::Connections;

pub use model::{After, Begin, Begun, Callback, Deed, Face, Finished, Outcome, Unfinished, Why};
pub use states::LIFETIME;

use states::{Outcomes, States};

/// A handle; clones share the sign-ins under way.
#[derive(Clone)]
pub struct Oauth {
    inner: Arc<Inner>,
}

struct Inner {
    connections: Connections,
    applications: Applications,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    states: States,
    outcomes: Outcomes,
}

impl Oauth {
    pub fn new(
        connections: Connections,
        applications: Applications,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (states, outcomes) = (States::default(), Outcomes::default());
        Self { inner: Arc::new(Inner { connections, applications, clock, random, states, outcomes }) }
    }

    /// Keeps how a sign-in ended for the page to which the person returns; the ticket goes into its address.
    pub fn leave(&self, outcome: Outcome) -> String {
        self.inner.outcomes.leave(outcome, self.inner.clock.now(), self.inner.random.as_ref())
    }

    /// How a sign-in ended, once: for the page of `ticket`.
    pub fn outcome(&self, ticket: &str) -> Option<Outcome> {
        self.inner.outcomes.take(ticket, self.inner.clock.now())
    }
}

/// The cookie that binds sign-ins to a browser. Under TLS its name binds it to this host. Whoever begins a sign-in sets it:
/// `HttpOnly`, `SameSite=Lax`, path `/`, for [`LIFETIME`].
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-jbx_sign_in" } else { "jbx_sign_in" }
}
