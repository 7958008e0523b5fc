//! SQL that sums the ledger and the connections that hold credits: over time, by customer, system and tier, and the proof.

use rusqlite::types::Value;

use super::json;
use crate::base::{CustomerId, Timestamp};
use crate::store::{Rows, StoreError};

/// Every customer's account, as a range of the index.
const CUSTOMER_ACCOUNTS: &str = "account >= 'customer:' AND account < 'customer;'";

/// Whose lines are summed.
pub(in crate::credits) struct Whose<'a> {
    pub customer: Option<CustomerId>,
    pub bound: Option<&'a [CustomerId]>,
}

impl Whose<'_> {
    fn clause(&self) -> (String, Vec<Value>) {
        let mut clause = CUSTOMER_ACCOUNTS.to_owned();
        let mut values = Vec::new();
        if let Some(id) = self.customer {
            clause.push_str(" AND customer_id = ?");
            values.push(Value::Text(id.to_string()));
        }
        if let Some(ids) = self.bound {
            clause.push_str(" AND customer_id IN (SELECT value FROM json_each(?))");
            values.push(json(ids.iter()));
        }
        (clause, values)
    }
}

/// Credits in use before `at`, by `key` (a column).
pub(in crate::credits) fn used_before(
    from: &impl Rows,
    key: &str,
    whose: &Whose<'_>,
    at: Timestamp,
) -> Result<Vec<(String, i64)>, StoreError> {
    let (clause, mut values) = whose.clause();
    values.push(Value::Integer(at.millis()));
    let sql = format!(
        "SELECT coalesce(CAST({key} AS TEXT), ''), sum(amount) FROM postings WHERE {clause} AND at < ? GROUP BY 1"
    );
    from.all(&sql, rusqlite::params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Changes of credits in use by bucket (counted from `start`, `step` milliseconds each) and `key`, in order of time.
pub(in crate::credits) fn used_changes(
    from: &impl Rows,
    key: &str,
    whose: &Whose<'_>,
    (start, end, step): (Timestamp, Timestamp, i64),
) -> Result<Vec<(i64, String, i64)>, StoreError> {
    let (clause, rest) = whose.clause();
    let mut values = vec![Value::Integer(start.millis()), Value::Integer(step)];
    values.extend(rest);
    values.extend([Value::Integer(start.millis()), Value::Integer(end.millis())]);
    let sql = format!(
        "SELECT (at - ?) / ?, coalesce(CAST({key} AS TEXT), ''), sum(amount) FROM postings \
         WHERE {clause} AND at >= ? AND at < ? GROUP BY 1, 2 ORDER BY 1"
    );
    from.all(&sql, rusqlite::params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub(in crate::credits) fn granted_before(from: &impl Rows, at: Timestamp) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(amount), 0) FROM credit_grants WHERE created_at < ?1";
    from.one(sql, [at.millis()], |row| row.get(0))
}

pub(in crate::credits) fn grants_by_bucket(
    from: &impl Rows,
    (start, end, step): (Timestamp, Timestamp, i64),
) -> Result<Vec<(i64, i64)>, StoreError> {
    from.all(
        "SELECT (created_at - ?1) / ?3, sum(amount) FROM credit_grants WHERE created_at >= ?1 AND created_at < ?2 \
         GROUP BY 1 ORDER BY 1",
        (start.millis(), end.millis(), step),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Connections and the credits they hold or would cost.
pub(in crate::credits) struct HeldRow {
    pub customer: String,
    pub system: String,
    pub tier: u8,
    pub hosting: String,
    pub status: String,
    pub out_of_credits: bool,
    pub connections: i64,
    pub held: i64,
    pub cost: i64,
}

/// Everything that lives, grouped; one pass over the connections.
pub(in crate::credits) fn held(from: &impl Rows) -> Result<Vec<HeldRow>, StoreError> {
    from.all(
        "SELECT customer_id, system, tier, hosting, status, reason IS 'credits_exhausted', count(*), \
         sum(credits_held), sum(credits) FROM connections WHERE status <> 'disconnected' \
         GROUP BY customer_id, system, tier, hosting, status, 6",
        [],
        |row| {
            Ok(HeldRow {
                customer: row.get(0)?,
                system: row.get(1)?,
                tier: row.get(2)?,
                hosting: row.get(3)?,
                status: row.get(4)?,
                out_of_credits: row.get(5)?,
                connections: row.get(6)?,
                held: row.get(7)?,
                cost: row.get(8)?,
            })
        },
    )
}

/// Name and limit of these customers.
pub(in crate::credits) fn names(
    from: &impl Rows,
    ids: &[CustomerId],
) -> Result<Vec<(String, String, Option<i64>)>, StoreError> {
    from.all(
        "SELECT id, name, credit_limit FROM customers WHERE id IN (SELECT value FROM json_each(?1))",
        [json(ids.iter())],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Transactions whose postings do not sum to zero.
pub(in crate::credits) fn unbalanced_transactions(from: &impl Rows) -> Result<Vec<(i64, i64)>, StoreError> {
    from.all(
        "SELECT transaction_id, sum(amount) FROM postings GROUP BY transaction_id HAVING sum(amount) <> 0 LIMIT 20",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Accounts whose balance is not the sum of their postings, or not what their last posting says.
pub(in crate::credits) fn wrong_balances(from: &impl Rows) -> Result<Vec<(String, i64, i64)>, StoreError> {
    from.all(
        "SELECT b.account, b.balance, coalesce((SELECT sum(p.amount) FROM postings p WHERE p.account = b.account), 0) AS s \
         FROM account_balances b WHERE b.balance <> s \
         UNION ALL SELECT p.account, 0, sum(p.amount) FROM postings p \
         WHERE p.account NOT IN (SELECT account FROM account_balances) GROUP BY p.account LIMIT 20",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Connections that say they hold something else than was posted for them.
pub(in crate::credits) fn wrong_holdings(from: &impl Rows) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let sql = format!(
        "WITH posted AS (SELECT connection_id, sum(amount) AS amount FROM postings \
           WHERE {CUSTOMER_ACCOUNTS} GROUP BY connection_id) \
         SELECT c.id, c.credits_held, coalesce(posted.amount, 0) FROM connections c \
         LEFT JOIN posted ON posted.connection_id = c.id WHERE c.credits_held <> coalesce(posted.amount, 0) \
         UNION ALL SELECT posted.connection_id, 0, posted.amount FROM posted \
         WHERE posted.amount <> 0 AND posted.connection_id NOT IN (SELECT id FROM connections) LIMIT 20"
    );
    from.all(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Grants without a posting of the same amount, and the other way round.
pub(in crate::credits) fn wrong_grants(from: &impl Rows) -> Result<Vec<(String, i64, i64)>, StoreError> {
    from.all(
        "WITH posted AS (SELECT grant_id, -sum(amount) AS amount FROM postings WHERE account = 'issued' GROUP BY grant_id) \
         SELECT g.id, g.amount, coalesce(posted.amount, 0) FROM credit_grants g \
         LEFT JOIN posted ON posted.grant_id = g.id WHERE g.amount <> coalesce(posted.amount, 0) \
         UNION ALL SELECT posted.grant_id, 0, posted.amount FROM posted \
         WHERE posted.grant_id NOT IN (SELECT id FROM credit_grants) LIMIT 20",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// How many transactions and postings there are.
pub(in crate::credits) fn size(from: &impl Rows) -> Result<(i64, i64), StoreError> {
    from.one("SELECT count(DISTINCT transaction_id), count(*) FROM postings", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Sum of what connections say they hold.
pub(in crate::credits) fn held_by_connections(from: &impl Rows) -> Result<i64, StoreError> {
    from.one("SELECT coalesce(sum(credits_held), 0) FROM connections", [], |row| row.get(0))
}
