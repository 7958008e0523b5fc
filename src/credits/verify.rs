//! The proof of the ledger: every transaction sums to zero, every balance is the sum of its postings, what connections
//! say they hold is what was posted for them, and every grant is posted.

use serde::Serialize;

use super::error::CreditError;
use super::model::{OVERAGE, POOL};
use super::store::reports;
use super::{Credits, service, store};
use crate::access::Principal;
use crate::store::{Rows, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerVerification {
    pub ok: bool,
    pub transactions: i64,
    pub postings: i64,
    pub granted: i64,
    pub in_use: i64,
    pub available: i64,
    pub overage: i64,
    /// What is wrong, each in a sentence; at most twenty of a kind.
    pub faults: Vec<String>,
}

impl Credits {
    /// Reads the whole ledger.
    pub async fn verify(&self, who: &Principal) -> Result<LedgerVerification, CreditError> {
        service::whole_pool(who)?;
        self.store.read(|reader| Ok(verify(reader)?)).await
    }
}

fn verify(from: &impl Rows) -> Result<LedgerVerification, StoreError> {
    let mut faults = Vec::new();
    for (transaction, sum) in reports::unbalanced_transactions(from)? {
        faults.push(format!("The postings of transaction {transaction} sum to {sum} instead of 0."));
    }
    for (account, says, sum) in reports::wrong_balances(from)? {
        faults.push(format!("The balance of {account} says {says}; its postings sum to {sum}."));
    }
    for (connection, says, sum) in reports::wrong_holdings(from)? {
        faults.push(format!("{connection} says that it holds {says}; its postings sum to {sum}."));
    }
    for (grant, says, sum) in reports::wrong_grants(from)? {
        faults.push(format!("The grant {grant} says {says}; its postings sum to {sum}."));
    }
    let granted = store::granted(from)?;
    let available = store::balance(from, POOL)?;
    let overage = store::balance(from, OVERAGE)?.saturating_neg();
    let in_use = granted.saturating_sub(available).saturating_add(overage);
    let held = reports::held_by_connections(from)?;
    if held != in_use {
        faults.push(format!("The ledger says that {in_use} credits are in use; the connections hold {held}."));
    }
    if available < 0 || overage < 0 || (available > 0 && overage > 0) {
        faults.push(format!("{available} credits are free while {overage} are overdrawn; that cannot be."));
    }
    let (transactions, postings) = reports::size(from)?;
    Ok(LedgerVerification {
        ok: faults.is_empty(),
        transactions,
        postings,
        granted,
        in_use,
        available,
        overage,
        faults,
    })
}
