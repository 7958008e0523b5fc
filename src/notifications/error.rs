//! What can go wrong with notifications.

use crate::access::{AccessError, Forbidden};
use crate::audit::AuditError;
use crate::base::{FieldError, InvalidCursor};
use crate::connections::ConnectionError;
use crate::customers::CustomerError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such thing")]
    NotFound,
    #[error("some fields need a change")]
    Invalid(Vec<FieldError>),
    /// There is no trouble to acknowledge.
    #[error("the connection has no trouble that could be acknowledged")]
    NoTrouble,
    #[error("the customer has no contact that may be written to; give one an e-mail address on the customer's page")]
    NoContact,
    #[error("there is no open link to be sent; make one first")]
    NoLink,
    #[error("no mail server is configured; add [smtp] to the configuration")]
    NoMailServer,
    #[error("{address} is no address that mail can be sent to")]
    Address { address: String },
    #[error("the mail could not be put together: {0}")]
    Message(String),
    #[error("the mail could not be printed: {0}")]
    Print(#[from] askama::Error),
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Customer(#[from] CustomerError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
