//! API keys: shown once, kept as a hash, found in memory at each request.

use serde_json::json;

use super::error::AccessError;
use super::model::{ApiKey, CreatedApiKey, NewApiKey};
use super::principal::{Principal, Scope};
use super::service::{Access, require_admin};
use super::store::keys;
use super::token;
use crate::audit::Entry;
use crate::base::{ApiKeyId, FieldError, Page, PageRequest, Timestamp};
use crate::store::StoreError;

const PREFIX: &str = "jbx_";
const HINT: usize = 8;

impl Access {
    /// Makes a key; its text is in the answer and nowhere else.
    pub async fn create_api_key(&self, who: &Principal, new: NewApiKey) -> Result<CreatedApiKey, AccessError> {
        require_admin(who)?;
        let now = self.now();
        let new = check(new, now).map_err(AccessError::Invalid)?;
        let (text, hash) = self.token(PREFIX);
        let key = ApiKey {
            id: ApiKeyId::new(now, self.random.as_ref()),
            name: new.name,
            hint: text.expose().chars().take(HINT).collect(),
            owner: who.is_owner() && new.scopes.contains(&Scope::All) && new.customer_ids.is_none(),
            scopes: new.scopes,
            customer_ids: new.customer_ids,
            created_by: who.actor.name.clone(),
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let (audit, who, ring) = (self.audit.clone(), who.clone(), self.keys.clone());
        let made = key.clone();
        self.write(move |tx| {
            keys::insert(tx, &hash, &made)?;
            let scopes: Vec<&str> = made.scopes.iter().map(|scope| scope.as_str()).collect();
            let detail = json!({"scopes": scopes, "customer_ids": made.customer_ids, "expires_at": made.expires_at});
            let entry = Entry::new(now, &who.actor, "api_key.created").target("api_key", made.id, made.name.clone());
            audit.append(tx, &entry.detail(detail))?;
            tx.on_commit(move || ring.add(hash, &made));
            Ok(())
        })
        .await?;
        Ok(CreatedApiKey { key, text })
    }

    /// Newest first. Without `ended`, only those that still work.
    pub async fn api_keys(&self, who: &Principal, ended: bool, page: PageRequest) -> Result<Page<ApiKey>, AccessError> {
        require_admin(who)?;
        let now = self.now();
        self.store.read(move |reader| keys::list(reader, (!ended).then_some(now), &page)).await
    }

    pub async fn api_key(&self, who: &Principal, id: ApiKeyId) -> Result<Option<ApiKey>, AccessError> {
        require_admin(who)?;
        Ok(self.store.read::<_, StoreError, _>(move |reader| keys::find(reader, id)).await?)
    }

    /// The key is refused from the moment of the answer on. A second time changes nothing.
    pub async fn revoke_api_key(&self, who: &Principal, id: ApiKeyId) -> Result<(), AccessError> {
        require_admin(who)?;
        let (audit, who, ring, now) = (self.audit.clone(), who.clone(), self.keys.clone(), self.now());
        self.write(move |tx| {
            let key = keys::find(tx, id)?.ok_or(AccessError::UnknownKey)?;
            if key.revoked_at.is_some() {
                return Ok(());
            }
            if key.owner && !who.is_owner() {
                return Err(AccessError::OwnersOnly);
            }
            keys::revoke(tx, id, now)?;
            audit.append(tx, &Entry::new(now, &who.actor, "api_key.revoked").target("api_key", id, key.name))?;
            tx.on_commit(move || ring.remove(id));
            Ok(())
        })
        .await
    }

    /// Who the key stands for. Asks memory only.
    pub fn authenticate(&self, text: &str, address: Option<&str>) -> Option<Principal> {
        if !text.starts_with(PREFIX) {
            return None;
        }
        let now = self.now();
        let fitting = self.keys.find(&token::hash(text), now)?;
        if fitting.note {
            self.note_use(fitting.id, now);
        }
        let mut principal = fitting.principal;
        principal.actor.address = address.map(str::to_owned);
        Some(principal)
    }

    /// The request does not wait for it.
    fn note_use(&self, id: ApiKeyId, now: Timestamp) {
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.write::<_, StoreError, _>(move |tx| keys::used(tx, id, now)).await {
                tracing::warn!(%error, "the use of an API key was not written down");
            }
        });
    }
}

fn check(mut new: NewApiKey, now: Timestamp) -> Result<NewApiKey, Vec<FieldError>> {
    let mut errors = Vec::new();
    new.name = new.name.trim().to_owned();
    if new.name.is_empty() {
        errors.push(FieldError::required("name"));
    } else if new.name.chars().count() > 100 {
        errors.push(FieldError::too_long("name", 100));
    }
    new.scopes.sort_unstable();
    new.scopes.dedup();
    if new.scopes.is_empty() {
        errors.push(FieldError::new("scopes", "required", "Choose at least one scope."));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.push(FieldError::invalid("expires_at", "The end lies in the past. Choose a later one."));
    }
    if let Some(ids) = &mut new.customer_ids {
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            errors.push(FieldError::invalid("customer_ids", "Name at least one customer, or leave it out for all."));
        }
    }
    if errors.is_empty() { Ok(new) } else { Err(errors) }
}
