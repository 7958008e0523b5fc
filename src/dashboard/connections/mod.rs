//! The list of connections: views by status, filters, the table, and what can be done with several at once.

pub mod view;
