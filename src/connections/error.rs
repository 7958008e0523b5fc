//! What can go wrong with a connection, in the domain's own terms.

use std::time::Duration;

use super::check::Looked;
use crate::access::Forbidden;
use crate::applications::ApplicationError;
use crate::base::{FieldError, Reason, Status, Timestamp};
use crate::store::StoreError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such connection")]
    NotFound,
    #[error("{} fields need a change", .0.len())]
    Invalid(Vec<FieldError>),
    /// The system refused or could not be reached; nothing was stored.
    #[error("the system could not be verified: {}", .0.message)]
    VerificationFailed(Box<Looked>),
    /// These credentials lead to another installation than before; nothing was changed.
    #[error("the credentials lead to {found} instead of {known}")]
    IdentityChanged { known: String, found: String },
    /// This very secret was refused before and is not sent again.
    #[error("this secret was refused on {since} and is not sent again")]
    SecretSpent { since: Timestamp },
    /// A different secret was refused a moment ago; the next try is possible later.
    #[error("the next attempt is possible in {} s", .retry_after.as_secs())]
    TooManyAttempts { retry_after: Duration },
    #[error("{needed} credits are needed and {available} are free")]
    CreditsExhausted { needed: i64, available: i64 },
    #[error("somebody else changed this connection; it has version {current} now")]
    Stale { current: i64 },
    /// The act does not fit the status.
    #[error("a connection that is {status} cannot do that")]
    WrongStatus { status: Status, reason: Option<Reason>, since: Timestamp },
    /// The link was used, taken back or has ended.
    #[error("the link has ended")]
    LinkOver,
    #[error("there are no credentials to check")]
    NoCredentials,
    #[error("the vault is sealed")]
    Sealed,
    /// Restored from a backup, and nobody said yet that the old appliance is off.
    #[error(
        "this appliance was restored from a backup and stands by until an operator confirms that the old one is off"
    )]
    StandingBy,
    #[error(transparent)]
    Vault(VaultError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ApplicationError> for ConnectionError {
    fn from(error: ApplicationError) -> Self {
        match error {
            ApplicationError::Forbidden(error) => Self::Forbidden(error),
            ApplicationError::Sealed => Self::Sealed,
            ApplicationError::Vault(error) => Self::Vault(error),
            ApplicationError::Store(error) => Self::Store(error),
            ApplicationError::Invalid(errors) => Self::Invalid(errors),
            ApplicationError::Unknown
            | ApplicationError::Stale { .. }
            | ApplicationError::InUse { .. }
            | ApplicationError::InvalidCursor(_) => Self::NotFound,
        }
    }
}

impl From<VaultError> for ConnectionError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed => Self::Sealed,
            other => Self::Vault(other),
        }
    }
}
