//! The erasure list of a running appliance: the vault notes there whose keys it destroys, and what was revoked or removed
//! is taken from the audit log, soon after it happened and in order, so that nothing that a cut-off left out is missed.

use std::path::Path;

use super::settings;
use super::start_error::StartError;
use crate::audit::{self, AuditError, AuditFilter, AuditRow, Export};
use crate::customers::Customers;
use crate::store::{InstanceKey, Store, StoreError};
use crate::vault::{Ended, Erasures, Vault};

/// The actions that end something for good.
const ENDING: [&str; 3] = ["api_key.revoked", "user.deleted", "link.revoked"];

/// Takes up what ends.
pub struct Endings {
    list: Option<Erasures>,
    /// The last audit entry that was looked at.
    seen: tokio::sync::Mutex<i64>,
}

impl Endings {
    /// The erasure list takes up who was deleted, and is made good where a deletion was cut off before it was noted.
    pub(super) async fn open(
        dir: &Path,
        key: &InstanceKey,
        vault: &Vault,
        customers: &Customers,
    ) -> Result<Self, StartError> {
        let list = Erasures::new(dir.join(settings::ERASURES_FILE), &key.derive("erasures"));
        if let Some(list) = list.clone() {
            vault.note_erasures_in(list.clone());
            let deleted = customers.deleted().await?;
            add(list, deleted.into_iter().map(Ended::from).collect()).await;
        }
        Ok(Self { list, seen: tokio::sync::Mutex::default() })
    }

    /// Puts on the list what ended since the last look.
    pub async fn note(&self, store: &Store) {
        let Some(list) = &self.list else { return };
        let mut seen = self.seen.lock().await;
        match since(store, *seen).await {
            Ok((ended, last)) => {
                if add(list.clone(), ended).await {
                    *seen = last;
                }
            }
            Err(error) => tracing::error!(%error, "what was revoked could not be read for the erasure list"),
        }
    }
}

async fn since(store: &Store, seen: i64) -> Result<(Vec<Ended>, i64), AuditError> {
    // The end first: what comes meanwhile is looked at twice rather than never.
    let head = store.read::<_, StoreError, _>(|reader| audit::head(reader)).await?;
    let last = head.map_or(0, |head| head.sequence);
    let mut ended = Vec::new();
    if last == seen {
        return Ok((ended, last));
    }
    for action in ENDING {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        let mut rows = Export::after(store, filter, seen);
        loop {
            let batch = rows.next().await?;
            if batch.is_empty() {
                break;
            }
            ended.extend(batch.iter().filter_map(subject));
        }
    }
    Ok((ended, last))
}

/// What an entry says has ended. A link's entry is about its connection, and names the link beside.
fn subject(row: &AuditRow) -> Option<Ended> {
    match row.detail.get("link_id").and_then(serde_json::Value::as_str) {
        Some(link) => Ended::parse(link),
        None => Ended::parse(row.target.as_ref()?.id.as_deref()?),
    }
}

async fn add(list: Erasures, ended: Vec<Ended>) -> bool {
    match tokio::task::spawn_blocking(move || list.add(ended)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(%error, "the erasure list could not be written; a full disk or the folder's owner may be why");
            false
        }
        Err(_) => false,
    }
}
