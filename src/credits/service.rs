//! The ledger's service: opened with the price list in force, asked for the summary and the lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::CreditError;
use super::model::{LedgerFilter, OVERAGE, POOL, Posting, Summary};
use super::price::{CreditPolicy, PriceList, Prices};
use super::store;
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::AuditLog;
use crate::base::{Clock, CustomerId, Page, PageRequest, Random, Status};
use crate::store::{Rows, Store, StoreError};

/// What the ledger is made of.
pub struct CreditsParts {
    pub store: Store,
    pub audit: AuditLog,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub policy: CreditPolicy,
    pub prices: Prices,
}

/// A handle; cloning gives another one to the same ledger.
#[derive(Clone)]
pub struct Credits {
    pub(super) store: Store,
    pub(super) audit: AuditLog,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) policy: CreditPolicy,
    pub(super) prices: PriceList,
}

impl Credits {
    /// Opens the ledger. Prices that differ from the latest list become a new version; what was posted stays.
    pub async fn open(parts: CreditsParts) -> Result<Self, CreditError> {
        let (wanted, now) = (parts.prices, parts.clock.now());
        let prices = parts
            .store
            .write::<_, StoreError, _>(move |tx| {
                let latest = store::latest_prices(tx)?;
                if let Some(list) = latest.filter(|list| list.prices == wanted) {
                    return Ok(list);
                }
                let version = latest.map_or(1, |list| list.version.saturating_add(1));
                let list = PriceList { version, prices: wanted };
                store::insert_prices(tx, &list, now)?;
                Ok(list)
            })
            .await?;
        let CreditsParts { store, audit, clock, random, policy, .. } = parts;
        Ok(Self { store, audit, clock, random, policy, prices })
    }

    pub fn policy(&self) -> CreditPolicy {
        self.policy
    }

    pub fn price_list(&self) -> PriceList {
        self.prices
    }

    /// The pool as a whole. Not for callers that are bound to some customers.
    pub async fn summary(&self, who: &Principal) -> Result<Summary, CreditError> {
        whole_pool(who)?;
        let policy = self.policy;
        self.store.read(move |reader| Ok(summary(reader, policy)?)).await
    }

    /// Lines of the ledger, newest first.
    pub async fn ledger(
        &self,
        who: &Principal,
        filter: LedgerFilter,
        page: PageRequest,
    ) -> Result<Page<Posting>, CreditError> {
        who.require(Permission::CreditsRead)?;
        let bound = bound(who);
        self.store.read(move |reader| store::ledger(reader, &filter, bound.as_deref(), &page)).await
    }
}

/// Reading the pool is allowed, and the caller sees all customers.
pub(super) fn whole_pool(who: &Principal) -> Result<(), Forbidden> {
    who.require(Permission::CreditsRead)?;
    if who.customers().is_some() { Err(Forbidden { needed: Permission::CreditsRead }) } else { Ok(()) }
}

pub(super) fn bound(who: &Principal) -> Option<Vec<CustomerId>> {
    who.customers().map(|ids| ids.iter().copied().collect())
}

pub(super) fn summary(from: &impl Rows, policy: CreditPolicy) -> Result<Summary, StoreError> {
    let granted = store::granted(from)?;
    let available = store::balance(from, POOL)?;
    let overage = store::balance(from, OVERAGE)?.saturating_neg();
    let mut by_tier: BTreeMap<u8, i64> = (1..=3).map(|tier| (tier, 0)).collect();
    let mut by_status: BTreeMap<Status, i64> = Status::ALL.iter().map(|status| (*status, 0)).collect();
    for (status, tier, credits) in store::in_use_by_status_and_tier(from)? {
        let status = Status::parse(&status).ok_or_else(|| store::unreadable("status", &status))?;
        for sum in [by_tier.get_mut(&tier), by_status.get_mut(&status)].into_iter().flatten() {
            *sum = sum.saturating_add(credits);
        }
    }
    let overage_limit = match policy {
        CreditPolicy::Overage { limit } => limit,
        CreditPolicy::Inactive | CreditPolicy::Refuse => None,
    };
    let in_use = granted.saturating_sub(available).saturating_add(overage);
    Ok(Summary { granted, in_use, available, overage, policy: policy.as_str(), overage_limit, by_tier, by_status })
}
