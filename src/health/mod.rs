//! Health: when connections are looked at, and what is kept of each look. Owns the engine and the history; refuses to
//! judge: verdicts and statuses are the connections' own.

mod engine;

pub use engine::{Beat, Engine, EngineSettings, Pace, next_due};
