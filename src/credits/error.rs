//! What can be wrong when credits are granted, quoted or read.

use crate::access::Forbidden;
use crate::base::{FieldError, InvalidCursor};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("{} field(s) need a change", .0.len())]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    #[error("the file could not be written: {0}")]
    Write(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CreditError {
    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::invalid(field, message)])
    }
}
