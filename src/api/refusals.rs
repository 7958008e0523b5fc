//! Refusals of a permission go to the audit log: who asked for what and may not. The same again within a minute is not
//! written twice, so that a program that asks in a loop does not fill the log.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::state::Api;
use crate::access::Principal;
use crate::audit::{AuditOutcome, Entry};
use crate::base::Timestamp;
use crate::store::StoreError;

const QUIET_MILLIS: i64 = 60_000;
const MOST_REMEMBERED: usize = 10_000;

/// When each (who, what) was last written.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<(String, String), Timestamp>>>);

impl Refusals {
    fn is_new(&self, who: &str, what: &str, now: Timestamp) -> bool {
        let mut seen = self.0.lock();
        if seen.len() >= MOST_REMEMBERED {
            seen.retain(|_, at| now.millis().saturating_sub(at.millis()) < QUIET_MILLIS);
        }
        let key = (who.to_owned(), what.to_owned());
        let fresh = seen.get(&key).is_none_or(|at| now.millis().saturating_sub(at.millis()) >= QUIET_MILLIS);
        if fresh {
            seen.insert(key, now);
        }
        fresh
    }
}

/// Notes that `who` may not do `what` (`POST /api/v1/credits/grants`).
pub async fn note(api: &Api, who: &Principal, what: String) {
    let now = api.clock.now();
    let holder = who.actor.id.clone().unwrap_or_else(|| who.actor.name.clone());
    if !api.guard.refusals.is_new(&holder, &what, now) {
        return;
    }
    let entry = Entry::new(now, &who.actor, "request.refused")
        .outcome(AuditOutcome::Refused)
        .detail(serde_json::json!({ "request": what }));
    let audit = api.audit.clone();
    let written = api.store.write::<_, StoreError, _>(move |tx| audit.append(tx, &entry).map(|_| ())).await;
    if let Err(error) = written {
        tracing::error!(%error, "a refusal could not be written to the audit log");
    }
}
