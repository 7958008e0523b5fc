//! A customer, what one may say to make or change it, and how it is shown beside its connections and credits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{ConnectionId, CustomerId, Patch, Reason, Status, Timestamp};

/// The operator's own words on a thing: texts, numbers and truth values by name.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// An organisation whose systems are connected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub external_id: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub locale: String,
    pub region: String,
    pub credit_limit: Option<i64>,
    /// Whether the contact gets mail when a connection needs a hand.
    pub notify_contact: bool,
    pub metadata: Metadata,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What makes a customer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    pub name: String,
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub contact_name: Option<String>,
    #[serde(default)]
    pub contact_email: Option<String>,
    #[serde(default)]
    pub locale: Option<String>,
    #[serde(default)]
    pub region: Option<String>,
    #[serde(default)]
    pub credit_limit: Option<i64>,
    #[serde(default)]
    pub notify_contact: Option<bool>,
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

/// What a change names; everything else stays. Metadata are replaced as a whole.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCustomer {
    #[serde(default)]
    pub name: Patch<String>,
    #[serde(default)]
    pub external_id: Patch<String>,
    #[serde(default)]
    pub contact_name: Patch<String>,
    #[serde(default)]
    pub contact_email: Patch<String>,
    #[serde(default)]
    pub locale: Patch<String>,
    #[serde(default)]
    pub region: Patch<String>,
    #[serde(default)]
    pub credit_limit: Patch<i64>,
    #[serde(default)]
    pub notify_contact: Patch<bool>,
    #[serde(default)]
    pub metadata: Patch<Metadata>,
    /// The version that the caller saw, where it says so.
    #[serde(default)]
    pub version: Option<i64>,
}

/// How many connections a customer has. All statuses are named, also those that none has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionCounts {
    /// All that were ever made, the disconnected ones too: the sum of `by_status`.
    pub total: i64,
    pub by_status: BTreeMap<Status, i64>,
}

impl Default for ConnectionCounts {
    fn default() -> Self {
        Self { total: 0, by_status: Status::ALL.iter().map(|status| (*status, 0)).collect() }
    }
}

impl ConnectionCounts {
    pub fn of(&self, status: Status) -> i64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }
    /// Those that have not ended.
    pub fn live(&self) -> i64 {
        self.total.saturating_sub(self.of(Status::Disconnected))
    }
    pub(super) fn add(&mut self, status: Status, count: i64) {
        self.total = self.total.saturating_add(count);
        let found = self.by_status.entry(status).or_default();
        *found = found.saturating_add(count);
    }
}

/// The most urgent connection of a customer that needs a hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub id: ConnectionId,
    pub name: String,
    pub status: Status,
    pub reason: Option<Reason>,
    pub since: Timestamp,
}

/// A customer as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerOverview {
    #[serde(flatten)]
    pub customer: Customer,
    pub connections: ConnectionCounts,
    pub credits_in_use: i64,
    /// Credits in use of tier 1, 2 and 3.
    #[serde(skip)]
    pub by_tier: [i64; 3],
    /// Slugs of the systems of connections that live, each once, in alphabetical order.
    #[serde(skip)]
    pub systems: Vec<String>,
    #[serde(skip)]
    pub need: Option<Need>,
}

impl CustomerOverview {
    pub(super) fn without_connections(customer: Customer) -> Self {
        Self {
            customer,
            connections: ConnectionCounts::default(),
            credits_in_use: 0,
            by_tier: [0; 3],
            systems: Vec::new(),
            need: None,
        }
    }
}

/// Part of the customers, by what is the matter with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerView {
    /// A connection of theirs waits for somebody.
    NeedsAHand,
    /// 90 % of the limit or more are in use.
    NearLimit,
    NoConnection,
}

impl CustomerView {
    pub const ALL: [Self; 3] = [Self::NeedsAHand, Self::NearLimit, Self::NoConnection];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsAHand => "needs_a_hand",
            Self::NearLimit => "near_limit",
            Self::NoConnection => "no_connection",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.as_str() == text)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Part of the name, the external id or the contact, in any case.
    pub q: Option<String>,
    pub ids: Option<Vec<CustomerId>>,
    pub external_id: Option<String>,
    pub view: Option<CustomerView>,
}

/// The order of a list; ties are broken by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CustomerSort {
    #[default]
    Newest,
    Oldest,
    Name,
    NameDescending,
}

impl CustomerSort {
    /// `created_at`, `-created_at`, `name`, `-name`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "-created_at" => Some(Self::Newest),
            "created_at" => Some(Self::Oldest),
            "name" => Some(Self::Name),
            "-name" => Some(Self::NameDescending),
            _ => None,
        }
    }
}

/// How many there are in all, for the heads of lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomerTotals {
    pub customers: i64,
    pub needs_a_hand: i64,
    pub near_limit: i64,
    pub no_connection: i64,
    pub credits_in_use: i64,
}
