//! Signing in with e-mail and password. Right and wrong, known and unknown take the same time and give the same sentence.

use super::error::AccessError;
use super::model::{NewSession, Visitor};
use super::service::Access;
use super::sessions::actor;
use super::store::users;
use crate::audit::{AuditOutcome, Entry};
use crate::base::{Actor, Secret};
use crate::store::StoreError;

impl Access {
    /// Begins a session. After five wrong tries the answer says in how many seconds the next one is possible.
    pub async fn sign_in(&self, email: &str, password: Secret, visitor: Visitor) -> Result<NewSession, AccessError> {
        let email: String = email.trim().chars().take(254).collect();
        // The turn comes first: so tries at the same time cannot slip past the count.
        let turn = self.passwords.turn().await?;
        let address = visitor.address.clone();
        self.throttle.count(address.as_deref(), &email).map_err(|seconds| AccessError::Throttled { seconds })?;
        let wanted = email.clone();
        let known =
            self.store.read::<_, StoreError, _>(move |reader| users::with_hash_by_email(reader, &wanted)).await?;
        let hash = known.as_ref().and_then(|(_, hash)| hash.clone());
        let fits = self.passwords.fits(turn, password, hash.clone()).await?;
        let Some((user, _)) = known.filter(|_| fits) else {
            self.note_refusal(email, address).await?;
            return Err(AccessError::WrongCredentials);
        };
        self.throttle.clear(address.as_deref(), &email);
        let (audit, begun, now) = (self.audit.clone(), self.begin(&visitor), self.now());
        self.write(move |tx| {
            // The password may have been changed while it was compared.
            let (user, current) = users::with_hash(tx, user.id)?.ok_or(AccessError::WrongCredentials)?;
            if current != hash {
                return Err(AccessError::WrongCredentials);
            }
            users::signed_in(tx, user.id, now)?;
            let entry = Entry::new(now, &actor(&user, visitor.address.clone()), "user.signed_in");
            audit.append(tx, &entry.target("user", user.id, user.email.clone()))?;
            Ok(begun.in_transaction(tx, user)?)
        })
        .await
    }

    /// What was typed is noted only where it is a user's address: people type passwords into the wrong field.
    async fn note_refusal(&self, email: String, address: Option<String>) -> Result<(), AccessError> {
        let (audit, now) = (self.audit.clone(), self.now());
        self.write(move |tx| {
            let mut entry = Entry::new(now, &Actor::anonymous(address), "user.sign_in_refused");
            if let Some((user, _)) = users::with_hash_by_email(tx, &email)? {
                entry = entry.target("user", user.id, user.email);
            }
            audit.append(tx, &entry.outcome(AuditOutcome::Refused))?;
            Ok(())
        })
        .await
    }
}
