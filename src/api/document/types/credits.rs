//! Credits on the wire: the pool, grants, the ledger, usage, quotes, the proof.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::{ConnectionId, CustomerId, GrantId, Hosting, PostingId, PostingKind, Time};

/// The pool at a glance: `granted` = `in_use` + `available` − `overage`.
#[derive(ToSchema)]
pub struct Credits {
    #[schema(example = 100)]
    pub granted: i64,
    #[schema(example = 8)]
    pub in_use: i64,
    #[schema(example = 92)]
    pub available: i64,
    /// What is used beyond what was granted.
    #[schema(example = 0)]
    pub overage: i64,
    /// `inactive`, `refuse` or `overage`: what happens when the pool is too small.
    #[schema(example = "inactive")]
    pub policy: String,
    #[schema(example = json!(null))]
    pub overage_limit: Option<i64>,
    /// Credits in use by tier.
    #[schema(example = json!({"1": 0, "2": 0, "3": 8}))]
    pub by_tier: BTreeMap<String, i64>,
    /// Credits in use by the status of their connections.
    #[schema(example = json!({"active": 8}))]
    pub by_status: BTreeMap<String, i64>,
}

/// Credits that were put into the pool.
#[derive(ToSchema)]
pub struct Grant {
    pub id: GrantId,
    #[schema(example = 100)]
    pub amount: i64,
    #[schema(example = "Order 4711")]
    pub note: String,
    #[schema(example = "Billing service")]
    pub actor: String,
    pub created_at: Time,
    /// What is free after it.
    #[schema(example = 100)]
    pub available: i64,
}

/// What is put into the pool.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    #[schema(example = 100, minimum = 1, maximum = 1_000_000_000)]
    pub amount: i64,
    /// Why; it stays in the ledger.
    #[schema(example = "Order 4711", min_length = 1, max_length = 500)]
    pub note: String,
}

/// One line of the ledger. The lines of a transaction sum to zero.
#[derive(ToSchema)]
#[schema(example = json!({"kind": "take", "grant_id": null, "hosting": "on_premises"}))]
pub struct Posting {
    pub id: PostingId,
    #[schema(example = 7)]
    pub transaction_id: i64,
    pub at: Time,
    pub kind: PostingKind,
    /// `issued`, `pool`, `overage` or `customer:cus_…`.
    #[schema(example = "pool")]
    pub account: String,
    #[schema(example = -8)]
    pub amount: i64,
    /// The account's balance after this line.
    #[schema(example = 92)]
    pub balance: i64,
    pub grant_id: Option<GrantId>,
    pub customer_id: Option<CustomerId>,
    #[schema(example = "Hohenfels Maschinenbau")]
    pub customer_name: Option<String>,
    pub connection_id: Option<ConnectionId>,
    #[schema(example = "ECC Plant 2")]
    pub connection_name: Option<String>,
    #[schema(example = "sap-ecc")]
    pub system: Option<String>,
    #[schema(example = 3)]
    pub tier: Option<i64>,
    pub hosting: Option<Hosting>,
    /// The price list by which it was counted.
    #[schema(example = 1)]
    pub price_version: Option<i64>,
    #[schema(example = "connected ECC Plant 2")]
    pub note: String,
    #[schema(example = "Billing service")]
    pub actor: String,
}

/// Credits in use over time.
#[derive(ToSchema)]
pub struct Usage {
    pub from: Time,
    pub to: Time,
    /// `hour` for up to three days, `day` beyond.
    #[schema(example = "day")]
    pub interval: String,
    /// `customer`, `system` or `tier`, as asked.
    #[schema(example = "system")]
    pub group_by: Option<String>,
    pub data: Vec<UsagePoint>,
}

/// What was in use at the end of an hour or day.
#[derive(ToSchema)]
pub struct UsagePoint {
    pub at: Time,
    #[schema(example = 8)]
    pub in_use: i64,
    #[schema(example = 100)]
    pub granted: i64,
    /// By customer's id, system's slug or tier; what uses nothing is left out.
    #[schema(example = json!({"sap-ecc": 8}))]
    pub by: BTreeMap<String, i64>,
}

/// Ask what these would cost.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuote {
    #[schema(max_items = 1000)]
    pub items: Vec<QuoteItem>,
}

/// One system to be priced.
#[derive(ToSchema)]
#[schema(example = json!({"hosting": "on_premises"}))]
#[serde(deny_unknown_fields)]
pub struct QuoteItem {
    #[schema(example = "sap-ecc")]
    pub system: String,
    /// May be left out where the system has one hosting only.
    pub hosting: Option<Hosting>,
    /// For `generic-*`, whose tier you give.
    #[schema(example = json!(null), minimum = 1, maximum = 3)]
    pub tier: Option<u8>,
}

/// What it would cost. Nothing is taken.
#[derive(ToSchema)]
pub struct Quote {
    pub items: Vec<QuotedItem>,
    #[schema(example = 8)]
    pub total: i64,
    #[schema(example = 92)]
    pub available: i64,
    /// All of it can be connected now.
    #[schema(example = true)]
    pub fits: bool,
}

/// One system with its price.
#[derive(ToSchema)]
#[schema(example = json!({"hosting": "on_premises"}))]
pub struct QuotedItem {
    #[schema(example = "sap-ecc")]
    pub system: String,
    pub hosting: Hosting,
    #[schema(example = 3)]
    pub tier: u8,
    #[schema(example = 8)]
    pub credits: i64,
}

/// Whether the ledger adds up.
#[derive(ToSchema)]
pub struct LedgerProof {
    #[schema(example = true)]
    pub ok: bool,
    #[schema(example = 12)]
    pub transactions: i64,
    #[schema(example = 24)]
    pub postings: i64,
    #[schema(example = 100)]
    pub granted: i64,
    #[schema(example = 8)]
    pub in_use: i64,
    #[schema(example = 92)]
    pub available: i64,
    #[schema(example = 0)]
    pub overage: i64,
    /// What is wrong, each in a sentence.
    #[schema(example = json!([]))]
    pub faults: Vec<String>,
}
