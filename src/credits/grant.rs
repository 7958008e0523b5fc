//! Granting: new credits come into being, from `issued` into the pool. There are no negative grants; what was granted by
//! mistake stays in the ledger and is no one's to erase.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CreditError;
use super::model::{Cause, ISSUED, OVERAGE, POOL, PostingKind};
use super::{Credits, store};
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::Entry;
use crate::base::{EventId, FieldError, GrantId, Timestamp};
use crate::events::{self, EventKind, NewEvent};

const NOTE_LIMIT: usize = 500;
const MOST_AT_ONCE: i64 = 1_000_000_000;

/// What is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    pub amount: i64,
    pub note: String,
}

/// Credits that were put into the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    pub id: GrantId,
    pub amount: i64,
    pub note: String,
    pub actor: String,
    pub created_at: Timestamp,
    /// What is free after it.
    pub available: i64,
}

fn check(new: &NewGrant) -> Result<(), CreditError> {
    let mut faults = Vec::new();
    if new.amount < 1 {
        faults.push(FieldError::invalid("amount", "Grant at least 1 credit; credits cannot be taken away by a grant."));
    } else if new.amount > MOST_AT_ONCE {
        faults.push(FieldError::invalid("amount", format!("Grant at most {MOST_AT_ONCE} credits at once.")));
    }
    if new.note.trim().is_empty() {
        faults.push(FieldError::new("note", "required", "Write why: it stays in the ledger."));
    } else if new.note.chars().count() > NOTE_LIMIT {
        faults.push(FieldError::too_long("note", NOTE_LIMIT));
    } else if new.note.chars().any(char::is_control) {
        faults.push(FieldError::invalid("note", "A note is one line without control characters."));
    }
    if faults.is_empty() { Ok(()) } else { Err(CreditError::Invalid(faults)) }
}

impl Credits {
    pub async fn grant(&self, who: &Principal, new: NewGrant) -> Result<Grant, CreditError> {
        who.require(Permission::CreditsWrite)?;
        if who.customers().is_some() {
            // The pool belongs to all customers.
            return Err(Forbidden { needed: Permission::CreditsWrite }.into());
        }
        check(&new)?;
        let now = self.clock.now();
        let random = self.random.clone();
        let mut grant = Grant {
            id: GrantId::new(now, random.as_ref()),
            amount: new.amount,
            note: new.note.trim().to_owned(),
            actor: who.actor.name.clone(),
            created_at: now,
            available: 0,
        };
        let (audit, who) = (self.audit.clone(), who.clone());
        self.store
            .write(move |tx| {
                store::insert_grant(tx, &grant)?;
                let overdrawn = store::balance(tx, OVERAGE)?.saturating_neg().max(0);
                let settled = grant.amount.min(overdrawn);
                let cause = Cause {
                    at: now,
                    kind: PostingKind::Grant,
                    grant: Some(grant.id),
                    subject: None,
                    note: grant.note.clone(),
                    actor_name: grant.actor.clone(),
                };
                let lines = [
                    (ISSUED, grant.amount.saturating_neg()),
                    (OVERAGE, settled),
                    (POOL, grant.amount.saturating_sub(settled)),
                ];
                store::post(tx, random.as_ref(), &cause, &lines)?;
                grant.available = store::balance(tx, POOL)?;
                let data = json!({
                    "grant_id": grant.id, "amount": grant.amount, "note": grant.note,
                    "granted": store::granted(tx)?, "available": grant.available,
                });
                let event = NewEvent {
                    id: EventId::new(now, random.as_ref()),
                    kind: EventKind::CreditsGranted,
                    at: now,
                    customer_id: None,
                    connection_id: None,
                    data,
                };
                events::append(tx, &event)?;
                let mut entry = Entry::new(now, &who.actor, "credits.granted").target("grant", grant.id, &grant.note);
                entry.detail = json!({ "amount": grant.amount, "available": grant.available });
                audit.append(tx, &entry)?;
                Ok(grant)
            })
            .await
    }
}
