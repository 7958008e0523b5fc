//! The ways to sign in, one file each, and the one list that names them. A scheme dresses a request with its proof;
//! those whose proof runs out (sessions, tokens) fetch it first.

mod api_key;
mod basic;
mod bearer;
mod carry;
mod client_certificate;
mod none;

use super::Failure;
use super::Target;
use super::ask::Ask;
use super::redact::Redactor;
use super::values::Values;
use crate::systems::{Carry, Scheme};

/// How the proof travels when the catalogue's entry does not say.
fn usual_carry(scheme: Scheme) -> Carry {
    match scheme {
        Scheme::None => none::carry(),
        Scheme::ApiKey => api_key::carry(),
        Scheme::Basic => basic::carry(),
        Scheme::ClientCertificate => client_certificate::carry(),
        _ => bearer::carry(),
    }
}

/// Puts proof and parameters on the request. What it writes of secrets, the redactor learns.
pub(super) fn dress(
    target: &Target,
    values: &Values<'_>,
    ask: &mut Ask,
    redactor: &mut Redactor,
) -> Result<(), Failure> {
    carry::add_parameters(target, ask);
    let usual;
    let given = &target.auth.carry;
    let carry = if given.headers.is_empty() && given.query.is_empty() && given.cookies.is_empty() {
        usual = usual_carry(target.auth.scheme);
        &usual
    } else {
        given
    };
    carry::add(carry, values, ask, redactor)
}

/// Whether a request dressed by this scheme carries the fixed secret itself.
pub(super) fn carries_secret(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::ApiKey | Scheme::Bearer | Scheme::Basic | Scheme::Hmac | Scheme::Oauth1)
}
