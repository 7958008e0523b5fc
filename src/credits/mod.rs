//! Credits: one pool for all customers, an append-only double-entry ledger, a versioned price list, three policies for a
//! pool that is too small. Owns every posting; refuses to change one. The postings of each transaction sum to zero.
//!
//! Credits that come free settle overage first: so there are never credits free while some are overdrawn.

mod book;
mod breakdown;
mod error;
mod grant;
mod model;
mod price;
mod printed;
mod quote;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod usage;
mod verify;

pub use breakdown::{Breakdown, ByCustomer, BySystem, ByTier};
pub use error::CreditError;
pub use grant::{Grant, NewGrant};
pub use model::{LedgerFilter, Posting, PostingKind, Summary};
pub use price::{CreditPolicy, PriceList, Prices};
pub use printed::write_csv;
pub use quote::{Quote, QuoteItem, QuotedItem};
pub use service::{Credits, CreditsParts};
pub use usage::{GroupBy, Interval, Usage, UsagePoint, UsageQuery};
pub use verify::LedgerVerification;
