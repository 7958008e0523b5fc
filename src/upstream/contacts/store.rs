//! The rows of the contacts.

use super::Contact;
use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

pub(super) fn all(from: &impl Rows) -> Result<Vec<Contact>, StoreError> {
    from.all(
        "SELECT host, port, address, first_at, last_at, reached_at, attempts, denied FROM egress_contacts",
        [],
        |row| {
            Ok(Contact {
                host: row.get(0)?,
                port: row.get(1)?,
                address: row.get::<_, Option<String>>(2)?.and_then(|text| text.parse().ok()),
                first_at: Timestamp::from_millis(row.get(3)?),
                last_at: Timestamp::from_millis(row.get(4)?),
                reached_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
                attempts: u64::try_from(row.get::<_, i64>(6)?).unwrap_or(0),
                denied: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
            })
        },
    )
}

pub(super) fn keep(tx: &Tx<'_>, contact: &Contact) -> Result<(), StoreError> {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO egress_contacts (host, port, address, first_at, last_at, reached_at, attempts, denied)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (host, port) DO UPDATE SET address = excluded.address, last_at = excluded.last_at,
             reached_at = excluded.reached_at, attempts = excluded.attempts, denied = excluded.denied",
        (
            &contact.host,
            contact.port,
            contact.address.map(|address| address.to_string()),
            contact.first_at.millis(),
            contact.last_at.millis(),
            contact.reached_at.map(Timestamp::millis),
            count(contact.attempts),
            count(contact.denied),
        ),
    )?;
    Ok(())
}

pub(super) fn forget(tx: &Tx<'_>, host: &str, port: u16) -> Result<(), StoreError> {
    tx.execute("DELETE FROM egress_contacts WHERE host = ?1 AND port = ?2", (host, port))?;
    Ok(())
}
