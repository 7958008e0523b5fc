//! What can go wrong when events are read.

use crate::base::InvalidCursor;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    #[error(transparent)]
    Store(#[from] StoreError),
}
