//! What can go wrong with an OAuth application.

use crate::access::Forbidden;
use crate::base::{FieldError, InvalidCursor};
use crate::store::StoreError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum ApplicationError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such OAuth application")]
    Unknown,
    #[error("{} fields need a change", .0.len())]
    Invalid(Vec<FieldError>),
    #[error("somebody else changed this OAuth application; it has version {current} now")]
    Stale { current: i64 },
    /// Connections sign in with it.
    #[error("{count} connection(s) sign in with this OAuth application")]
    InUse { count: i64 },
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    #[error("the vault is sealed")]
    Sealed,
    #[error(transparent)]
    Vault(VaultError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VaultError> for ApplicationError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed => Self::Sealed,
            VaultError::Store(error) => Self::Store(error),
            other => Self::Vault(other),
        }
    }
}
