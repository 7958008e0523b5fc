//! What can be wrong with a change of customers, in the operator's words.

use crate::access::Forbidden;
use crate::base::{FieldError, InvalidCursor};
use crate::store::StoreError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such customer")]
    Unknown,
    #[error("{} field(s) need a change", .0.len())]
    Invalid(Vec<FieldError>),
    #[error(
        "the region “{given}” is another one than this instance's (“{own}”); make the customer on the instance of its region"
    )]
    WrongRegion { given: String, own: String },
    #[error("another customer has the external id “{external_id}”; choose another, or change that customer")]
    ExternalIdTaken { external_id: String },
    #[error(
        "the customer was changed by somebody else meanwhile (it has version {found} now); read it again and repeat the change"
    )]
    Stale { found: i64 },
    #[error("{count} connection(s) of this customer still live; disconnect them first")]
    ConnectionsLive { count: i64 },
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
