//! What the life of a connection needs from the floor above: a book that takes and returns credits in the same transaction.

use crate::base::{Actor, ConnectionId, CustomerId, Timestamp};
use crate::store::{StoreError, Tx};
use crate::systems::Hosting;

/// What credits are taken for.
#[derive(Debug, Clone)]
pub struct Taking {
    pub connection: ConnectionId,
    pub customer: CustomerId,
    pub system: String,
    pub tier: u8,
    pub hosting: Hosting,
    pub credits: i64,
    pub at: Timestamp,
    pub actor: Actor,
    /// For the ledger, `connected ECC Plant 2`.
    pub note: String,
}

/// How a taking ended. In the last two cases nothing was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Posted. `overage`: beyond the pool, by policy.
    Held { overage: bool },
    /// Policy `inactive`: keep the connection, without credits.
    Inactive { needed: i64, available: i64 },
    /// Policy `refuse` (or `overage` beyond its limit): store nothing.
    Refused { needed: i64, available: i64 },
}

/// The ledger as connections see it.
pub trait CreditBook: Send + Sync {
    /// What a connection costs by the price list in force: tier 1, 2 or 3; on premises costs the factor more.
    fn price(&self, tier: u8, hosting: Hosting) -> i64;
    /// Takes credits from the pool (or, by policy, beyond it), regarding the customer's limit.
    fn take(&self, tx: &Tx<'_>, taking: &Taking) -> Result<Taken, StoreError>;
    /// Returns what is held for a connection; the amount (0 when nothing was held).
    fn give_back(
        &self,
        tx: &Tx<'_>,
        connection: ConnectionId,
        at: Timestamp,
        actor: &Actor,
        note: &str,
    ) -> Result<i64, StoreError>;
}
