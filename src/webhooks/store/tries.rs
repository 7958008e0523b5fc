//! The SQL of tries.

use rusqlite::{Row, params};

use super::unreadable;
use crate::base::{DeliveryId, EndpointId, Timestamp};
use crate::store::{Rows, StoreError, Tx};
use crate::webhooks::model::{Cause, Try, TryRecord};

pub(super) const SINCE: &str =
    "SELECT count(*), coalesce(sum(ok), 0) FROM webhook_tries WHERE endpoint_id = ?1 AND at >= ?2";

pub(in super::super) fn insert(
    tx: &Tx<'_>,
    delivery: DeliveryId,
    endpoint: EndpointId,
    tried: &Try,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO webhook_tries (delivery_id, number, endpoint_id, at, ok, cause, status, fault, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            delivery.to_string(),
            tried.number,
            endpoint.to_string(),
            tried.at.millis(),
            tried.ok,
            tried.cause.as_str(),
            tried.status,
            tried.fault,
            serde_json::to_string(&tried.record).unwrap_or_default(),
        ],
    )?;
    Ok(())
}

/// In their order.
pub(in super::super) fn of_delivery(rows: &impl Rows, delivery: DeliveryId) -> Result<Vec<Try>, StoreError> {
    let found = rows.all(
        "SELECT number, at, ok, cause, status, fault, record FROM webhook_tries WHERE delivery_id = ?1 ORDER BY number",
        [delivery.to_string()],
        read,
    )?;
    found
        .into_iter()
        .map(|(mut tried, cause, record)| {
            tried.cause = Cause::parse(&cause).ok_or_else(|| unreadable("cause of a try", &delivery.to_string()))?;
            tried.record =
                serde_json::from_str(&record).map_err(|_| unreadable("record of a try", &delivery.to_string()))?;
            Ok(tried)
        })
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Try, String, String)> {
    let tried = Try {
        number: row.get(0)?,
        at: Timestamp::from_millis(row.get(1)?),
        ok: row.get(2)?,
        cause: Cause::Schedule,
        status: row.get(4)?,
        fault: row.get(5)?,
        record: TryRecord::default(),
    };
    Ok((tried, row.get(3)?, row.get(6)?))
}

/// All tries and the good ones of an endpoint since a time.
pub(in super::super) fn since(
    rows: &impl Rows,
    endpoint: EndpointId,
    from: Timestamp,
) -> Result<(i64, i64), StoreError> {
    rows.one(SINCE, params![endpoint.to_string(), from.millis()], |row| Ok((row.get(0)?, row.get(1)?)))
}
