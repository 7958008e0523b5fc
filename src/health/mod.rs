//! Health: when connections are looked at, and what is kept of each look. Owns the engine and the history; refuses to
//! judge: verdicts and statuses are the connections' own.

mod engine;
mod history;

pub use engine::{Beat, Engine, EngineSettings, Pace, next_due};
pub use history::{CheckRow, History, HistoryWriter, Keep, Point, Span, Uptime, Window, Writing};
