//! The only door to a connected system: egress policy, names, TLS, sign-in, sessions, and what was observed.
//! Owns everything that leaves the machine; refuses redirects, proxy variables of the environment, and any address
//! outside the policy. It never decides a status: it reports an `Observation`.

mod observation;
mod target;

pub use observation::{Answer, Exchange, Failure, Observation, Outcome, Renewal, Timing};
pub use target::{Credentials, Limits, ProbeOverride, Target, TlsMaterial};
