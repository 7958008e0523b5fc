//! The price list, the policy, and the decision what a taking draws from. Pure.

use serde::Serialize;

use crate::systems::Hosting;

/// What connections cost, as the configuration says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Prices {
    /// Credits of tier 1, 2 and 3 in the cloud.
    pub tiers: [i64; 3],
    pub on_premises_factor: i64,
}

/// Prices with the version under which postings name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceList {
    pub version: i64,
    pub prices: Prices,
}

impl Prices {
    pub fn price(&self, tier: u8, hosting: Hosting) -> i64 {
        let place = usize::from(tier.clamp(1, 3)).saturating_sub(1);
        let cloud = self.tiers.get(place).copied().unwrap_or(0);
        match hosting {
            Hosting::Cloud => cloud,
            Hosting::OnPremises => cloud.saturating_mul(self.on_premises_factor),
        }
    }
    /// What the dearest connection costs.
    pub fn largest(&self) -> i64 {
        (1..=3u8).map(|tier| self.price(tier, Hosting::OnPremises)).max().unwrap_or(0)
    }
}

/// What happens when the pool is too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditPolicy {
    /// The connection is kept, inactive.
    Inactive,
    /// Nothing is stored.
    Refuse,
    /// It works, overdrawn up to the limit (without end where there is none).
    Overage { limit: Option<i64> },
}

impl CreditPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Refuse => "refuse",
            Self::Overage { .. } => "overage",
        }
    }
    /// How much may still be overdrawn.
    pub(super) fn room(self, overdrawn: i64) -> i64 {
        match self {
            Self::Inactive | Self::Refuse => 0,
            Self::Overage { limit: None } => i64::MAX,
            Self::Overage { limit: Some(limit) } => limit.saturating_sub(overdrawn).max(0),
        }
    }
}

/// What there is to take from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stock {
    pub pool: i64,
    pub overdrawn: i64,
    /// What the customer's limit leaves; `None` without a limit.
    pub customer_room: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Take { pool: i64, overage: i64 },
    Inactive { available: i64 },
    Refused { available: i64 },
}

/// The pool first; what it lacks is overdrawn where the policy allows. A customer's limit holds under every policy.
pub(super) fn decide(policy: CreditPolicy, needed: i64, stock: Stock) -> Decision {
    let pool = needed.min(stock.pool.max(0));
    let overage = needed.saturating_sub(pool);
    let within_limit = stock.customer_room.is_none_or(|room| needed <= room);
    if needed <= 0 || (within_limit && overage <= policy.room(stock.overdrawn)) {
        return Decision::Take { pool: pool.max(0), overage: overage.max(0) };
    }
    let available = stock.pool.min(stock.customer_room.unwrap_or(i64::MAX)).max(0);
    match policy {
        CreditPolicy::Inactive => Decision::Inactive { available },
        CreditPolicy::Refuse | CreditPolicy::Overage { .. } => Decision::Refused { available },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_prices() {
        let prices = Prices { tiers: [1, 2, 4], on_premises_factor: 2 };
        let table = [(1, 1, 2), (2, 2, 4), (3, 4, 8)];
        for (tier, cloud, on_premises) in table {
            assert_eq!(
                (prices.price(tier, Hosting::Cloud), prices.price(tier, Hosting::OnPremises)),
                (cloud, on_premises)
            );
        }
        assert_eq!(prices.largest(), 8);
    }

    #[test]
    fn what_a_taking_draws_from() {
        use CreditPolicy::{Inactive, Overage, Refuse};
        use Decision::Take;
        let stock = |pool, overdrawn, customer_room| Stock { pool, overdrawn, customer_room };
        let table = [
            (Inactive, 8, stock(8, 0, None), Take { pool: 8, overage: 0 }),
            (Inactive, 8, stock(7, 0, None), Decision::Inactive { available: 7 }),
            (Inactive, 8, stock(20, 0, Some(3)), Decision::Inactive { available: 3 }),
            (Inactive, 0, stock(0, 0, Some(0)), Take { pool: 0, overage: 0 }),
            (Refuse, 8, stock(7, 0, None), Decision::Refused { available: 7 }),
            (Refuse, 4, stock(7, 0, Some(4)), Take { pool: 4, overage: 0 }),
            (Overage { limit: None }, 8, stock(3, 0, None), Take { pool: 3, overage: 5 }),
            (Overage { limit: None }, 8, stock(0, 90, None), Take { pool: 0, overage: 8 }),
            (Overage { limit: Some(10) }, 8, stock(0, 2, None), Take { pool: 0, overage: 8 }),
            (Overage { limit: Some(10) }, 8, stock(0, 3, None), Decision::Refused { available: 0 }),
            (Overage { limit: None }, 8, stock(20, 0, Some(7)), Decision::Refused { available: 7 }),
            (Inactive, 1, stock(5, 0, Some(-2)), Decision::Inactive { available: 0 }),
        ];
        for (policy, needed, stock, wanted) in table {
            assert_eq!(decide(policy, needed, stock), wanted, "{policy:?} {needed} {stock:?}");
        }
    }
}
