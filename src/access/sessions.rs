//! Sessions: an opaque token in a cookie, a hash in the store. They end after half an hour without a click, after twelve
//! hours anyway, and with each change of role or password.

use std::time::Duration;

use super::error::AccessError;
use super::model::{NewSession, SessionState, SignedIn, User, Visitor};
use super::principal::Principal;
use super::service::Access;
use super::store::sessions::{self, Session};
use super::token::{self, TokenHash};
use crate::audit::Entry;
use crate::base::{Actor, ActorKind, Secret, Timestamp};
use crate::store::{StoreError, Tx};

pub const SESSION_IDLE: Duration = Duration::from_secs(30 * 60);
pub const SESSION_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// `last_seen_at` is written at most this often.
const SEEN_EACH: Duration = Duration::from_secs(60);

/// What a new session needs besides its user; made before the transaction.
pub(super) struct Begun {
    token: Secret,
    hash: TokenHash,
    csrf: String,
    at: Timestamp,
    visitor: Visitor,
}

impl Begun {
    pub fn in_transaction(self, tx: &Tx<'_>, user: User) -> Result<NewSession, StoreError> {
        let expires_at = self.at.plus(SESSION_LIFE);
        let session = Session {
            user_id: user.id,
            csrf: self.csrf.clone(),
            created_at: self.at,
            last_seen_at: self.at,
            expires_at,
            address: self.visitor.address,
            user_agent: self.visitor.user_agent.map(|text| text.chars().take(300).collect()),
        };
        sessions::insert(tx, &self.hash, &session)?;
        Ok(NewSession { token: self.token, csrf: self.csrf, user, expires_at })
    }
}

impl Access {
    pub(super) fn begin(&self, visitor: &Visitor) -> Begun {
        let (token, hash) = self.token("");
        let csrf = self.token("").0.expose().to_owned();
        Begun { token, hash, csrf, at: self.now(), visitor: visitor.clone() }
    }

    /// For a restored store: sessions and links of the past must not live again.
    pub async fn end_all_sessions(&self) -> Result<(), AccessError> {
        Ok(self.store.write::<_, StoreError, _>(sessions::delete_all).await?)
    }

    /// Who is behind a session's token, and `address` is where the request comes from.
    pub async fn session(&self, token: &Secret, address: Option<String>) -> Result<SessionState, AccessError> {
        let hash = token::hash(token.expose());
        let found = self.store.read::<_, StoreError, _>(move |reader| sessions::find(reader, &hash)).await?;
        let Some((session, user)) = found else { return Ok(SessionState::Unknown) };
        let now = self.now();
        if now >= session.expires_at {
            return Ok(SessionState::Ended);
        }
        let quiet = now.since(session.last_seen_at);
        if quiet >= SESSION_IDLE {
            return Ok(SessionState::Idle);
        }
        if quiet >= SEEN_EACH {
            let store = self.store.clone();
            // The page does not wait for it.
            tokio::spawn(async move {
                let seen = store.write::<_, StoreError, _>(move |tx| sessions::seen(tx, &hash, now)).await;
                if let Err(error) = seen {
                    tracing::warn!(%error, "a session's last click was not written down");
                }
            });
        }
        let principal = principal(&user, address);
        let expires_at = session.expires_at;
        Ok(SessionState::Live(Box::new(SignedIn { principal, user, csrf: session.csrf, expires_at })))
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &Secret, address: Option<String>) -> Result<(), AccessError> {
        let hash = token::hash(token.expose());
        let (audit, now) = (self.audit.clone(), self.now());
        self.write(move |tx| {
            if let Some((_, user)) = sessions::find(tx, &hash)? {
                sessions::delete(tx, &hash)?;
                let entry = Entry::new(now, &actor(&user, address), "user.signed_out");
                audit.append(tx, &entry.target("user", user.id, user.email))?;
            }
            Ok(())
        })
        .await
    }
}

pub(super) fn actor(user: &User, address: Option<String>) -> Actor {
    Actor { kind: ActorKind::User, id: Some(user.id.to_string()), name: user.name.clone(), address }
}

fn principal(user: &User, address: Option<String>) -> Principal {
    Principal::new(actor(user, address), Some(user.role), user.role.permissions(), None)
}
