//! Why an appliance does not start, in sentences that an operator can act on.

use super::keys::KeyError;
use super::settings::MailError;
use crate::access::AccessError;
use crate::backup::BackupError;
use crate::credits::CreditError;
use crate::customers::CustomerError;
use crate::instance::InstanceError;
use crate::store::{OpenError, StoreError};
use crate::systems::CatalogueError;
use crate::upstream::EgressError;
use crate::vault::VaultError;

/// The appliance cannot start; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Instance(#[from] InstanceError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the store cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Credits(#[from] CreditError),
    #[error(transparent)]
    Egress(#[from] EgressError),
    #[error("[smtp] {0}")]
    Mail(#[from] MailError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Customer(#[from] CustomerError),
}
