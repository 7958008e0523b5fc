//! The page of credits as it is printed. View structs only; they format and ask nobody.

use askama::Template;

use super::usage::UsagePlot;
use crate::dashboard::confirm::CostLine;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;

/// `/credits`.
#[derive(Template, Debug, Clone)]
#[template(path = "credits/page.html")]
pub struct CreditsPage {
    pub shell: Shell,
    pub head_facts: Vec<String>,
    pub may_grant: bool,
    pub tiles: Vec<CreditTile>,
    pub plot: UsagePlot,
    pub tiers: Vec<TierRow>,
    /// Cloud, on premises, together.
    pub totals: (String, String, String),
    pub price_note: String,
    pub customers: Vec<CustomerRow>,
    pub customers_in_all: String,
    pub systems: Vec<SystemRow>,
    pub ledger: Vec<LedgerRow>,
    pub ledger_note: String,
    pub ledger_first: Option<String>,
    pub ledger_next: Option<String>,
    pub grant_fields: Vec<FieldView>,
    pub grant_errors: FieldErrors,
    pub grant_note: String,
    pub quote: Vec<CostLine>,
    pub quote_note: String,
    /// `slug:hosting` of what is on the list already.
    pub quote_items: Vec<String>,
    pub quote_fields: Vec<FieldView>,
    pub quote_errors: FieldErrors,
}

#[derive(Debug, Clone, Default)]
pub struct CreditTile {
    pub label: &'static str,
    pub value: String,
    pub small: String,
    pub note: String,
    /// Low enough to be marked.
    pub few: bool,
}

#[derive(Debug, Clone)]
pub struct TierRow {
    pub tier: u8,
    /// `10 × 4 = ` and `40`.
    pub cloud: (String, String),
    pub on_premises: (String, String),
    pub together: String,
}

#[derive(Debug, Clone)]
pub struct CustomerRow {
    pub path: String,
    pub name: String,
    pub bar: Markup,
    pub credits: String,
    pub limit: String,
}

#[derive(Debug, Clone)]
pub struct SystemRow {
    pub path: String,
    pub name: String,
    pub connections: String,
    pub bar: Markup,
    pub credits: String,
}

#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub when: Markup,
    pub what: String,
    pub credits: String,
    pub subject: String,
    pub path: Option<String>,
    pub sub: String,
    pub by: String,
    pub free_after: String,
}
