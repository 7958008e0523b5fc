//! The words of the ledger: accounts, postings, what is asked of them, and the summary of the pool.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::base::{ConnectionId, CustomerId, GrantId, PostingId, Status, Timestamp};
use crate::systems::Hosting;

pub(super) const ISSUED: &str = "issued";
pub(super) const POOL: &str = "pool";
pub(super) const OVERAGE: &str = "overage";

/// The account that holds what a customer uses.
pub(super) fn customer_account(id: &str) -> String {
    format!("customer:{id}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PostingKind {
    Grant,
    Take,
    Return,
}

impl PostingKind {
    pub const ALL: [Self; 3] = [Self::Grant, Self::Take, Self::Return];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Take => "take",
            Self::Return => "return",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What all postings of one transaction have in common.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub at: Timestamp,
    pub kind: PostingKind,
    pub grant: Option<GrantId>,
    /// Of takings and returns.
    pub subject: Option<Subject>,
    pub note: String,
    pub actor_name: String,
}

/// The connection that credits are held for, as it was when they were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub connection: String,
    pub customer: String,
    pub system: String,
    pub tier: i64,
    pub hosting: String,
    pub price_version: i64,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Posting {
    pub id: PostingId,
    pub transaction_id: i64,
    pub at: Timestamp,
    pub kind: PostingKind,
    /// `issued`, `pool`, `overage`, `customer:cus_…`.
    pub account: String,
    pub amount: i64,
    /// The account's balance after this line; of `pool`: what was free then.
    pub balance: i64,
    pub grant_id: Option<GrantId>,
    pub customer_id: Option<CustomerId>,
    pub customer_name: Option<String>,
    pub connection_id: Option<ConnectionId>,
    pub connection_name: Option<String>,
    pub system: Option<String>,
    pub tier: Option<i64>,
    #[serde(serialize_with = "hosting")]
    pub hosting: Option<Hosting>,
    pub price_version: Option<i64>,
    pub note: String,
    pub actor: String,
}

fn hosting<S: Serializer>(hosting: &Option<Hosting>, to: S) -> Result<S::Ok, S::Error> {
    hosting.map(Hosting::as_str).serialize(to)
}

/// What to look for in the ledger; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerFilter {
    /// Only lines of these accounts; empty means all.
    pub accounts: Vec<String>,
    pub kind: Option<PostingKind>,
    pub customer_id: Option<CustomerId>,
    pub connection_id: Option<ConnectionId>,
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
}

impl LedgerFilter {
    /// What changed the pool: one line a transaction, two where overage was drawn as well.
    pub fn of_the_pool() -> Self {
        Self { accounts: vec![POOL.into(), OVERAGE.into()], ..Self::default() }
    }
}

/// The pool at a glance. `granted` = `in_use` + `available` − `overage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub granted: i64,
    pub in_use: i64,
    pub available: i64,
    /// What is used beyond what was granted.
    pub overage: i64,
    pub policy: &'static str,
    pub overage_limit: Option<i64>,
    /// Credits in use of tier 1, 2 and 3.
    pub by_tier: BTreeMap<u8, i64>,
    /// Credits in use of the connections of each status.
    pub by_status: BTreeMap<Status, i64>,
}
