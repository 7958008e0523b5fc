//! Sign-ins whose tokens are kept: by a person's consent, by a refresh token made elsewhere, by a grant that works but once.
//! The grant is exchanged first, the system asked with the fresh token, and only then is anything stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::attempt::Attempt;
use super::check::Looked;
use super::error::ConnectionError;
use super::input::{self, SignIn};
use super::invite::ChosenSystem;
use super::model::{Connection, NewConnection, NewCredentials};
use super::service::{Connections, Inner};
use crate::access::{Permission, Principal};
use crate::applications::APPLICATION_ID;
use crate::base::{ApplicationId, ConnectionId, FieldError, Secret, Timestamp};
use crate::systems::{Auth, Scheme};
use crate::upstream::{AuthorizationRequest, Grant, KeptTokens, TOKENS_FIELD, authorization_request};
use crate::vault::VaultError;

/// A grant that was tried out is at hand for so long, so that “Connect” after “Check” needs no second one.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// What a person is asked to allow. Has no `Debug`: it holds secrets.
#[derive(Clone)]
pub enum Consent {
    Connect(Box<NewConnection>),
    /// Also the first sign-in of a connection that waited for its customer, with the system that was chosen for it.
    Reconnect {
        id: ConnectionId,
        chosen: Option<ChosenSystem>,
        new: Box<NewCredentials>,
    },
}

/// Where the person is sent, and whose answers are taken.
#[derive(Debug, Clone)]
pub struct ConsentRequest {
    pub request: AuthorizationRequest,
    /// The operator's client; `None`: the customer's own.
    pub application: Option<ApplicationId>,
    /// The issuer that answers must name, where the operator wrote it down.
    pub issuer: Option<String>,
    pub system_name: String,
}

/// Tokens of grants that were tried out, by the fingerprint of what was typed. In memory only.
#[derive(Default)]
pub(super) struct Redeemed(Mutex<HashMap<Vec<u8>, (Timestamp, KeptTokens)>>);

impl Redeemed {
    fn put(&self, key: &[u8], tokens: &KeptTokens, now: Timestamp) {
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        kept.insert(key.to_vec(), (now.plus(KEPT_FOR), tokens.clone()));
    }
    fn take(&self, key: &[u8], now: Timestamp) -> Option<KeptTokens> {
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        kept.remove(key).map(|(_, tokens)| tokens)
    }
}

impl Connections {
    /// Checks the fields, and says where the person is to be sent. Stores nothing.
    pub async fn consent_request(&self, who: &Principal, consent: &Consent) -> Result<ConsentRequest, ConnectionError> {
        who.require(Permission::ConnectionsWrite)?;
        let inner = &self.inner;
        inner.refuse_standing_by()?;
        let (target, system_name) = match consent {
            Consent::Connect(new) => {
                let prepared = inner.admit_new(who, new).await?;
                (inner.target_of_new(&prepared), prepared.system.name.clone())
            }
            Consent::Reconnect { id, chosen, new } => {
                let connection = self.find(who, *id)?;
                let settled = inner.chosen(&connection, chosen.clone())?;
                let connection = settled.as_ref().unwrap_or(&connection);
                let new = inner.completed(connection, new).await?;
                let target = inner.prepare_reconnect(connection, &new)?.0;
                let name = target.system.name.clone();
                (target, name)
            }
        };
        if target.auth.scheme != Scheme::Oauth2AuthorizationCode {
            let message = format!("{system_name} is not signed in to by a person’s consent in this way.");
            return Err(ConnectionError::Invalid(vec![FieldError::invalid("auth.scheme", message)]));
        }
        let named = target.credentials.field(APPLICATION_ID).and_then(|id| id.parse().ok());
        let issuer = named.and_then(|id| inner.applications.known(id)).and_then(|application| application.issuer);
        let request = authorization_request(&target)
            .map_err(|problem| ConnectionError::Invalid(vec![FieldError::new("auth.scheme", "incomplete", problem)]))?;
        Ok(ConsentRequest { request, application: named, issuer, system_name })
    }

    /// After the person came back: exchanges the code, asks the system, then connects or reconnects.
    pub async fn consent_given(
        &self,
        who: &Principal,
        consent: Consent,
        grant: Grant,
    ) -> Result<Arc<Connection>, ConnectionError> {
        match consent {
            Consent::Connect(new) => self.connect_with(who, *new, Some(grant)).await,
            Consent::Reconnect { id, chosen: None, new } => self.reconnect_with(who, id, *new, Some(grant)).await,
            Consent::Reconnect { id, chosen, new } => self.complete_with(who, id, chosen, *new, Some(grant)).await,
        }
    }
}

impl Inner {
    /// The one try of a person with a sign-in whose tokens are kept; the tokens take their place among its fields.
    pub(super) async fn try_kept(
        self: &Arc<Self>,
        attempt: &mut Attempt<'_>,
        grant: Grant,
    ) -> Result<Looked, ConnectionError> {
        let by_consent = matches!(grant, Grant::Code { .. });
        let now = self.clock.now();
        let key = attempt.fingerprint.clone();
        let earlier = (!by_consent && !key.is_empty()).then(|| self.redeemed.take(&key, now)).flatten();
        let mut given = None;
        let (task, user, host) = (self.clone(), attempt.user.clone(), attempt.host.clone());
        let looked = {
            let work = async {
                let tokens = match earlier {
                    Some(tokens) => tokens,
                    None => match task.upstream.redeem(&attempt.target, grant).await {
                        Ok(tokens) => tokens,
                        Err(observation) => return task.judged_at(&attempt.target, *observation),
                    },
                };
                attempt.take_tokens(&tokens);
                let looked = task.look(&attempt.target).await;
                given = Some(tokens);
                looked
            };
            // A code works once and came with a person: there is nothing to spend.
            let key = if by_consent { &[] } else { key.as_slice() };
            self.within_budget(&host, &user, key, work).await?
        };
        let Some(tokens) = given else { return Err(ConnectionError::NoCredentials) };
        attempt.sign_in.keep(&tokens);
        if !by_consent && !key.is_empty() {
            self.redeemed.put(&key, &tokens, now);
        }
        Ok(looked)
    }

    /// The grant that stands in the fields; an error when only a person can give one.
    pub(super) fn grant_of(&self, sign_in: &SignIn, system: &str) -> Result<Grant, ConnectionError> {
        if let Some(token) = sign_in.sealed.get("refresh_token") {
            return Ok(Grant::Refresh(token.clone()));
        }
        if sign_in.auth.scheme != Scheme::Oauth2AuthorizationCode {
            return Ok(Grant::Own);
        }
        let message = format!(
            "{system} wants a person to allow the access. Send verify: false, then a link: POST …/connections/{{id}}/links; \
             or connect it in the dashboard."
        );
        Err(ConnectionError::Invalid(vec![FieldError::new("auth.scheme", "consent_required", message)]))
    }

    /// On a reconnect to the same address, what was not typed anew is what is stored: a person shall only consent again.
    pub(super) async fn completed(
        &self,
        connection: &Connection,
        new: &NewCredentials,
    ) -> Result<NewCredentials, ConnectionError> {
        let mut new = new.clone();
        let same_place = new.base_url.as_deref().is_none_or(|url| url.trim_end_matches('/') == connection.base_url)
            && new.parameters.as_ref().is_none_or(|parameters| *parameters == connection.parameters);
        let names_other = |name: &str, value: &str| {
            new.auth.fields.get(name).is_some_and(|given| !given.is_empty() && given.expose() != value)
        };
        let same_client = connection.auth_public.iter().all(|(name, value)| !names_other(name, value));
        if new.auth.scheme != connection.scheme.as_str() || !same_place || !same_client {
            return Ok(new);
        }
        let (vault, customer, id) = (self.vault.clone(), connection.customer_id, connection.id);
        let sealed =
            self.store.read::<_, VaultError, _>(move |reader| vault.open_secrets(reader, customer, id)).await?;
        let public = connection.auth_public.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
        for (name, value) in public.chain(sealed).filter(|(name, _)| name != TOKENS_FIELD) {
            let field = new.auth.fields.entry(name).or_default();
            if field.is_empty() {
                *field = value;
            }
        }
        Ok(new)
    }
}

impl Attempt<'_> {
    /// From here on the target is asked with these tokens, at the address that they name.
    fn take_tokens(&mut self, tokens: &KeptTokens) {
        self.target.credentials.secret.insert(TOKENS_FIELD.into(), tokens.to_secret());
        let moved = tokens.base_url.as_deref().and_then(|url| input::check_base_url("base_url", url).ok());
        if let Some(url) = moved {
            self.host = input::host_of(&url);
            self.target.base_url = url;
        }
    }
}

impl SignIn {
    /// What is stored in place of a grant that is used up.
    fn keep(&mut self, tokens: &KeptTokens) {
        self.sealed.remove("refresh_token");
        if self.auth.scheme == Scheme::Oauth2Password {
            self.sealed.remove("password");
        }
        self.sealed.insert(TOKENS_FIELD.into(), tokens.to_secret());
        self.expires_at = earliest(self.expires_at, end_of(&self.auth, tokens));
    }
}

/// The end that a person has to know of; one that each refresh moves ahead is none.
pub(super) fn end_of(auth: &Auth, tokens: &KeptTokens) -> Option<Timestamp> {
    let slides = auth.token.as_ref().is_some_and(|token| token.refresh_slides);
    tokens.refresh_ends_at.filter(|_| !slides && !tokens.slides)
}

pub(super) fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
