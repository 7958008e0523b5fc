//! The SQL of access, one file for each table.

pub mod keys;
pub mod sessions;
pub mod tokens;
pub mod users;
