//! Customers: organisations whose systems are connected, with their contact, language, region and credit limit. Owns
//! what may be written about them and the end of it; refuses customers of another region, and to delete one whose
//! connections live. Knows connections only as rows to count.

mod delete;
mod error;
mod model;
mod rules;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use error::CustomerError;
pub use model::{
    ChangeCustomer, ConnectionCounts, Customer, CustomerFilter, CustomerOverview, CustomerSort, CustomerTotals,
    CustomerView, Metadata, Need, NewCustomer,
};
pub use rules::{check_metadata, check_name};
pub use service::Customers;
pub use store::find as find_customer;
