//! One field of a connection's secrets that changes by itself: a rotated token. Replaced only while it still has the
//! generation that the caller read, so that of two writers one is told that it came too late.

use super::error::VaultError;
use super::secrets::opened;
use super::service::Vault;
use super::store;
use crate::base::{ConnectionId, CustomerId, Secret, Timestamp};
use crate::store::{Rows, Tx};

impl Vault {
    /// One field with its generation; `None` when the connection has no such field.
    pub fn open_field(
        &self,
        rows: &impl Rows,
        customer: CustomerId,
        connection: ConnectionId,
        field: &str,
    ) -> Result<Option<(i64, Secret)>, VaultError> {
        let (key, _) = self.customer_key(rows, customer)?;
        let Some(sealed) = store::field_of_connection(rows, connection, field)? else { return Ok(None) };
        let text = opened(&key, customer, &sealed)?;
        let text =
            std::str::from_utf8(&text).map_err(|_| VaultError::Damaged { connection, field: sealed.field.clone() })?;
        Ok(Some((sealed.generation, Secret::new(text))))
    }

    /// Writes the next generation over `before`; false when that is no longer what is stored.
    pub fn replace_field(
        &self,
        tx: &Tx<'_>,
        (customer, connection): (CustomerId, ConnectionId),
        field: &str,
        before: i64,
        secret: &Secret,
        now: Timestamp,
    ) -> Result<bool, VaultError> {
        let (key, _) = self.customer_key(tx, customer)?;
        let next = before.saturating_add(1);
        let sealed = self.sealed(&key, customer, connection, field, next, secret.expose().as_bytes())?;
        Ok(store::replace_field(tx, &sealed, before, now)?)
    }
}
