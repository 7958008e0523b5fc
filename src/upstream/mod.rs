//! The only door to a connected system: egress policy, names, TLS, sign-in, sessions, and what was observed.
//! Owns everything that leaves the machine; refuses redirects, proxy variables of the environment, and any address
//! outside the policy. It never decides a status: it reports an `Observation`.

mod address;
mod answer_body;
mod ask;
mod connector;
mod contacts;
mod csrf;
mod egress;
mod forward;
mod grants;
mod http;
mod lent;
mod look;
mod mail;
mod observation;
mod pool;
mod post;
mod probe;
mod redact;
mod redeem;
mod renewal;
mod resolver;
mod schemes;
mod sessions;
mod signing;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod tokens;
mod values;
mod wire;

use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use crate::base::{Clock, ConnectionId, Random};
use connector::Connector;
use csrf::CsrfTokens;
use grants::Grants;
use pool::Pool;
use sessions::Sessions;
use tls::TlsConfigs;

pub use answer_body::AnswerBody;
pub use contacts::{Contact, Contacts};
pub use egress::{Denied, EgressError, EgressPolicy, EgressSettings};
pub use forward::{ForwardAnswer, ForwardBody, ForwardRequest, NotForwarded};
pub use http::BoxError;
pub use lent::{NotPinned, check_lent};
pub use mail::{MailSecurity, MailServer, MailWire};
pub use observation::{Answer, Exchange, Failure, Observation, Outcome, Renewal, Timing};
pub use post::{Post, PostAnswer, Posted};
pub use redeem::{AuthorizationRequest, Grant, authorization_request};
pub use resolver::Resolver;
pub use signing::check_signing_key;
pub use target::{Credentials, Limits, ProbeOverride, Target, TlsMaterial};
pub use tls::{CertificateError, CertificateFacts, check_authority, check_pair, read_certificate};
pub use tokens::{KeptTokens, NotKept, ReadTokens, TOKENS_FIELD, TokenKeeper};
pub use wire::BareWire;

/// What the door is opened with.
pub struct UpstreamSettings {
    pub egress: EgressPolicy,
    pub resolver: Resolver,
}

/// The door. Cheap to clone; all clones share sessions, tokens and TLS configurations.
#[derive(Clone)]
pub struct Upstream {
    core: Arc<Core>,
}

struct Core {
    policy: RwLock<Arc<EgressPolicy>>,
    connector: Connector,
    contacts: Contacts,
    tls: TlsConfigs,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sessions: Sessions,
    csrf: CsrfTokens,
    pool: Pool,
    grants: Grants,
    /// Where tokens are kept; the floor above gives it once.
    keeper: OnceLock<Arc<dyn TokenKeeper>>,
}

impl Core {
    fn policy(&self) -> Arc<EgressPolicy> {
        self.policy.read().clone()
    }
}

impl Upstream {
    pub fn new(settings: UpstreamSettings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let contacts = Contacts::new(clock.clone());
        Self {
            core: Arc::new(Core {
                policy: RwLock::new(Arc::new(settings.egress)),
                connector: Connector::new(settings.resolver, contacts.clone()),
                contacts,
                tls: TlsConfigs::new(clock.clone()),
                clock,
                random,
                sessions: Sessions::default(),
                csrf: CsrfTokens::default(),
                pool: Pool::default(),
                grants: Grants::default(),
                keeper: OnceLock::new(),
            }),
        }
    }

    /// Gives the place where renewed tokens are kept. The first one stays.
    pub fn keep_tokens_with(&self, keeper: Arc<dyn TokenKeeper>) {
        // A second one would mean two stores; there is one in a process.
        let _ = self.core.keeper.set(keeper);
    }

    /// From now on this policy holds; requests under way come to their end, kept connections are closed.
    pub fn reload_egress(&self, policy: EgressPolicy) {
        *self.core.policy.write() = Arc::new(policy);
        self.core.pool.clear();
    }

    /// The policy in force.
    pub fn egress(&self) -> Arc<EgressPolicy> {
        self.core.policy()
    }

    /// How many certificate authorities of this machine HTTPS systems are checked against; a connection may add its own.
    pub fn authorities(&self) -> usize {
        self.core.tls.shared_roots().len()
    }

    /// Whom this door led to.
    pub fn contacts(&self) -> &Contacts {
        &self.core.contacts
    }

    /// Signs in where needed, asks the system's probe, and reports what was seen.
    pub async fn probe(&self, target: &Target) -> Observation {
        self.core.probe(target).await
    }

    /// Sends a caller's request, signed in, and streams the answer; an observation tells why there is none.
    pub async fn forward(&self, target: &Target, request: ForwardRequest) -> Result<ForwardAnswer, NotForwarded> {
        self.core.forward(target, request).await
    }

    /// Drops session, tokens and kept connections of a connection; signs out in the background where a seat is taken.
    pub fn forget(&self, connection: ConnectionId) {
        self.core.forget(connection);
        self.core.csrf.forget(connection);
        self.core.pool.forget(connection);
    }
}
