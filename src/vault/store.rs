//! The SQL of the vault: seals, customers' keys, sealed secrets. All of it is ciphertext here.

use rusqlite::params;

use super::seals::{SealKind, Sealed};
use crate::base::{ConnectionId, CustomerId, Timestamp};
use crate::store::{Rows, StoreError, Tx};

/// A customer's key, wrapped by the root key.
pub(super) struct WrappedKey {
    pub generation: i64,
    pub wrapped: Vec<u8>,
}

/// One sealed field of a connection.
pub(super) struct SealedField {
    pub connection: ConnectionId,
    pub field: String,
    pub generation: i64,
    pub sealed: Vec<u8>,
}

pub(super) fn seal(rows: &impl Rows, kind: SealKind) -> Result<Option<Sealed>, StoreError> {
    rows.optional("SELECT parameters, wrapped FROM vault_seals WHERE kind = ?1", [kind.as_str()], |row| {
        Ok(Sealed { kind, parameters: row.get(0)?, wrapped: row.get(1)? })
    })
}

/// Makes `sealed` the only seal.
pub(super) fn replace_seal(tx: &Tx<'_>, sealed: &Sealed, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM vault_seals", [])?;
    tx.execute(
        "INSERT INTO vault_seals (kind, parameters, wrapped, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![sealed.kind.as_str(), sealed.parameters, sealed.wrapped, now.millis()],
    )?;
    Ok(())
}

pub(super) fn any_customer_key(rows: &impl Rows) -> Result<bool, StoreError> {
    rows.one("SELECT EXISTS (SELECT 1 FROM customer_keys)", [], |row| row.get(0))
}

pub(super) fn customer_key(rows: &impl Rows, customer: CustomerId) -> Result<Option<WrappedKey>, StoreError> {
    rows.optional(
        "SELECT generation, wrapped FROM customer_keys WHERE customer_id = ?1",
        [customer.to_string()],
        |row| Ok(WrappedKey { generation: row.get(0)?, wrapped: row.get(1)? }),
    )
}

/// All customers that have a key.
pub(super) fn customers(rows: &impl Rows) -> Result<Vec<CustomerId>, StoreError> {
    let ids: Vec<String> =
        rows.all("SELECT customer_id FROM customer_keys ORDER BY customer_id", [], |row| row.get(0))?;
    ids.iter().map(|id| parsed(id)).collect()
}

/// Writes a new key, or a new generation over an old one.
pub(super) fn put_customer_key(
    tx: &Tx<'_>,
    customer: CustomerId,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO customer_keys (customer_id, generation, wrapped, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (customer_id) DO UPDATE SET
             generation = excluded.generation, wrapped = excluded.wrapped, created_at = excluded.created_at",
        params![customer.to_string(), key.generation, key.wrapped, now.millis()],
    )?;
    Ok(())
}

/// The key goes, and with it everything that it sealed.
pub(super) fn delete_customer(tx: &Tx<'_>, customer: CustomerId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM secrets WHERE customer_id = ?1", [customer.to_string()])?;
    tx.execute("DELETE FROM customer_keys WHERE customer_id = ?1", [customer.to_string()])?;
    Ok(())
}

pub(super) fn fields_of_connection(rows: &impl Rows, connection: ConnectionId) -> Result<Vec<SealedField>, StoreError> {
    rows.all(
        "SELECT field, generation, sealed FROM secrets WHERE connection_id = ?1",
        [connection.to_string()],
        |row| Ok(SealedField { connection, field: row.get(0)?, generation: row.get(1)?, sealed: row.get(2)? }),
    )
}

pub(super) fn field_of_connection(
    rows: &impl Rows,
    connection: ConnectionId,
    field: &str,
) -> Result<Option<SealedField>, StoreError> {
    rows.optional(
        "SELECT field, generation, sealed FROM secrets WHERE connection_id = ?1 AND field = ?2",
        [connection.to_string().as_str(), field],
        |row| Ok(SealedField { connection, field: row.get(0)?, generation: row.get(1)?, sealed: row.get(2)? }),
    )
}

/// Compare and swap: the field as it was at generation `before` becomes `next`.
pub(super) fn replace_field(tx: &Tx<'_>, next: &SealedField, before: i64, now: Timestamp) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE secrets SET sealed = ?3, generation = ?4, created_at = ?5
         WHERE connection_id = ?1 AND field = ?2 AND generation = ?6",
        params![next.connection.to_string(), next.field, next.sealed, next.generation, now.millis(), before],
    )?;
    Ok(changed > 0)
}

pub(super) fn fields_of_customer(rows: &impl Rows, customer: CustomerId) -> Result<Vec<SealedField>, StoreError> {
    let found: Vec<(String, String, i64, Vec<u8>)> = rows.all(
        "SELECT connection_id, field, generation, sealed FROM secrets WHERE customer_id = ?1",
        [customer.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    found
        .into_iter()
        .map(|(id, field, generation, sealed)| Ok(SealedField { connection: parsed(&id)?, field, generation, sealed }))
        .collect()
}

pub(super) fn insert_field(
    tx: &Tx<'_>,
    customer: CustomerId,
    field: &SealedField,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO secrets (connection_id, field, customer_id, generation, sealed, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            field.connection.to_string(),
            field.field,
            customer.to_string(),
            field.generation,
            field.sealed,
            now.millis()
        ],
    )?;
    Ok(())
}

/// The same secret under another key.
pub(super) fn reseal_field(tx: &Tx<'_>, field: &SealedField) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE secrets SET sealed = ?3 WHERE connection_id = ?1 AND field = ?2",
        params![field.connection.to_string(), field.field, field.sealed],
    )?;
    Ok(())
}

pub(super) fn delete_connection(tx: &Tx<'_>, connection: ConnectionId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM secrets WHERE connection_id = ?1", [connection.to_string()])?;
    Ok(())
}

fn parsed<T: std::str::FromStr>(id: &str) -> Result<T, StoreError> {
    id.parse().map_err(|_| StoreError::Unreadable(format!("the id {id} in the vault")))
}
