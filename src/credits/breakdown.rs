//! Who and what holds the credits in use now: by customer, by system, by tier and hosting; what is held but does not
//! work, what is reserved, what waits for credits.

use std::collections::BTreeMap;

use super::error::CreditError;
use super::store::reports::{self, HeldRow};
use super::{Credits, service, store};
use crate::access::Principal;
use crate::base::{CustomerId, Status};
use crate::store::{Rows, StoreError};
use crate::systems::Hosting;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByCustomer {
    pub id: CustomerId,
    pub name: String,
    pub limit: Option<i64>,
    pub credits: i64,
    /// Of tier 1, 2 and 3.
    pub by_tier: [i64; 3],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BySystem {
    pub slug: String,
    pub connections: i64,
    pub credits: i64,
    pub by_tier: [i64; 3],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByTier {
    pub tier: u8,
    pub hosting: Hosting,
    /// Connections that hold credits.
    pub connections: i64,
    pub credits: i64,
}

/// Connections and their credits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// Most credits first; all customers that hold any.
    pub by_customer: Vec<ByCustomer>,
    /// Most credits first.
    pub by_system: Vec<BySystem>,
    /// Tier 3 first, cloud before on premises; only those that hold any.
    pub by_tier: Vec<ByTier>,
    /// `pending`: (connections, credits).
    pub reserved: (i64, i64),
    /// Held by connections that need a new sign-in or do not answer: (connections, credits).
    pub not_working: (i64, i64),
    /// Inactive for want of credits: (connections, what they would cost).
    pub waiting: (i64, i64),
}

impl Credits {
    pub async fn breakdown(&self, who: &Principal) -> Result<Breakdown, CreditError> {
        service::whole_pool(who)?;
        self.store.read(|reader| Ok(breakdown(reader)?)).await
    }
}

#[derive(Default)]
struct Sums {
    customers: BTreeMap<String, (i64, [i64; 3])>,
    systems: BTreeMap<String, BySystem>,
    tiers: BTreeMap<(u8, &'static str), (i64, i64)>,
}

fn breakdown(from: &impl Rows) -> Result<Breakdown, StoreError> {
    let mut found = Breakdown::default();
    let mut sums = Sums::default();
    for row in reports::held(from)? {
        let status = Status::parse(&row.status).ok_or_else(|| store::unreadable("status", &row.status))?;
        let add = |pair: &mut (i64, i64), credits: i64| {
            *pair = (pair.0.saturating_add(row.connections), pair.1.saturating_add(credits));
        };
        match status {
            Status::Pending => add(&mut found.reserved, row.held),
            Status::ReauthorizationRequired | Status::Unreachable => add(&mut found.not_working, row.held),
            Status::Inactive if row.out_of_credits => add(&mut found.waiting, row.cost),
            _ => {}
        }
        if row.held > 0 {
            sums.add(&row)?;
        }
    }
    found.by_customer = customers(from, sums.customers)?;
    found.by_system = sums.systems.into_values().collect();
    found.by_system.sort_by_key(|system| std::cmp::Reverse(system.credits));
    found.by_tier = sums
        .tiers
        .into_iter()
        .rev()
        .filter_map(|((tier, hosting), (connections, credits))| {
            Some(ByTier { tier, hosting: Hosting::parse(hosting)?, connections, credits })
        })
        .collect();
    found.by_tier.sort_by_key(|row| (std::cmp::Reverse(row.tier), row.hosting == Hosting::OnPremises));
    Ok(found)
}

impl Sums {
    fn add(&mut self, row: &HeldRow) -> Result<(), StoreError> {
        let place = usize::from(row.tier).saturating_sub(1);
        let add = |tiers: &mut [i64; 3]| {
            if let Some(sum) = tiers.get_mut(place) {
                *sum = sum.saturating_add(row.held);
            }
        };
        let customer = self.customers.entry(row.customer.clone()).or_default();
        customer.0 = customer.0.saturating_add(row.held);
        add(&mut customer.1);
        let system = self.systems.entry(row.system.clone()).or_default();
        system.slug.clone_from(&row.system);
        system.connections = system.connections.saturating_add(row.connections);
        system.credits = system.credits.saturating_add(row.held);
        add(&mut system.by_tier);
        let hosting = Hosting::parse(&row.hosting).ok_or_else(|| store::unreadable("hosting", &row.hosting))?;
        let tier = self.tiers.entry((row.tier, hosting.as_str())).or_default();
        *tier = (tier.0.saturating_add(row.connections), tier.1.saturating_add(row.held));
        Ok(())
    }
}

fn customers(from: &impl Rows, sums: BTreeMap<String, (i64, [i64; 3])>) -> Result<Vec<ByCustomer>, StoreError> {
    let ids = sums
        .keys()
        .map(|id| id.parse().map_err(|_| store::unreadable("customer id", id)))
        .collect::<Result<Vec<CustomerId>, _>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for (id, name, limit) in reports::names(from, &ids)? {
        let Some((credits, by_tier)) = sums.get(&id).copied() else { continue };
        let id = id.parse().map_err(|_| store::unreadable("customer id", &id))?;
        found.push(ByCustomer { id, name, limit, credits, by_tier });
    }
    found.sort_by(|a, b| b.credits.cmp(&a.credits).then_with(|| a.name.cmp(&b.name)));
    Ok(found)
}
