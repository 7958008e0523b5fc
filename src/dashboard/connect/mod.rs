//! Connecting and reconnecting: the forms come from the catalogue, the check comes before anything is stored.

pub mod draft;
pub mod form;
pub mod kept;
pub mod view;

#[cfg(test)]
mod samples;
