//! The book as connections use it: take and give back, in the transaction of the change that costs or frees credits.
//! What comes free settles overage first, the rest goes to the pool.

use serde_json::json;

use super::model::{Cause, OVERAGE, POOL, PostingKind, Subject, customer_account};
use super::price::{Decision, Stock, decide};
use super::{Credits, store};
use crate::base::{Actor, ConnectionId, EventId, Timestamp};
use crate::connections::{CreditBook, Taken, Taking};
use crate::events::{self, EventKind, NewEvent};
use crate::store::{StoreError, Tx};
use crate::systems::Hosting;

impl CreditBook for Credits {
    fn price(&self, tier: u8, hosting: Hosting) -> i64 {
        self.prices.prices.price(tier, hosting)
    }

    fn take(&self, tx: &Tx<'_>, taking: &Taking) -> Result<Taken, StoreError> {
        let needed = taking.credits.max(0);
        let customer = taking.customer.to_string();
        let account = customer_account(&customer);
        let stock = Stock {
            pool: store::balance(tx, POOL)?,
            overdrawn: store::balance(tx, OVERAGE)?.saturating_neg().max(0),
            customer_room: match store::credit_limit(tx, &customer)? {
                Some(limit) => Some(limit.saturating_sub(store::balance(tx, &account)?)),
                None => None,
            },
        };
        let (pool, overage) = match decide(self.policy, needed, stock) {
            Decision::Take { pool, overage } => (pool, overage),
            Decision::Inactive { available } => {
                self.tell_want(tx, taking.at, needed, stock.pool)?;
                return Ok(Taken::Inactive { needed, available });
            }
            Decision::Refused { available } => return Ok(Taken::Refused { needed, available }),
        };
        if needed == 0 {
            return Ok(Taken::Held { overage: false });
        }
        let cause = Cause {
            at: taking.at,
            kind: PostingKind::Take,
            grant: None,
            subject: Some(Subject {
                connection: taking.connection.to_string(),
                customer,
                system: taking.system.clone(),
                tier: i64::from(taking.tier),
                hosting: taking.hosting.as_str().to_owned(),
                price_version: self.prices.version,
            }),
            note: taking.note.clone(),
            actor_name: taking.actor.name.clone(),
        };
        let lines = [(POOL, pool.saturating_neg()), (OVERAGE, overage.saturating_neg()), (account.as_str(), needed)];
        store::post(tx, self.random.as_ref(), &cause, &lines)?;
        self.tell_crossings(tx, taking.at, stock.pool, stock.pool.saturating_sub(pool))?;
        Ok(Taken::Held { overage: overage > 0 })
    }

    fn give_back(
        &self,
        tx: &Tx<'_>,
        connection: ConnectionId,
        at: Timestamp,
        actor: &Actor,
        note: &str,
    ) -> Result<i64, StoreError> {
        let Some((amount, subject)) = store::held(tx, &connection.to_string())? else { return Ok(0) };
        let overdrawn = store::balance(tx, OVERAGE)?.saturating_neg().max(0);
        let settled = amount.min(overdrawn);
        let account = customer_account(&subject.customer);
        let cause = Cause {
            at,
            kind: PostingKind::Return,
            grant: None,
            subject: Some(subject),
            note: note.to_owned(),
            actor_name: actor.name.clone(),
        };
        let lines =
            [(account.as_str(), amount.saturating_neg()), (OVERAGE, settled), (POOL, amount.saturating_sub(settled))];
        store::post(tx, self.random.as_ref(), &cause, &lines)?;
        Ok(amount)
    }
}

impl Credits {
    /// Below this the pool is low: a tenth of what was granted, or what the dearest connection costs.
    pub(super) fn low_mark(&self, granted: i64) -> i64 {
        granted.saturating_div(10).max(self.prices.prices.largest())
    }

    /// One event each time the pool falls below the mark, and one each time it is emptied.
    fn tell_crossings(&self, tx: &Tx<'_>, at: Timestamp, before: i64, after: i64) -> Result<(), StoreError> {
        let mark = self.low_mark(store::granted(tx)?);
        let crossed = [
            (before > 0 && after <= 0, EventKind::CreditsExhausted),
            (before >= mark && after < mark, EventKind::CreditsLow),
        ];
        let mut crossed = crossed.into_iter().filter(|(crossed, _)| *crossed);
        crossed.try_for_each(|(_, kind)| self.tell(tx, at, kind, after))
    }

    /// The pool has something left, but not enough for what was wanted: told once until there is more again.
    fn tell_want(&self, tx: &Tx<'_>, at: Timestamp, needed: i64, pool: i64) -> Result<(), StoreError> {
        let told = events::latest(tx, &[EventKind::CreditsExhausted, EventKind::CreditsGranted])?;
        // An emptied pool was told of when it was emptied; and a customer's own limit is no want of the pool.
        if pool <= 0 || needed <= pool || told == Some(EventKind::CreditsExhausted) {
            return Ok(());
        }
        self.tell(tx, at, EventKind::CreditsExhausted, pool)
    }

    fn tell(&self, tx: &Tx<'_>, at: Timestamp, kind: EventKind, available: i64) -> Result<(), StoreError> {
        let granted = store::granted(tx)?;
        let data = json!({
            "granted": granted, "available": available, "in_use": granted.saturating_sub(available),
            "overage": store::balance(tx, OVERAGE)?.saturating_neg(), "policy": self.policy.as_str(),
        });
        let id = EventId::new(at, self.random.as_ref());
        events::append(tx, &NewEvent { id, kind, at, customer_id: None, connection_id: None, data })
    }
}
