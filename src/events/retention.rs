//! How long events are kept: the old ones go in small steps. What a receiver or a mail still waits for stays, whatever its
//! age: the database itself refuses to let it go.

use super::store;
use crate::base::Timestamp;
use crate::store::{Store, StoreError};

const STEP: usize = 1000;

/// Takes away events from before a time, and what ended episodes have told; how many events went.
pub async fn prune(store: &Store, before: Timestamp) -> Result<usize, StoreError> {
    let mut gone = 0_usize;
    let mut after = String::new();
    loop {
        let from = after.clone();
        let (went, last) =
            store.write::<_, StoreError, _>(move |tx| store::forget_older(tx, &from, before, STEP)).await?;
        gone = gone.saturating_add(went);
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    let mut after = String::new();
    loop {
        let from = after.clone();
        let last = store.write::<_, StoreError, _>(move |tx| store::forget_episodes(tx, &from, before, STEP)).await?;
        match last {
            Some(last) => after = last,
            None => return Ok(gone),
        }
    }
}
