//! The ways to sign in, one file each, and the one list that names them. A scheme dresses a request with its proof;
//! those whose proof runs out (sessions, tokens) fetch it first.

mod api_key;
mod basic;
mod bearer;
mod carry;
mod client_certificate;
mod hmac;
mod none;
mod oauth1;
pub(super) mod oauth2;
mod session_login;

use super::ask::Ask;
use super::http::Seen;
use super::look::Look;
use super::redact::Redactor;
use super::sessions::{Session, SignedIn};
use super::values::Values;
use super::{Core, Failure, Observation, Renewal, Target};
use crate::systems::{Carry, RulePlace, Scheme};

/// A sign-in that gave nothing, with its answer.
pub(super) struct Refused {
    pub ask: Option<Ask>,
    pub seen: Seen,
    pub place: RulePlace,
}

impl Refused {
    /// Nothing was sent.
    pub(super) fn before(failure: Failure, place: RulePlace) -> Box<Self> {
        Box::new(Self { ask: None, seen: Seen::not_sent(failure), place })
    }
}

/// What a refused or failed sign-in looked like.
pub(super) fn sign_in_refused(target: &Target, look: &mut Look, refused: &Refused) -> Box<Observation> {
    look.renewal = Renewal::Failed;
    Box::new(look.observe(target, refused.ask.as_ref(), &refused.seen, refused.place))
}

/// How the proof travels when the catalogue's entry does not say.
fn usual_carry(scheme: Scheme) -> Carry {
    match scheme {
        Scheme::ApiKey => api_key::carry(),
        Scheme::Bearer => bearer::carry("{token}"),
        Scheme::Basic => basic::carry(),
        Scheme::ClientCertificate => client_certificate::carry(),
        Scheme::Hmac => hmac::carry(),
        Scheme::Oauth2ClientCredentials
        | Scheme::Oauth2Password
        | Scheme::Oauth2AuthorizationCode
        | Scheme::Oauth2JwtBearer
        | Scheme::Oauth2SamlBearer => bearer::carry("{access_token}"),
        Scheme::Oauth1 => oauth1::carry(),
        Scheme::None | Scheme::SessionLogin => none::carry(),
    }
}

/// Fetches a session or a token.
pub(super) async fn sign_in(
    core: &Core,
    target: &Target,
    look: &mut Look,
    before: Option<&Session>,
) -> Result<SignedIn, Box<Refused>> {
    match target.auth.scheme {
        Scheme::SessionLogin => session_login::sign_in(core, target, look).await,
        Scheme::Oauth2ClientCredentials
        | Scheme::Oauth2Password
        | Scheme::Oauth2JwtBearer
        | Scheme::Oauth2SamlBearer => oauth2::sign_in(core, target, look, before).await,
        // What a person consented to is kept, and renewed by `grants`; the others need no session.
        Scheme::Oauth2AuthorizationCode
        | Scheme::None
        | Scheme::ApiKey
        | Scheme::Bearer
        | Scheme::Basic
        | Scheme::Oauth1
        | Scheme::Hmac
        | Scheme::ClientCertificate => {
            let message = format!("Nothing was sent: {} has no sign-in of its own.", target.auth.scheme.as_str());
            Err(Refused::before(Failure::Protocol { message }, RulePlace::Token))
        }
    }
}

/// Puts proof and parameters on the request. What it writes of secrets, the redactor learns.
pub(super) fn dress(
    core: &Core,
    target: &Target,
    values: &Values<'_>,
    session: Option<&Session>,
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
    carry::add(carry, values, ask, redactor)?;
    if let Some(session) = session {
        ask.cookies.extend(session.cookies.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())));
    }
    if let (Scheme::Hmac, Some(how)) = (target.auth.scheme, target.auth.signature) {
        hmac::sign(how, values, ask, core.clock.now(), core.random.as_ref())?;
    }
    if target.auth.scheme == Scheme::Oauth1 {
        oauth1::sign(target.auth.realm.as_deref(), values, ask, core.clock.now(), core.random.as_ref())?;
    }
    Ok(())
}

/// Whether a request dressed by this scheme carries the fixed secret itself, or a signature made with it.
pub(super) fn carries_secret(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::ApiKey | Scheme::Bearer | Scheme::Basic | Scheme::Hmac | Scheme::Oauth1)
}
