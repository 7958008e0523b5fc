//! The live API keys in memory, by the hash of their text. Added and taken away by the writer right after COMMIT, so a
//! revoked key is refused at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;
use subtle::ConstantTimeEq as _;

use super::model::ApiKey;
use super::principal::{Principal, Role, Scope};
use super::token::TokenHash;
use crate::base::{Actor, ActorKind, ApiKeyId, Timestamp};

/// `last_used_at` is written at most this often.
const USED_EACH: i64 = 60_000;

#[derive(Clone, Default)]
pub(super) struct KeyRing(Arc<RwLock<HashMap<TokenHash, Arc<Held>>>>);

struct Held {
    hash: TokenHash,
    id: ApiKeyId,
    principal: Principal,
    expires_at: Option<Timestamp>,
    used_at: AtomicI64,
}

/// A key that fits.
pub(super) struct Fitting {
    pub id: ApiKeyId,
    pub principal: Principal,
    /// Its use is to be written down now.
    pub note: bool,
}

impl KeyRing {
    pub fn add(&self, hash: TokenHash, key: &ApiKey) {
        let actor =
            Actor { kind: ActorKind::ApiKey, id: Some(key.id.to_string()), name: key.name.clone(), address: None };
        let customers = key.customer_ids.as_ref().map(|ids| ids.iter().copied().collect::<BTreeSet<_>>());
        let role = key.owner.then_some(Role::Owner);
        let held = Held {
            hash,
            id: key.id,
            principal: Principal::new(actor, role, Scope::permissions(&key.scopes), customers),
            expires_at: key.expires_at,
            used_at: AtomicI64::new(key.last_used_at.map_or(i64::MIN, Timestamp::millis)),
        };
        self.0.write().insert(hash, Arc::new(held));
    }

    pub fn remove(&self, id: ApiKeyId) {
        self.0.write().retain(|_, held| held.id != id);
    }

    pub fn find(&self, hash: &TokenHash, now: Timestamp) -> Option<Fitting> {
        let held = self.0.read().get(hash).cloned()?;
        let fits: bool = held.hash.ct_eq(hash).into();
        if !fits || held.expires_at.is_some_and(|end| end <= now) {
            return None;
        }
        let used = held.used_at.load(Ordering::Relaxed);
        let due = now.millis().saturating_sub(used) >= USED_EACH;
        let note =
            due && held.used_at.compare_exchange(used, now.millis(), Ordering::Relaxed, Ordering::Relaxed).is_ok();
        Some(Fitting { id: held.id, principal: held.principal.clone(), note })
    }
}
