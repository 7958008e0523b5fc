//! What a list of systems would cost, and whether the pool has it. Takes nothing.

use serde::{Deserialize, Serialize};

use super::error::CreditError;
use super::model::{OVERAGE, POOL};
use super::service::whole_pool;
use super::{Credits, store};
use crate::access::Principal;
use crate::base::FieldError;
use crate::store::StoreError;
use crate::systems::{Catalogue, Hosting};

const MOST_ITEMS: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteItem {
    pub system: String,
    /// May be left out where the system has one hosting only.
    #[serde(default)]
    pub hosting: Option<Hosting>,
    /// For generic systems, whose tier the operator gives.
    #[serde(default)]
    pub tier: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotedItem {
    pub system: String,
    pub hosting: Hosting,
    pub tier: u8,
    pub credits: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    pub items: Vec<QuotedItem>,
    pub total: i64,
    pub available: i64,
    /// All of it can be connected now, by overage where the policy allows it.
    pub fits: bool,
}

impl Credits {
    pub async fn quote(
        &self,
        who: &Principal,
        catalogue: &Catalogue,
        items: &[QuoteItem],
    ) -> Result<Quote, CreditError> {
        whole_pool(who)?;
        let items = self.priced(catalogue, items)?;
        let total = items.iter().fold(0i64, |sum, item| sum.saturating_add(item.credits));
        let (available, overdrawn) = self
            .store
            .read::<_, StoreError, _>(|reader| {
                Ok((store::balance(reader, POOL)?, store::balance(reader, OVERAGE)?.saturating_neg()))
            })
            .await?;
        let fits = total <= available.max(0).saturating_add(self.policy.room(overdrawn));
        Ok(Quote { items, total, available, fits })
    }

    fn priced(&self, catalogue: &Catalogue, items: &[QuoteItem]) -> Result<Vec<QuotedItem>, CreditError> {
        if items.len() > MOST_ITEMS {
            return Err(CreditError::invalid("items", format!("Ask for at most {MOST_ITEMS} items at once.")));
        }
        let mut faults = Vec::new();
        let mut priced = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.price_item(catalogue, item) {
                Ok(item) => priced.push(item),
                Err((field, message)) => faults.push(FieldError::invalid(format!("items[{index}].{field}"), message)),
            }
        }
        if faults.is_empty() { Ok(priced) } else { Err(CreditError::Invalid(faults)) }
    }

    fn price_item(&self, catalogue: &Catalogue, item: &QuoteItem) -> Result<QuotedItem, (&'static str, String)> {
        let Some(system) = catalogue.find(&item.system) else {
            let slug: String = item.system.chars().take(64).collect();
            return Err((
                "system",
                format!("There is no system “{slug}” in the catalogue. GET /api/v1/systems lists all."),
            ));
        };
        let hosting = match (item.hosting, system.hosting.as_slice()) {
            (Some(hosting), offered) if offered.contains(&hosting) => hosting,
            (None, [only]) => *only,
            (None, _) => return Err(("hosting", "Say whether it is “cloud” or “on_premises”.".into())),
            (Some(hosting), _) => {
                return Err(("hosting", format!("{} is not offered as “{}”.", system.name, hosting.as_str())));
            }
        };
        let tier = match item.tier {
            None => system.tier,
            Some(tier) if tier == system.tier || (system.generic && (1..=3).contains(&tier)) => tier,
            Some(_) if system.generic => return Err(("tier", "A tier is 1, 2 or 3.".into())),
            Some(_) => {
                return Err((
                    "tier",
                    format!("{} has tier {}; only generic systems take another.", system.name, system.tier),
                ));
            }
        };
        let credits = if system.free { 0 } else { self.prices.prices.price(tier, hosting) };
        Ok(QuotedItem { system: system.slug.clone(), hosting, tier, credits })
    }
}
