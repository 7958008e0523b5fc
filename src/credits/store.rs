//! All SQL of the ledger: postings and the balances that are changed with them, grants, price lists.

pub(super) mod reports;

use rusqlite::types::Value;
use rusqlite::{Row, params};

use super::error::CreditError;
use super::grant::Grant;
use super::model::{Cause, ISSUED, LedgerFilter, Posting, PostingKind, Subject, customer_account};
use super::price::{PriceList, Prices};
use crate::base::{Cursor, CustomerId, Page, PageRequest, PostingId, Random, Timestamp};
use crate::store::{Rows, StoreError, Tx};
use crate::systems::Hosting;

pub(super) fn unreadable(what: &str, text: &str) -> StoreError {
    StoreError::Unreadable(format!("{what} “{}”", text.chars().take(64).collect::<String>()))
}

pub(super) fn latest_prices(from: &impl Rows) -> Result<Option<PriceList>, StoreError> {
    from.optional(
        "SELECT version, tier_1, tier_2, tier_3, on_premises_factor FROM price_lists ORDER BY version DESC LIMIT 1",
        [],
        |row| {
            let tiers = [row.get(1)?, row.get(2)?, row.get(3)?];
            Ok(PriceList { version: row.get(0)?, prices: Prices { tiers, on_premises_factor: row.get(4)? } })
        },
    )
}

pub(super) fn insert_prices(tx: &Tx<'_>, list: &PriceList, at: Timestamp) -> Result<(), StoreError> {
    let [tier_1, tier_2, tier_3] = list.prices.tiers;
    tx.execute(
        "INSERT INTO price_lists (version, tier_1, tier_2, tier_3, on_premises_factor, valid_from) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (list.version, tier_1, tier_2, tier_3, list.prices.on_premises_factor, at.millis()),
    )?;
    Ok(())
}

pub(super) fn balance(from: &impl Rows, account: &str) -> Result<i64, StoreError> {
    let found =
        from.optional("SELECT balance FROM account_balances WHERE account = ?1", [account], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

pub(super) fn granted(from: &impl Rows) -> Result<i64, StoreError> {
    Ok(balance(from, ISSUED)?.saturating_neg())
}

/// The customer's limit, where it has one.
pub(super) fn credit_limit(from: &impl Rows, customer: &str) -> Result<Option<i64>, StoreError> {
    let found = from.optional("SELECT credit_limit FROM customers WHERE id = ?1", [customer], |row| row.get(0))?;
    Ok(found.flatten())
}

/// Writes the lines of one transaction, whose amounts must sum to zero, and changes the balances with them.
pub(super) fn post(tx: &Tx<'_>, random: &dyn Random, cause: &Cause, lines: &[(&str, i64)]) -> Result<(), StoreError> {
    let sum = lines.iter().try_fold(0i64, |sum, (_, amount)| sum.checked_add(*amount));
    if sum != Some(0) {
        return Err(StoreError::Unreadable(format!("postings that do not sum to zero: {lines:?}")));
    }
    let transaction: i64 = tx.one("SELECT coalesce(max(transaction_id), 0) + 1 FROM postings", [], |row| row.get(0))?;
    let subject = cause.subject.as_ref();
    for (account, amount) in lines.iter().filter(|(_, amount)| *amount != 0) {
        let balance: i64 = tx.one(
            "INSERT INTO account_balances (account, balance) VALUES (?1, ?2) \
             ON CONFLICT (account) DO UPDATE SET balance = balance + excluded.balance RETURNING balance",
            (account, amount),
            |row| row.get(0),
        )?;
        tx.execute(
            "INSERT INTO postings (id, transaction_id, at, account, amount, balance, kind, grant_id, connection_id, \
             customer_id, system, tier, hosting, price_version, note, actor_name) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                PostingId::new(cause.at, random).to_string(),
                transaction,
                cause.at.millis(),
                account,
                amount,
                balance,
                cause.kind.as_str(),
                cause.grant.map(|id| id.to_string()),
                subject.map(|subject| &subject.connection),
                subject.map(|subject| &subject.customer),
                subject.map(|subject| &subject.system),
                subject.map(|subject| subject.tier),
                subject.map(|subject| &subject.hosting),
                subject.map(|subject| subject.price_version),
                &cause.note,
                &cause.actor_name,
            ],
        )?;
    }
    Ok(())
}

/// What is held for a connection, and what for; `None` when nothing is.
pub(super) fn held(from: &impl Rows, connection: &str) -> Result<Option<(i64, Subject)>, StoreError> {
    let latest = from.optional(
        "SELECT customer_id, system, tier, hosting, price_version FROM postings \
         WHERE connection_id = ?1 AND kind = 'take' ORDER BY transaction_id DESC LIMIT 1",
        [connection],
        |row| {
            Ok(Subject {
                connection: connection.to_owned(),
                customer: row.get(0)?,
                system: row.get(1)?,
                tier: row.get(2)?,
                hosting: row.get(3)?,
                price_version: row.get(4)?,
            })
        },
    )?;
    let Some(subject) = latest else { return Ok(None) };
    let amount: i64 = from.one(
        "SELECT coalesce(sum(amount), 0) FROM postings WHERE connection_id = ?1 AND account = ?2",
        (connection, customer_account(&subject.customer)),
        |row| row.get(0),
    )?;
    Ok((amount > 0).then_some((amount, subject)))
}

pub(super) fn insert_grant(tx: &Tx<'_>, grant: &Grant) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO credit_grants (id, amount, note, actor_name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        (grant.id.to_string(), grant.amount, &grant.note, &grant.actor, grant.created_at.millis()),
    )?;
    Ok(())
}

/// Credits in use by the status and the tier of the connections that hold them.
pub(super) fn in_use_by_status_and_tier(from: &impl Rows) -> Result<Vec<(String, u8, i64)>, StoreError> {
    from.all(
        "SELECT status, tier, sum(credits_held) FROM connections INDEXED BY connections_of_customers \
         GROUP BY status, tier",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Newest first; ties within a transaction by id.
pub(super) fn ledger(
    from: &impl Rows,
    filter: &LedgerFilter,
    bound: Option<&[CustomerId]>,
    page: &PageRequest,
) -> Result<Page<Posting>, CreditError> {
    const LIST: &str = "credits/ledger";
    let (mut conditions, mut values) = conditions(filter, bound);
    if let Some(text) = &page.cursor {
        let keys = Cursor::decode(text, LIST, 2)?.keys;
        conditions.push("(p.transaction_id, p.id) < (CAST(? AS INTEGER), ?)".into());
        values.extend(keys.into_iter().map(Value::Text));
    }
    let limit = page.limit.clamp(1, PageRequest::MAX_LIMIT);
    let sql = format!(
        "SELECT p.id, p.transaction_id, p.at, p.kind, p.account, p.amount, p.balance, p.grant_id, p.customer_id, u.name, \
         p.connection_id, c.name, p.system, p.tier, p.hosting, p.price_version, p.note, p.actor_name \
         FROM postings p LEFT JOIN customers u ON u.id = p.customer_id LEFT JOIN connections c ON c.id = p.connection_id \
         WHERE {} ORDER BY p.transaction_id DESC, p.id DESC LIMIT {}",
        if conditions.is_empty() { "TRUE".to_owned() } else { conditions.join(" AND ") },
        limit.saturating_add(1)
    );
    let found = from.all(&sql, rusqlite::params_from_iter(values), |row| Ok(read(row)))?;
    let mut items = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        Cursor { list: LIST.into(), keys: vec![last.transaction_id.to_string(), last.id.to_string()] }.encode()
    });
    Ok(Page { items, next_cursor })
}

fn conditions(filter: &LedgerFilter, bound: Option<&[CustomerId]>) -> (Vec<String>, Vec<Value>) {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut and = |condition: &str, value: Value| {
        conditions.push(condition.to_owned());
        values.push(value);
    };
    match filter.accounts.as_slice() {
        [] => {}
        [only] => and("p.account = ?", Value::Text(only.clone())),
        // The plus keeps the walk on the order of transactions: several accounts make most of the lines.
        _ => and("+p.account IN (SELECT value FROM json_each(?))", json(filter.accounts.iter())),
    }
    if let Some(ids) = bound {
        and("p.customer_id IN (SELECT value FROM json_each(?))", json(ids.iter()));
    }
    if let Some(kind) = filter.kind {
        and("p.kind = ?", Value::Text(kind.as_str().into()));
    }
    if let Some(id) = filter.customer_id {
        and("p.customer_id = ?", Value::Text(id.to_string()));
    }
    if let Some(id) = filter.connection_id {
        and("p.connection_id = ?", Value::Text(id.to_string()));
    }
    if let Some(at) = filter.from {
        and("p.at >= ?", Value::Integer(at.millis()));
    }
    if let Some(at) = filter.to {
        and("p.at < ?", Value::Integer(at.millis()));
    }
    (conditions, values)
}

pub(super) fn json(texts: impl Iterator<Item = impl ToString>) -> Value {
    let texts: Vec<String> = texts.map(|text| text.to_string()).collect();
    Value::Text(serde_json::to_string(&texts).unwrap_or_else(|_| "[]".into()))
}

fn read(row: &Row<'_>) -> Result<Posting, StoreError> {
    let id: String = row.get(0)?;
    let kind: String = row.get(3)?;
    let text = |index: usize| row.get::<_, Option<String>>(index);
    fn parse<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, StoreError> {
        text.map(|text| text.parse().map_err(|_| unreadable("id in the ledger", &text))).transpose()
    }
    Ok(Posting {
        id: id.parse().map_err(|_| unreadable("posting id", &id))?,
        transaction_id: row.get(1)?,
        at: Timestamp::from_millis(row.get(2)?),
        kind: PostingKind::parse(&kind).ok_or_else(|| unreadable("kind of a posting", &kind))?,
        account: row.get(4)?,
        amount: row.get(5)?,
        balance: row.get(6)?,
        grant_id: parse(text(7)?)?,
        customer_id: parse(text(8)?)?,
        customer_name: text(9)?,
        connection_id: parse(text(10)?)?,
        connection_name: text(11)?,
        system: text(12)?,
        tier: row.get(13)?,
        hosting: text(14)?.as_deref().and_then(Hosting::parse),
        price_version: row.get(15)?,
        note: row.get(16)?,
        actor: row.get(17)?,
    })
}
