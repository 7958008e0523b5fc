//! The catalogue as operators see it: which systems can be connected, how they are checked, how sure the facts are.

pub mod detail;
pub mod list;
