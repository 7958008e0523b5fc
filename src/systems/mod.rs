//! The catalogue of systems that can be connected: embedded TOML files, more from a folder. Owns the facts on each
//! system; refuses entries that do not validate. It sends nothing and stores nothing.

mod catalogue;
mod model;
mod rules;
mod validate;

pub use catalogue::{Catalogue, CatalogueError};
pub use model::*;
pub use rules::{AnswerView, first_match};
pub use validate::{Problem, validate};
