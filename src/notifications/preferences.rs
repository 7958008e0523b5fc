//! What a user wants to be told: each user's own choice, within what their role may see.

use super::error::NotificationError;
use super::model::Preferences;
use super::service::Notifications;
use super::store;
use crate::access::{Permission, Principal, Role};
use crate::audit::Entry;
use crate::base::{FieldError, UserId};
use crate::store::StoreError;

impl Notifications {
    /// The caller's own choice, or what holds without one.
    pub async fn preferences(&self, who: &Principal) -> Result<Preferences, NotificationError> {
        who.require(Permission::ConnectionsRead)?;
        let user = own_id(who)?;
        let found =
            self.inner.means.store.read::<_, StoreError, _>(move |reader| store::subscribers::of(reader, user)).await?;
        let may_change = who.role.is_some_and(|role| role >= Role::Operator);
        Ok(found.unwrap_or_else(|| Preferences::of_role(may_change)))
    }

    pub async fn choose(&self, who: &Principal, wanted: Preferences) -> Result<(), NotificationError> {
        who.require(Permission::ConnectionsRead)?;
        let user = own_id(who)?;
        if wanted.digest_hour > 23 {
            return Err(NotificationError::Invalid(vec![FieldError::invalid("digest_hour", "An hour is 0 to 23.")]));
        }
        let now = self.inner.now();
        let detail = serde_json::json!({ "alarms": wanted.alarms, "ends": wanted.ends, "digest": wanted.digest,
            "statuses": wanted.statuses, "customers": wanted.customers.as_ref().map(Vec::len) });
        let entry =
            Entry::new(now, &who.actor, "notifications.chosen").target("user", user, &who.actor.name).detail(detail);
        let audit = self.inner.means.audit.clone();
        self.inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::subscribers::save(tx, user, &wanted, now)?;
                audit.append(tx, &entry)?;
                Ok(())
            })
            .await?;
        Ok(())
    }
}

/// Only users are written to: a key has no address.
fn own_id(who: &Principal) -> Result<UserId, NotificationError> {
    who.actor.id.as_deref().and_then(|id| id.parse().ok()).ok_or(NotificationError::NotFound)
}
