//! What the vault can refuse. Each text is one that an operator can act on; none holds a secret.

use std::path::PathBuf;

use crate::base::{ConnectionId, CustomerId};
use crate::store::{KeyFileError, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(
        "the vault is sealed: secrets can be neither stored nor used until an operator unseals it (settings, or `junctionbox vault unseal`)"
    )]
    Sealed,
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error("the vault key at {path} is not the one this vault was sealed with; put the right file back")]
    WrongKey { path: PathBuf },
    #[error("this passphrase does not open the vault")]
    WrongPassphrase,
    #[error("a passphrase for the vault has 12 characters or more")]
    ShortPassphrase,
    #[error("the vault is sealed by a {sealed}; give that, or set [vault] seal to it")]
    OtherSeal { sealed: &'static str },
    #[error(
        "the vault has no seal, yet customers have keys: the store is not whole; restore a backup made before this"
    )]
    NoSeal,
    #[error("customer {0} has no key in the vault: its secrets were destroyed")]
    NoCustomerKey(CustomerId),
    #[error("customer {0} has a key already")]
    KeyExists(CustomerId),
    #[error("the sealed secret “{field}” of {connection} does not open: it was changed, or belongs elsewhere")]
    Damaged { connection: ConnectionId, field: String },
    #[error("the sealed secret “{field}” of {owner} does not open: it was changed, or belongs elsewhere")]
    DamagedOwn { owner: String, field: String },
    #[error("the key of customer {0} does not open: it was changed, or belongs elsewhere")]
    DamagedKey(CustomerId),
    #[error("the vault could not do its arithmetic: {0}")]
    Internal(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}
