//! Events: what happened, in the contract's words, kept so that receivers can be told. An event is written in the
//! transaction of the change that caused it; within an episode each type goes out at most once.

mod error;
mod model;
mod retention;
mod store;
#[cfg(test)]
mod tests;

pub use error::EventError;
pub use model::{EventFilter, EventKind, EventRow, NewEvent};
pub use retention::prune;
pub use store::{append, append_once_per_episode, find, latest, list};
