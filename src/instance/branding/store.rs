//! The one row of what was chosen.

use std::sync::Arc;

use super::{Branding, Colour, Logo};
use crate::base::Timestamp;
use crate::store::{Rows, StoreError, Tx};

/// What can no longer be read counts as not chosen.
pub fn read(from: &impl Rows) -> Result<Branding, StoreError> {
    let found = from.optional("SELECT name, colour, contact, logo FROM branding WHERE singleton = 1", [], |row| {
        let colour: Option<String> = row.get(1)?;
        let logo: Option<Vec<u8>> = row.get(3)?;
        Ok(Branding {
            name: row.get(0)?,
            colour: colour.and_then(|text| Colour::parse(&text).ok()),
            contact: row.get(2)?,
            logo: logo.and_then(|bytes| Logo::read(bytes).ok()).map(Arc::new),
        })
    })?;
    Ok(found.unwrap_or_default())
}

pub(super) fn save(tx: &Tx<'_>, branding: &Branding, at: Timestamp) -> Result<(), StoreError> {
    let logo = branding.logo.as_deref();
    tx.execute(
        "INSERT INTO branding (singleton, name, colour, contact, logo, logo_type, updated_at) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (singleton) DO UPDATE SET name = excluded.name, colour = excluded.colour, contact = excluded.contact, \
         logo = excluded.logo, logo_type = excluded.logo_type, updated_at = excluded.updated_at",
        (
            &branding.name,
            branding.colour.map(|colour| colour.to_string()),
            &branding.contact,
            logo.map(|logo| &logo.bytes),
            logo.map(|logo| logo.media_type),
            at.millis(),
        ),
    )?;
    Ok(())
}
