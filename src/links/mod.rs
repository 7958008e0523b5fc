//! Links by which a customer comes into the portal: one live link per connection and purpose, valid until its episode
//! ends and at most 30 days. A token is derived, never kept; opening a link uses nothing up, only a good sign-in does.
//! Knows connections and customers by id only; who may make a link is decided above.

mod model;
mod store;
mod token;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use serde_json::json;

pub use model::{End, LIFE, Link, LinkState, NewLink, Purpose, SHORTEST};
pub use store::{find, of_connection};

use crate::audit::{AuditLog, Entry};
use crate::base::{Actor, ConnectionId, LinkId, Random, Secret, SecretBytes, Timestamp};
use crate::store::{Rows, StoreError, Tx};

/// Links, and the live ones in memory: a refused request names its link without asking the store.
#[derive(Clone)]
pub struct Links {
    key: SecretBytes,
    /// Where they begin, without a slash at the end.
    public_url: Arc<str>,
    audit: AuditLog,
    live: Arc<RwLock<HashMap<(ConnectionId, Purpose), Link>>>,
}

impl Links {
    /// `key` derives the tokens; `public_url` is where the portal is reached.
    pub fn new(key: SecretBytes, public_url: &str, audit: AuditLog) -> Self {
        Self { key, public_url: public_url.trim_end_matches('/').into(), audit, live: Arc::default() }
    }

    /// Reads the live ones at start.
    pub fn load(&self, rows: &impl Rows) -> Result<(), StoreError> {
        let live = store::live(rows)?.into_iter().map(|link| ((link.connection_id, link.purpose), link)).collect();
        *self.live.write() = live;
        Ok(())
    }

    /// The whole address. It opens a door: shown to those who may, never logged.
    pub fn url(&self, link: &Link) -> String {
        format!("{}/portal/{}", self.public_url, self.token(link).expose())
    }

    pub fn token(&self, link: &Link) -> Secret {
        token::derive(&self.key, link)
    }

    /// The live link of a connection, from memory.
    pub fn live(&self, connection: ConnectionId, purpose: Purpose, now: Timestamp) -> Option<Link> {
        self.live.read().get(&(connection, purpose)).filter(|link| link.state(now) == LinkState::Live).cloned()
    }

    /// The link of a token, whatever became of it. A token that was not made here finds nothing.
    pub fn by_token(&self, rows: &impl Rows, text: &str) -> Result<Option<Link>, StoreError> {
        let Some(id) = token::id_of(text) else { return Ok(None) };
        let link = store::find(rows, id)?;
        Ok(link.filter(|link| token::derive(&self.key, link).matches(&Secret::new(text))))
    }

    /// Makes a link, or gives the live one of the same purpose: the same address for the same episode. What the caller
    /// says about its end and the address is taken over.
    pub fn issue(
        &self,
        tx: &Tx<'_>,
        new: &NewLink,
        actor: &Actor,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Link, StoreError> {
        let found = store::live_of(tx, new.connection_id, new.purpose)?;
        let link = match found {
            Some(link) if link.expires_at > now => {
                let changed = link.clone().adapted(new, now);
                if changed == link {
                    return Ok(link);
                }
                store::save(tx, &changed)?;
                self.note(tx, "link.changed", &changed, new, actor, now)?;
                changed
            }
            expired => {
                if let Some(old) = expired {
                    store::end(tx, old.id, End::Expired, now)?;
                }
                let link = Link::made(LinkId::new(now, random), new, &actor.name, now);
                store::insert(tx, &link)?;
                self.note(tx, "link.created", &link, new, actor, now)?;
                link
            }
        };
        self.follow(tx, link.connection_id, link.purpose, Some(link.clone()));
        Ok(link)
    }

    fn note(
        &self,
        tx: &Tx<'_>,
        action: &'static str,
        link: &Link,
        new: &NewLink,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let entry = Entry::new(now, actor, action)
            .target("connection", link.connection_id, new.connection_name.clone())
            .detail(json!({
                "link_id": link.id, "purpose": link.purpose.as_str(), "expires_at": link.expires_at,
                "change_base_url": link.change_base_url,
            }));
        self.audit.append(tx, &entry).map(|_| ())
    }

    /// Takes a link back; false when it had ended already.
    pub fn revoke(
        &self,
        tx: &Tx<'_>,
        link: &Link,
        name: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !store::end(tx, link.id, End::Revoked, now)? {
            return Ok(false);
        }
        let entry = Entry::new(now, actor, "link.revoked")
            .target("connection", link.connection_id, name)
            .detail(json!({ "link_id": link.id, "purpose": link.purpose.as_str() }));
        self.audit.append(tx, &entry)?;
        self.follow(tx, link.connection_id, link.purpose, None);
        Ok(true)
    }

    /// Ends all live links of a connection: it was reconnected, is well again, or has ended.
    pub fn end_all(&self, tx: &Tx<'_>, connection: ConnectionId, end: End, now: Timestamp) -> Result<(), StoreError> {
        if store::end_all(tx, connection, end, now)? > 0 {
            for purpose in Purpose::ALL {
                self.follow(tx, connection, purpose, None);
            }
        }
        Ok(())
    }

    /// Whether a link may still be used, in the transaction of what it is used for.
    pub fn is_live(&self, tx: &Tx<'_>, id: LinkId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(store::find(tx, id)?.is_some_and(|link| link.state(now) == LinkState::Live))
    }

    /// Memory follows when the change is on disk.
    fn follow(&self, tx: &Tx<'_>, connection: ConnectionId, purpose: Purpose, link: Option<Link>) {
        let live = Arc::clone(&self.live);
        tx.on_commit(move || {
            let mut live = live.write();
            match link {
                Some(link) => live.insert((connection, purpose), link),
                None => live.remove(&(connection, purpose)),
            };
        });
    }
}

#[cfg(test)]
mod tests;
