//! The customers: the list, one customer, and the forms that make, change and delete one.

pub mod form;
pub mod list;
pub mod one;
