//! What access refuses, in the user's words. Never says which of e-mail and password was wrong.

use super::principal::Forbidden;
use crate::base::{FieldError, InvalidCursor};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("only an owner makes, changes or removes an owner; ask one")]
    OwnersOnly,
    #[error("E-mail or password do not fit.")]
    WrongCredentials,
    #[error("The present password is another one; nothing was changed.")]
    WrongPassword,
    #[error("Too many tries. The next one is possible in {seconds} s.")]
    Throttled { seconds: u64 },
    #[error("This link has been used or has ended. Make a new one on the server.")]
    LinkOver,
    #[error("This instance has an owner already; sign in, or run `junctionbox admin recover` on the server.")]
    OwnerExists,
    #[error("This is the last owner; make another user owner first.")]
    LastOwner,
    #[error("there is no such user")]
    UnknownUser,
    #[error("there is no such API key")]
    UnknownKey,
    #[error("another user has the e-mail address {email}; choose another, or change that user")]
    EmailTaken { email: String },
    #[error(
        "the user was changed by somebody else meanwhile (it has version {found} now); read it again and repeat the change"
    )]
    Stale { found: i64 },
    #[error("{} field(s) need a change", .0.len())]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    #[error("a password could not be hashed: {0}")]
    Hash(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}
