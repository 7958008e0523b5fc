//! The one try of a person: with the fields as they are, or with tokens that they are exchanged for; within the attempt
//! budget, and never a confirming one. Only a sign-in that works is let through.

use std::future::Future;
use std::sync::Arc;

use super::attempts::{Allowance, Asker};
use super::check::Looked;
use super::error::ConnectionError;
use super::service::Inner;
use super::shared::{Finder, SharedSecret};
use super::{Finding, input};
use crate::store::StoreError;
use crate::systems::Scheme;
use crate::upstream::{Grant, TOKENS_FIELD, Target};

/// One try of a person: whom to ask, with what, and against which budget it counts.
pub(super) struct Attempt<'a> {
    pub host: String,
    pub user: String,
    pub fingerprint: Vec<u8>,
    pub target: Target,
    pub sign_in: &'a mut input::SignIn,
}

impl Inner {
    /// Who signs in, and the fingerprint of the secrets.
    pub(super) fn budget(&self, host: &str, sign_in: &input::SignIn) -> Result<(String, Vec<u8>), ConnectionError> {
        // Where tokens are kept, a client without them proves nothing yet.
        let unproven = sign_in.auth.scheme == Scheme::Oauth2AuthorizationCode
            && !["refresh_token", TOKENS_FIELD].iter().any(|name| sign_in.sealed.contains_key(*name));
        if sign_in.sealed.is_empty() || unproven {
            return Ok((sign_in.user.clone().unwrap_or_default(), Vec::new()));
        }
        let named = sign_in.user.clone().unwrap_or_default();
        let fingerprint = self.vault.fingerprint(host, &named, &sign_in.sealed)?;
        // A key that names nobody is its own user.
        let user =
            sign_in.user.clone().unwrap_or_else(|| format!("key:{}", data_encoding::HEXLOWER.encode(&fingerprint)));
        Ok((user, fingerprint))
    }

    /// The one attempt of a person, with the fields as they are or with tokens that they are exchanged for.
    pub(super) async fn try_attempt(
        self: &Arc<Self>,
        attempt: &mut Attempt<'_>,
        system: &str,
        grant: Option<Grant>,
    ) -> Result<Looked, ConnectionError> {
        if !attempt.target.auth.keeps_tokens() {
            return self.try_person(&attempt.host, &attempt.user, &attempt.fingerprint, &attempt.target).await;
        }
        let grant = match grant {
            Some(grant) => grant,
            None => self.grant_of(attempt.sign_in, system)?,
        };
        self.try_kept(attempt, grant).await
    }

    /// The one attempt of a person, within the budget.
    pub(super) async fn try_person(
        self: &Arc<Self>,
        host: &str,
        user: &str,
        fingerprint: &[u8],
        target: &Target,
    ) -> Result<Looked, ConnectionError> {
        self.within_budget(host, user, fingerprint, self.look(target)).await
    }

    /// A try of a person, whatever it takes, within the budget.
    pub(super) async fn within_budget(
        self: &Arc<Self>,
        host: &str,
        user: &str,
        fingerprint: &[u8],
        work: impl Future<Output = Looked>,
    ) -> Result<Looked, ConnectionError> {
        let _gate = if fingerprint.is_empty() { None } else { Some(self.attempts.enter(host, user).await) };
        if !fingerprint.is_empty() {
            let now = self.clock.now();
            match self.attempts.allowance(host, user, fingerprint, Asker::Person, now) {
                Allowance::Send { .. } | Allowance::SendExtra => {}
                Allowance::Spent { since } => return Err(ConnectionError::SecretSpent { since }),
                Allowance::Wait { retry_after } => return Err(ConnectionError::TooManyAttempts { retry_after }),
            }
            tokio::time::sleep(self.attempts.slow_down(host, now)).await;
        }
        let looked = work.await;
        let (inner, now) = (self.clone(), self.clock.now());
        let key = (host.to_owned(), user.to_owned(), fingerprint.to_vec());
        match looked.verdict.finding {
            Finding::Good | Finding::Slow => {
                if self.attempts.knows(host, user, fingerprint) {
                    self.store
                        .write::<_, StoreError, _>(move |tx| inner.attempts.accept(tx, &key.0, &key.1, &key.2))
                        .await?;
                }
                Ok(looked)
            }
            Finding::Reauthorization(_) if !fingerprint.is_empty() => {
                let seen = looked.clone();
                self.store
                    .write::<_, ConnectionError, _>(move |tx| {
                        inner.attempts.record_refusal(tx, (&key.0, &key.1), &key.2, Asker::Person, now)?;
                        inner.attempts.spend(tx, &key.0, &key.1, &key.2)?;
                        // Whoever holds the same secret would be refused next: they learn it now, without a try.
                        let secret = SharedSecret { host: &key.0, user: &key.1, fingerprint: &key.2 };
                        inner.refuse_sharing(tx, &secret, &Finder::Person, &seen, now)
                    })
                    .await?;
                let next_try_in = self.attempts.next_try_in(host, user, now);
                Err(ConnectionError::VerificationFailed(Box::new(Looked { next_try_in, ..looked })))
            }
            _ => Err(ConnectionError::VerificationFailed(Box::new(looked))),
        }
    }
}
