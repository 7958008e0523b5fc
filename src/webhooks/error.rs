//! What can be wrong with endpoints and deliveries, in the caller's words.

use crate::access::Forbidden;
use crate::base::{FieldError, InvalidCursor};
use crate::store::StoreError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such webhook endpoint")]
    UnknownEndpoint,
    #[error("there is no such delivery")]
    UnknownDelivery,
    #[error("{} field(s) need a change", .0.len())]
    Invalid(Vec<FieldError>),
    /// The policy's own sentence.
    #[error("{sentence}")]
    EgressDenied { sentence: String },
    #[error(
        "the endpoint was changed by somebody else meanwhile (it has version {found} now); read it again and repeat the change"
    )]
    Stale { found: i64 },
    #[error("there are {most} webhook endpoints already; remove one that is no longer used")]
    TooMany { most: i64 },
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
