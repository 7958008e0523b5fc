//! The erasure list at the start: the vault notes there whose keys it destroys, and what a cut-off deletion left out is added.

use std::path::Path;

use super::settings;
use super::start_error::StartError;
use crate::customers::Customers;
use crate::store::InstanceKey;
use crate::vault::{Erasures, Vault};

/// The erasure list takes up who was deleted, and is made good where a deletion was cut off before it was noted.
pub(super) async fn note_erasures(
    dir: &Path,
    key: &InstanceKey,
    vault: &Vault,
    customers: &Customers,
) -> Result<(), StartError> {
    let Some(list) = Erasures::new(dir.join(settings::ERASURES_FILE), &key.derive("erasures")) else { return Ok(()) };
    vault.note_erasures_in(list.clone());
    let deleted = customers.deleted().await?;
    let noted = tokio::task::spawn_blocking(move || list.add(deleted)).await;
    if let Ok(Err(error)) = noted {
        tracing::error!(%error, "the erasure list could not be written; a full disk or the folder's owner may be why");
    }
    Ok(())
}
