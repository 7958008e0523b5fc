//! The catalogue of systems that can be connected: embedded TOML files, more from a folder. Owns the facts on each
//! system; refuses entries that do not validate. It sends nothing and stores nothing.

mod catalogue;
mod line;
mod model;
mod place;
mod rules;
pub mod template;
mod validate;
mod validate_auth;
mod view;

pub use catalogue::{Catalogue, CatalogueError, Fault};
pub use model::*;
pub use rules::{AnswerView, BODY_LIMIT, first_match};
pub use template::{Escape, MissingValue, render};
pub use validate::{Problem, validate};
pub use view::{AuthView, FieldView, ParameterView, SystemView};
