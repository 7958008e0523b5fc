//! One connection: what it is like, why, and what can be done with it.

pub mod plot;
pub mod records;
pub mod verdict;
pub mod view;

#[cfg(test)]
mod samples;
