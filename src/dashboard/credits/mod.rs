//! Credits: the pool, what uses it, the ledger, grants and quotes.

pub mod present;
pub mod usage;
pub mod view;

#[cfg(test)]
mod samples;
