//! The customer's pages over the real server, and the links that lead to them.

mod apart;
mod identity;
pub mod links;
pub mod pages;
