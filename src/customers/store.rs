//! All SQL on customers, and the counting of the connections that belong to the rows of one page.

use std::collections::BTreeMap;

use rusqlite::Row;
use rusqlite::types::Value;

use super::error::CustomerError;
use super::model::{
    Customer, CustomerFilter, CustomerOverview, CustomerSort, CustomerTotals, CustomerView, Metadata, Need,
};
use super::rules;
use crate::base::{Cursor, CustomerId, Page, PageRequest, Reason, Status, Timestamp};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, name, external_id, contact_name, contact_email, locale, region, credit_limit, metadata, \
                       version, created_at, updated_at, search, notify_contact";

/// Statuses that wait for somebody, apart from the two below that depend on the reason.
const NEEDS_A_HAND: &str = "(c.status IN ('reauthorization_required', 'unreachable') \
     OR (c.status = 'degraded' AND c.reason IS NOT 'rate_limited') \
     OR (c.status = 'inactive' AND c.reason = 'credits_exhausted'))";

fn unreadable(what: &str, text: &str) -> StoreError {
    StoreError::Unreadable(format!("{what} “{}”", text.chars().take(64).collect::<String>()))
}

fn read(row: &Row<'_>) -> Result<(Customer, String), StoreError> {
    let id: String = row.get(0)?;
    let metadata: String = row.get(8)?;
    let customer = Customer {
        id: id.parse().map_err(|_| unreadable("customer id", &id))?,
        name: row.get(1)?,
        external_id: row.get(2)?,
        contact_name: row.get(3)?,
        contact_email: row.get(4)?,
        locale: row.get(5)?,
        region: row.get(6)?,
        credit_limit: row.get(7)?,
        notify_contact: row.get(13)?,
        metadata: serde_json::from_str::<Metadata>(&metadata).map_err(|_| unreadable("metadata of", &id))?,
        version: row.get(9)?,
        created_at: Timestamp::from_millis(row.get(10)?),
        updated_at: Timestamp::from_millis(row.get(11)?),
    };
    Ok((customer, row.get(12)?))
}

pub fn find(from: &impl Rows, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM customers WHERE id = ?1 AND deleted_at IS NULL");
    from.optional(&sql, [id.to_string()], |row| Ok(read(row)))?.transpose().map(|found| found.map(|(one, _)| one))
}

/// Everyone who was deleted.
pub(super) fn deleted(from: &impl Rows) -> Result<Vec<CustomerId>, StoreError> {
    let ids: Vec<String> = from.all("SELECT id FROM customers WHERE deleted_at IS NOT NULL", [], |row| row.get(0))?;
    ids.iter().map(|id| id.parse().map_err(|_| unreadable("customer id", id))).collect()
}

fn metadata_text(customer: &Customer) -> String {
    serde_json::Value::Object(customer.metadata.clone()).to_string()
}

pub(super) fn insert(tx: &Tx<'_>, customer: &Customer, search: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO customers (id, external_id, name, search, contact_name, contact_email, locale, region, \
         credit_limit, metadata, version, created_at, updated_at, notify_contact) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        (
            customer.id.to_string(),
            &customer.external_id,
            &customer.name,
            search,
            &customer.contact_name,
            &customer.contact_email,
            &customer.locale,
            &customer.region,
            customer.credit_limit,
            metadata_text(customer),
            customer.version,
            customer.created_at.millis(),
            customer.updated_at.millis(),
            customer.notify_contact,
        ),
    )?;
    Ok(())
}

pub(super) fn update(tx: &Tx<'_>, customer: &Customer, search: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE customers SET external_id = ?2, name = ?3, search = ?4, contact_name = ?5, contact_email = ?6, \
         locale = ?7, credit_limit = ?8, metadata = ?9, version = ?10, updated_at = ?11, notify_contact = ?12 WHERE id = ?1",
        (
            customer.id.to_string(),
            &customer.external_id,
            &customer.name,
            search,
            &customer.contact_name,
            &customer.contact_email,
            &customer.locale,
            customer.credit_limit,
            metadata_text(customer),
            customer.version,
            customer.updated_at.millis(),
            customer.notify_contact,
        ),
    )?;
    Ok(())
}

/// Keeps the row for the history that refers to it, without anything that says who it was.
pub(super) fn scrub(tx: &Tx<'_>, id: CustomerId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE customers SET external_id = NULL, name = 'deleted customer', search = '', contact_name = NULL, \
         contact_email = NULL, locale = 'en', credit_limit = NULL, metadata = '{}', version = version + 1, \
         updated_at = ?2, deleted_at = ?2 WHERE id = ?1",
        (id.to_string(), at.millis()),
    )?;
    Ok(())
}

/// How many connections have not ended.
pub(super) fn live_connections(from: &impl Rows, id: CustomerId) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM connections WHERE customer_id = ?1 AND status <> 'disconnected'";
    from.one(sql, [id.to_string()], |row| row.get(0))
}

/// The conditions of a list and their values.
#[derive(Default)]
struct Wanted {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Wanted {
    fn of(filter: &CustomerFilter, bound: Option<&[CustomerId]>) -> Self {
        let mut wanted = Self { conditions: vec!["deleted_at IS NULL".into()], values: Vec::new() };
        let within = "id IN (SELECT value FROM json_each(?))";
        for ids in [filter.ids.as_deref(), bound].into_iter().flatten() {
            wanted.add(within, Value::Text(json_ids(ids)));
        }
        if let Some(external_id) = &filter.external_id {
            wanted.add("external_id = ?", Value::Text(external_id.clone()));
        }
        if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
            let text = rules::normalised(q).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            wanted.add("search LIKE ? ESCAPE '\\'", Value::Text(format!("%{text}%")));
        }
        if let Some(view) = filter.view {
            wanted.conditions.push(view_condition(view));
        }
        wanted
    }
    fn add(&mut self, condition: &str, value: Value) {
        self.conditions.push(condition.to_owned());
        self.values.push(value);
    }
    fn clause(&self) -> String {
        self.conditions.join(" AND ")
    }
}

fn view_condition(view: CustomerView) -> String {
    match view {
        CustomerView::NeedsAHand => {
            format!("EXISTS (SELECT 1 FROM connections c WHERE c.customer_id = customers.id AND {NEEDS_A_HAND})")
        }
        CustomerView::NearLimit => "credit_limit IS NOT NULL AND credit_limit * 9 <= 10 * (SELECT \
             coalesce(sum(c.credits_held), 0) FROM connections c WHERE c.customer_id = customers.id)"
            .into(),
        CustomerView::NoConnection => "NOT EXISTS (SELECT 1 FROM connections c WHERE c.customer_id = customers.id \
             AND c.status <> 'disconnected')"
            .into(),
    }
}

fn json_ids(ids: &[CustomerId]) -> String {
    serde_json::to_string(&ids.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_or_else(|_| "[]".into())
}

/// Name of the list for its cursor, the order, and the condition of what follows a cursor.
fn order(sort: CustomerSort) -> (&'static str, &'static str, &'static str) {
    match sort {
        CustomerSort::Newest => ("customers/-created_at", "id DESC", "id < ?"),
        CustomerSort::Oldest => ("customers/created_at", "id", "id > ?"),
        CustomerSort::Name => ("customers/name", "search, id", "(search, id) > (?, ?)"),
        CustomerSort::NameDescending => ("customers/-name", "search DESC, id DESC", "(search, id) < (?, ?)"),
    }
}

fn cursor_keys(sort: CustomerSort, customer: &Customer, search: &str) -> Vec<String> {
    match sort {
        CustomerSort::Newest | CustomerSort::Oldest => vec![customer.id.to_string()],
        CustomerSort::Name | CustomerSort::NameDescending => vec![search.to_owned(), customer.id.to_string()],
    }
}

pub(super) fn list(
    from: &impl Rows,
    filter: &CustomerFilter,
    bound: Option<&[CustomerId]>,
    sort: CustomerSort,
    page: &PageRequest,
) -> Result<Page<Customer>, CustomerError> {
    let (name, order_by, after) = order(sort);
    let mut wanted = Wanted::of(filter, bound);
    if let Some(cursor) = &page.cursor {
        let keys = after.matches('?').count();
        wanted.conditions.push(after.to_owned());
        wanted.values.extend(Cursor::decode(cursor, name, keys)?.keys.into_iter().map(Value::Text));
    }
    let limit = page.limit.clamp(1, PageRequest::MAX_LIMIT);
    let sql = format!(
        "SELECT {COLUMNS} FROM customers WHERE {} ORDER BY {order_by} LIMIT {}",
        wanted.clause(),
        limit.saturating_add(1)
    );
    let found = from.all(&sql, rusqlite::params_from_iter(wanted.values), |row| Ok(read(row)))?;
    let mut rows = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|(customer, search)| Cursor { list: name.to_owned(), keys: cursor_keys(sort, customer, search) }.encode());
    Ok(Page { items: rows.into_iter().map(|(customer, _)| customer).collect(), next_cursor })
}

/// How many match, over all pages.
pub(super) fn count(
    from: &impl Rows,
    filter: &CustomerFilter,
    bound: Option<&[CustomerId]>,
) -> Result<i64, StoreError> {
    let wanted = Wanted::of(filter, bound);
    let sql = format!("SELECT count(*) FROM customers WHERE {}", wanted.clause());
    from.one(&sql, rusqlite::params_from_iter(wanted.values), |row| row.get(0))
}

pub(super) fn totals(from: &impl Rows, bound: Option<&[CustomerId]>) -> Result<CustomerTotals, StoreError> {
    let of = |view| count(from, &CustomerFilter { view, ..CustomerFilter::default() }, bound);
    let sum = "SELECT coalesce(sum(credits_held), 0) FROM connections";
    let credits_in_use = match bound {
        None => from.one(sum, [], |row| row.get(0))?,
        Some(ids) => from.one(
            &format!("{sum} WHERE customer_id IN (SELECT value FROM json_each(?1))"),
            [json_ids(ids)],
            |row| row.get(0),
        )?,
    };
    Ok(CustomerTotals {
        customers: of(None)?,
        needs_a_hand: of(Some(CustomerView::NeedsAHand))?,
        near_limit: of(Some(CustomerView::NearLimit))?,
        no_connection: of(Some(CustomerView::NoConnection))?,
        credits_in_use,
    })
}

/// Counts the connections of these customers only.
pub(super) fn overviews(from: &impl Rows, customers: Vec<Customer>) -> Result<Vec<CustomerOverview>, StoreError> {
    let ids = json_ids(&customers.iter().map(|customer| customer.id).collect::<Vec<_>>());
    let mut rows: Vec<CustomerOverview> = customers.into_iter().map(CustomerOverview::without_connections).collect();
    let mut places: BTreeMap<String, &mut CustomerOverview> =
        rows.iter_mut().map(|row| (row.customer.id.to_string(), row)).collect();
    let counts = from.all(
        "SELECT c.customer_id, c.status, c.tier, c.system, count(*), coalesce(sum(c.credits_held), 0) \
         FROM connections c WHERE c.customer_id IN (SELECT value FROM json_each(?1)) \
         GROUP BY c.customer_id, c.status, c.tier, c.system ORDER BY c.customer_id, c.system",
        [&ids],
        |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, i64>(4)?,
                row.get::<_, i64>(5)?,
            ))
        },
    )?;
    for (customer, status, tier, system, count, credits) in counts {
        let Some(row) = places.get_mut(&customer) else { continue };
        let status = Status::parse(&status).ok_or_else(|| unreadable("status", &status))?;
        row.connections.add(status, count);
        row.credits_in_use = row.credits_in_use.saturating_add(credits);
        let place = usize::try_from(tier.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(sum) = row.by_tier.get_mut(place) {
            *sum = sum.saturating_add(credits);
        }
        if status != Status::Disconnected && row.systems.last() != Some(&system) {
            row.systems.push(system);
        }
    }
    let needs = from.all(
        &format!(
            "SELECT c.customer_id, c.id, c.name, c.status, c.reason, c.since, min(c.urgency * 100000000000000 + c.since) \
             FROM connections c WHERE c.customer_id IN (SELECT value FROM json_each(?1)) AND {NEEDS_A_HAND} \
             GROUP BY c.customer_id"
        ),
        [&ids],
        |row| Ok((row.get::<_, String>(0)?, read_need(row))),
    )?;
    for (customer, need) in needs {
        if let Some(row) = places.get_mut(&customer) {
            row.need = Some(need?);
        }
    }
    Ok(rows)
}

fn read_need(row: &Row<'_>) -> Result<Need, StoreError> {
    let id: String = row.get(1)?;
    let status: String = row.get(3)?;
    let reason: Option<String> = row.get(4)?;
    Ok(Need {
        id: id.parse().map_err(|_| unreadable("connection id", &id))?,
        name: row.get(2)?,
        status: Status::parse(&status).ok_or_else(|| unreadable("status", &status))?,
        reason: reason.as_deref().and_then(Reason::parse),
        since: Timestamp::from_millis(row.get(5)?),
    })
}
