//! One-time links: the set-up, a lost password, an invitation, the demo's way in. Opening one uses nothing up (mail scanners
//! open links); what is done with it does, in the transaction of the deed.

use std::time::Duration;

use serde_json::json;

use super::error::AccessError;
use super::model::{Link, NewOwner, NewSession, NewUser, OneTimeToken, Purpose, User, Visitor};
use super::principal::{Principal, Role};
use super::service::{Access, require_admin};
use super::sessions::actor;
use super::store::{sessions, tokens, users};
use super::token::{self, TokenHash};
use super::users::{check, checked_password, new_user};
use crate::audit::Entry;
use crate::base::{Secret, Timestamp, UserId};
use crate::store::{StoreError, Tx};

fn life(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Setup | Purpose::Recover => Duration::from_secs(30 * 60),
        // Longer than a demo runs.
        Purpose::SignIn => Duration::from_secs(365 * 24 * 60 * 60),
        Purpose::Invite => Duration::from_secs(7 * 24 * 60 * 60),
    }
}

impl Access {
    pub async fn has_owner(&self) -> Result<bool, AccessError> {
        Ok(self.store.read::<_, StoreError, _>(|reader| Ok(users::owners(reader)? > 0)).await?)
    }

    /// The token of a set-up link; refused once there is an owner. A new one ends the one before.
    pub async fn setup_token(&self, who: &Principal) -> Result<OneTimeToken, AccessError> {
        require_admin(who)?;
        let (made, hash) = self.one_time(Purpose::Setup);
        let (audit, who, now, expires_at) = (self.audit.clone(), who.clone(), self.now(), made.expires_at);
        self.write(move |tx| {
            if users::owners(tx)? > 0 {
                return Err(AccessError::OwnerExists);
            }
            tokens::delete_all(tx, Purpose::Setup, None)?;
            tokens::insert(tx, &hash, Purpose::Setup, None, &who.actor, (now, expires_at))?;
            audit.append(tx, &Entry::new(now, &who.actor, "setup_link.created"))?;
            Ok(())
        })
        .await?;
        Ok(made)
    }

    /// The token of a link by which a user who lost the password chooses a new one.
    pub async fn recovery_token(&self, who: &Principal, email: &str) -> Result<OneTimeToken, AccessError> {
        let email = email.trim().to_owned();
        let find = move |tx: &Tx<'_>| users::with_hash_by_email(tx, &email);
        self.token_for(who, Purpose::Recover, "user.recovery_link_created", find).await
    }

    /// The token of a new invitation, when the first one ran out.
    pub async fn invitation_token(&self, who: &Principal, id: UserId) -> Result<OneTimeToken, AccessError> {
        self.token_for(who, Purpose::Invite, "user.invited", move |tx| users::with_hash(tx, id)).await
    }

    /// The token of a link that signs straight in. Refused but in a demo: elsewhere nobody gets in without a password.
    pub async fn sign_in_token(&self, who: &Principal, id: UserId) -> Result<OneTimeToken, AccessError> {
        self.only_in_a_demo().await?;
        self.token_for(who, Purpose::SignIn, "user.sign_in_link_created", move |tx| users::with_hash(tx, id)).await
    }

    async fn only_in_a_demo(&self) -> Result<(), AccessError> {
        let demo = self.store.read::<_, StoreError, _>(|reader| tokens::is_demo(reader)).await?;
        if demo { Ok(()) } else { Err(AccessError::LinkOver) }
    }

    async fn token_for(
        &self,
        who: &Principal,
        purpose: Purpose,
        action: &'static str,
        find: impl FnOnce(&Tx<'_>) -> Result<Option<(User, Option<String>)>, StoreError> + Send + 'static,
    ) -> Result<OneTimeToken, AccessError> {
        require_admin(who)?;
        let (made, hash) = self.one_time(purpose);
        let (audit, who, now, expires_at) = (self.audit.clone(), who.clone(), self.now(), made.expires_at);
        self.write(move |tx| {
            let (user, _) = find(tx)?.ok_or(AccessError::UnknownUser)?;
            if user.role == Role::Owner && !who.is_owner() {
                return Err(AccessError::OwnersOnly);
            }
            tokens::delete_all(tx, purpose, Some(user.id))?;
            tokens::insert(tx, &hash, purpose, Some(user.id), &who.actor, (now, expires_at))?;
            audit.append(tx, &Entry::new(now, &who.actor, action).target("user", user.id, user.email))?;
            Ok(())
        })
        .await?;
        Ok(made)
    }

    /// What a link is for, while it can be used.
    pub async fn link(&self, token: &Secret) -> Result<Option<Link>, AccessError> {
        let (hash, now) = (token::hash(token.expose()), self.now());
        Ok(self.store.read::<_, StoreError, _>(move |reader| tokens::open(reader, &hash, now)).await?)
    }

    /// Ends the set-up: makes the first owner and signs them in.
    pub async fn create_owner(
        &self,
        token: &Secret,
        owner: NewOwner,
        visitor: Visitor,
    ) -> Result<NewSession, AccessError> {
        self.open_link(token, &[Purpose::Setup]).await?;
        let NewOwner { email, name, password } = owner;
        let wanted = NewUser { email, name, role: Role::Owner, password: Some(password) };
        let wanted = check(wanted).map_err(AccessError::Invalid)?;
        let password = wanted.password.clone().unwrap_or_default();
        let hash = self.passwords.hash(password, self.random.as_ref()).await?;
        let now = self.now();
        let user = new_user(&wanted, now, self.random.as_ref());
        let (audit, begun, spent) = (self.audit.clone(), self.begin(&visitor), token::hash(token.expose()));
        self.write(move |tx| {
            if !tokens::spend(tx, &spent, now)? {
                return Err(AccessError::LinkOver);
            }
            if users::owners(tx)? > 0 {
                return Err(AccessError::OwnerExists);
            }
            users::insert(tx, &user, Some(&hash))?;
            users::signed_in(tx, user.id, now)?;
            let entry = Entry::new(now, &actor(&user, visitor.address.clone()), "user.created")
                .target("user", user.id, user.email.clone())
                .detail(json!({"role": user.role.as_str(), "by": "setup_link"}));
            audit.append(tx, &entry)?;
            Ok(begun.in_transaction(tx, user)?)
        })
        .await
    }

    /// Follows an invitation or a recovery: the password becomes this one, all other sessions end, a new one begins.
    pub async fn choose_password(
        &self,
        token: &Secret,
        password: Secret,
        visitor: Visitor,
    ) -> Result<NewSession, AccessError> {
        let link = self.open_link(token, &[Purpose::Invite, Purpose::Recover]).await?;
        let user = link.user.ok_or(AccessError::LinkOver)?;
        checked_password(&password, &user)?;
        let hash = self.passwords.hash(password, self.random.as_ref()).await?;
        self.follow(token, user.id, visitor, "user.password_set", move |tx, id, now| {
            users::set_password(tx, id, &hash, now)?;
            // An older invitation must not choose another password after this one.
            tokens::delete_of_user(tx, id)?;
            sessions::delete_of_user(tx, id)
        })
        .await
    }

    /// Follows a link that signs straight in. It may be opened again: it is the demo's only way in, and ends with it.
    pub async fn sign_in_by_link(&self, token: &Secret, visitor: Visitor) -> Result<NewSession, AccessError> {
        self.only_in_a_demo().await?;
        let link = self.open_link(token, &[Purpose::SignIn]).await?;
        let user = link.user.ok_or(AccessError::LinkOver)?;
        let (audit, begun, now, id) = (self.audit.clone(), self.begin(&visitor), self.now(), user.id);
        self.write(move |tx| {
            let (user, _) = users::with_hash(tx, id)?.ok_or(AccessError::LinkOver)?;
            users::signed_in(tx, id, now)?;
            audit.append(tx, &followed(&user, &visitor, now, "user.signed_in"))?;
            Ok(begun.in_transaction(tx, user)?)
        })
        .await
    }

    async fn follow(
        &self,
        token: &Secret,
        id: UserId,
        visitor: Visitor,
        action: &'static str,
        deed: impl FnOnce(&Tx<'_>, UserId, Timestamp) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<NewSession, AccessError> {
        let (audit, begun, now) = (self.audit.clone(), self.begin(&visitor), self.now());
        let spent = token::hash(token.expose());
        self.write(move |tx| {
            // Looked at again: its maker or its user may have lost the right while the password was being hashed.
            let still = tokens::open(tx, &spent, now)?.and_then(|link| link.user);
            if still.is_none_or(|user| user.id != id) || !tokens::spend(tx, &spent, now)? {
                return Err(AccessError::LinkOver);
            }
            deed(tx, id, now)?;
            users::signed_in(tx, id, now)?;
            let (user, _) = users::with_hash(tx, id)?.ok_or(AccessError::LinkOver)?;
            audit.append(tx, &followed(&user, &visitor, now, action))?;
            Ok(begun.in_transaction(tx, user)?)
        })
        .await
    }

    async fn open_link(&self, token: &Secret, purposes: &[Purpose]) -> Result<Link, AccessError> {
        let link = self.link(token).await?.filter(|link| purposes.contains(&link.purpose));
        link.ok_or(AccessError::LinkOver)
    }

    pub(super) fn one_time(&self, purpose: Purpose) -> (OneTimeToken, TokenHash) {
        let (token, hash) = self.token("");
        (OneTimeToken { token, purpose, expires_at: self.now().plus(life(purpose)) }, hash)
    }
}

fn followed(user: &User, visitor: &Visitor, now: Timestamp, action: &'static str) -> Entry {
    Entry::new(now, &actor(user, visitor.address.clone()), action)
        .target("user", user.id, user.email.clone())
        .detail(json!({"by": "link"}))
}
