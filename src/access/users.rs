//! Users: made, changed and removed by admins; owners by owners only, and the last owner stays.

use serde_json::json;

use super::error::AccessError;
use super::model::{ChangeUser, CreatedUser, NewUser, Purpose, User};
use super::password_rules::check_password;
use super::principal::{Principal, Role};
use super::service::{Access, require_admin};
use super::store::{sessions, tokens, users};
use super::token;
use crate::audit::Entry;
use crate::base::{FieldError, Page, PageRequest, Random, Secret, Timestamp, UserId};
use crate::store::StoreError;

impl Access {
    /// Makes a user. Without a password the answer holds an invitation.
    pub async fn create_user(&self, who: &Principal, new: NewUser) -> Result<CreatedUser, AccessError> {
        require_admin(who)?;
        owners_only(who, new.role)?;
        let new = check(new).map_err(AccessError::Invalid)?;
        let hash = match new.password.clone() {
            Some(password) => Some(self.passwords.hash(password, self.random.as_ref()).await?),
            None => None,
        };
        let now = self.now();
        let mut user = new_user(&new, now, self.random.as_ref());
        user.has_password = hash.is_some();
        let invitation = hash.is_none().then(|| self.one_time(Purpose::Invite));
        let (audit, who) = (self.audit.clone(), who.clone());
        self.write(move |tx| {
            users::insert(tx, &user, hash.as_deref()).map_err(|error| taken(error, &user.email))?;
            let invitation = match invitation {
                Some((made, hash)) => {
                    tokens::insert(tx, &hash, made.purpose, Some(user.id), &who.actor, (now, made.expires_at))?;
                    Some(made)
                }
                None => None,
            };
            let detail = json!({"role": user.role.as_str(), "invited": invitation.is_some()});
            let entry = Entry::new(now, &who.actor, "user.created");
            audit.append(tx, &entry.target("user", user.id, user.email.clone()).detail(detail))?;
            Ok(CreatedUser { user, invitation })
        })
        .await
    }

    pub async fn user(&self, who: &Principal, id: UserId) -> Result<Option<User>, AccessError> {
        if !is_self(who, id) {
            require_admin(who)?;
        }
        let found = self.store.read::<_, StoreError, _>(move |reader| users::with_hash(reader, id)).await?;
        Ok(found.map(|(user, _)| user))
    }

    /// Oldest first; `q` is a word in name or e-mail.
    pub async fn users(
        &self,
        who: &Principal,
        q: Option<String>,
        page: PageRequest,
    ) -> Result<Page<User>, AccessError> {
        require_admin(who)?;
        self.store.read(move |reader| users::list(reader, q.as_deref(), &page)).await
    }

    /// Changes what `change` names; with `expected`, only if the user still has that version. A new role ends the user's
    /// sessions; a new role or address their one-time links.
    pub async fn change_user(
        &self,
        who: &Principal,
        id: UserId,
        change: ChangeUser,
        expected: Option<i64>,
    ) -> Result<User, AccessError> {
        require_admin(who)?;
        let (audit, who, now) = (self.audit.clone(), who.clone(), self.now());
        self.write(move |tx| {
            let (before, _) = users::with_hash(tx, id)?.ok_or(AccessError::UnknownUser)?;
            owners_only(&who, before.role)?;
            if expected.is_some_and(|version| version != before.version) {
                return Err(AccessError::Stale { found: before.version });
            }
            let role = change.role.unwrap_or(before.role);
            owners_only(&who, role)?;
            if before.role == Role::Owner && role != Role::Owner && users::owners(tx)? <= 1 {
                return Err(AccessError::LastOwner);
            }
            let wanted = check(NewUser {
                email: change.email.unwrap_or_else(|| before.email.clone()),
                name: change.name.unwrap_or_else(|| before.name.clone()),
                role,
                password: None,
            })
            .map_err(AccessError::Invalid)?;
            let mut after = before.clone();
            (after.email, after.name, after.role) = (wanted.email, wanted.name, role);
            if after == before {
                return Ok(after);
            }
            (after.version, after.updated_at) = (after.version.saturating_add(1), now);
            users::update(tx, &after).map_err(|error| taken(error, &after.email))?;
            let mut detail = serde_json::Map::new();
            for (field, old, new) in [
                ("email", before.email.as_str(), after.email.as_str()),
                ("name", before.name.as_str(), after.name.as_str()),
                ("role", before.role.as_str(), after.role.as_str()),
            ] {
                if old != new {
                    detail.insert(field.into(), json!({"from": old, "to": new}));
                }
            }
            if before.role != after.role {
                sessions::delete_of_user(tx, id)?;
            }
            // A link was made for whom they were: who holds it shall not become whom they are now.
            if before.role != after.role || before.email != after.email {
                tokens::delete_of_user(tx, id)?;
            }
            let entry = Entry::new(now, &who.actor, "user.changed").target("user", id, after.email.clone());
            audit.append(tx, &entry.detail(detail.into()))?;
            Ok(after)
        })
        .await
    }

    /// An admin sets somebody's password; all sessions of that user end.
    pub async fn set_password(&self, who: &Principal, id: UserId, password: Secret) -> Result<(), AccessError> {
        require_admin(who)?;
        let user = self.user(who, id).await?.ok_or(AccessError::UnknownUser)?;
        owners_only(who, user.role)?;
        self.write_password(who, user, password, None).await
    }

    /// Whether this is the user's own password; counted as a try to sign in is.
    pub async fn proves_password(&self, who: &Principal, password: Secret) -> Result<bool, AccessError> {
        let id = who.actor.id.as_deref().and_then(|id| id.parse().ok()).ok_or(AccessError::UnknownUser)?;
        let turn = self.passwords.turn().await?;
        let account = format!("password of {id}");
        let address = who.actor.address.as_deref();
        self.throttle.count(address, &account).map_err(|seconds| AccessError::Throttled { seconds })?;
        let found = self.store.read::<_, StoreError, _>(move |reader| users::with_hash(reader, id)).await?;
        let (_, hash) = found.ok_or(AccessError::UnknownUser)?;
        let fits = self.passwords.fits(turn, password, hash).await?;
        if fits {
            self.throttle.clear(address, &account);
        }
        Ok(fits)
    }

    /// A user changes the own password, proving the present one; all sessions but `session` end.
    pub async fn change_own_password(
        &self,
        who: &Principal,
        present: Secret,
        password: Secret,
        session: &Secret,
    ) -> Result<(), AccessError> {
        let id = who.actor.id.as_deref().and_then(|id| id.parse().ok()).ok_or(AccessError::UnknownUser)?;
        let turn = self.passwords.turn().await?;
        self.throttle
            .count(who.actor.address.as_deref(), &format!("password of {id}"))
            .map_err(|seconds| AccessError::Throttled { seconds })?;
        let found = self.store.read::<_, StoreError, _>(move |reader| users::with_hash(reader, id)).await?;
        let (user, hash) = found.ok_or(AccessError::UnknownUser)?;
        if !self.passwords.fits(turn, present, hash).await? {
            return Err(AccessError::WrongPassword);
        }
        self.throttle.clear(who.actor.address.as_deref(), &format!("password of {id}"));
        self.write_password(who, user, password, Some(token::hash(session.expose()))).await
    }

    async fn write_password(
        &self,
        who: &Principal,
        user: User,
        password: Secret,
        keep: Option<token::TokenHash>,
    ) -> Result<(), AccessError> {
        checked_password(&password, &user)?;
        let hash = self.passwords.hash(password, self.random.as_ref()).await?;
        let (audit, who, now) = (self.audit.clone(), who.clone(), self.now());
        self.write(move |tx| {
            if !users::set_password(tx, user.id, &hash, now)? {
                return Err(AccessError::UnknownUser);
            }
            sessions::delete_of_user_but(tx, user.id, keep.as_ref())?;
            tokens::delete_of_user(tx, user.id)?;
            let entry = Entry::new(now, &who.actor, "user.password_set");
            audit.append(tx, &entry.target("user", user.id, user.email))?;
            Ok(())
        })
        .await
    }

    /// `system`, `light` or `dark`, for the own pages.
    pub async fn set_theme(&self, who: &Principal, theme: &str) -> Result<(), AccessError> {
        let id = who.actor.id.as_deref().and_then(|id| id.parse().ok()).ok_or(AccessError::UnknownUser)?;
        if !["system", "light", "dark"].contains(&theme) {
            let message = "The theme is system, light or dark.";
            return Err(AccessError::Invalid(vec![FieldError::invalid("theme", message)]));
        }
        let theme = theme.to_owned();
        self.write(move |tx| Ok(users::set_theme(tx, id, &theme)?)).await
    }

    pub async fn delete_user(&self, who: &Principal, id: UserId) -> Result<(), AccessError> {
        require_admin(who)?;
        let (audit, who, now) = (self.audit.clone(), who.clone(), self.now());
        self.write(move |tx| {
            let (user, _) = users::with_hash(tx, id)?.ok_or(AccessError::UnknownUser)?;
            owners_only(&who, user.role)?;
            if user.role == Role::Owner && users::owners(tx)? <= 1 {
                return Err(AccessError::LastOwner);
            }
            users::delete(tx, id)?;
            let detail = json!({"role": user.role.as_str()});
            let entry = Entry::new(now, &who.actor, "user.deleted").target("user", id, user.email).detail(detail);
            audit.append(tx, &entry)?;
            Ok(())
        })
        .await
    }
}

fn is_self(who: &Principal, id: UserId) -> bool {
    who.actor.kind == crate::base::ActorKind::User && who.actor.id.as_deref() == Some(id.to_string().as_str())
}

fn owners_only(who: &Principal, role: Role) -> Result<(), AccessError> {
    if role == Role::Owner && !who.is_owner() { Err(AccessError::OwnersOnly) } else { Ok(()) }
}

fn taken(error: StoreError, email: &str) -> AccessError {
    match error {
        StoreError::Unique { .. } => AccessError::EmailTaken { email: email.to_owned() },
        other => other.into(),
    }
}

pub(super) fn new_user(new: &NewUser, now: Timestamp, random: &dyn Random) -> User {
    User {
        id: UserId::new(now, random),
        email: new.email.clone(),
        name: new.name.clone(),
        role: new.role,
        theme: "system".into(),
        has_password: new.password.is_some(),
        version: 1,
        created_at: now,
        updated_at: now,
        last_signed_in_at: None,
    }
}

pub(super) fn checked_password(password: &Secret, user: &User) -> Result<(), AccessError> {
    check_password(password, &user.email, &user.name).map_err(|error| AccessError::Invalid(vec![error]))
}

/// Trims, and says everything that does not fit.
pub(super) fn check(mut new: NewUser) -> Result<NewUser, Vec<FieldError>> {
    new.email = new.email.trim().to_owned();
    new.name = new.name.trim().to_owned();
    let mut errors = Vec::new();
    if new.email.is_empty() {
        errors.push(FieldError::required("email"));
    } else if new.email.chars().count() > 254 {
        errors.push(FieldError::too_long("email", 254));
    } else if !is_email(&new.email) {
        errors.push(FieldError::invalid("email", "An e-mail address ends with a domain, like meridian.example."));
    }
    if new.name.is_empty() {
        errors.push(FieldError::required("name"));
    } else if new.name.chars().count() > 200 {
        errors.push(FieldError::too_long("name", 200));
    } else if new.name.chars().any(char::is_control) {
        errors.push(FieldError::invalid("name", "A name is one line of text."));
    }
    if let Some(Err(error)) = new.password.as_ref().map(|password| check_password(password, &new.email, &new.name)) {
        errors.push(error);
    }
    if errors.is_empty() { Ok(new) } else { Err(errors) }
}

fn is_email(text: &str) -> bool {
    let plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "<>,;\"".contains(letter));
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let labels = || domain.split('.');
    plain
        && !local.is_empty()
        && !local.contains('@')
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty())
}
