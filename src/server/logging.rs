//! The log: to standard error, as text or JSON lines, with a level that can be changed while the server runs.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt, reload};

use crate::config::{Format, Level, Log};

/// Changes the level of a running log.
#[derive(Clone)]
pub struct LogControl(Option<reload::Handle<EnvFilter, Registry>>);

impl LogControl {
    /// A log that is not ours to change.
    pub fn none() -> Self {
        Self(None)
    }

    pub fn set_level(&self, level: Level) {
        if let Some(handle) = &self.0
            && let Err(error) = handle.reload(filter(level))
        {
            tracing::error!(%error, "the log's level could not be changed");
        }
    }
}

/// Libraries speak of warnings only, unless everything is wanted.
fn filter(level: Level) -> EnvFilter {
    let rest = match level {
        Level::Trace => "debug",
        Level::Error => "error",
        _ => "warn",
    };
    EnvFilter::new(format!("{rest},junctionbox={own},access={own}", own = level.as_str()))
}

/// Starts the log; a second start in one process changes nothing.
pub fn start(log: Log) -> LogControl {
    let (filter, handle) = reload::Layer::new(filter(log.level));
    let lines = match log.format {
        Format::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
        Format::Text => {
            let colours = std::io::stderr().is_terminal();
            fmt::layer().with_ansi(colours).with_writer(std::io::stderr).boxed()
        }
    };
    let started = tracing_subscriber::registry().with(filter).with(lines).try_init();
    LogControl(started.is_ok().then_some(handle))
}
