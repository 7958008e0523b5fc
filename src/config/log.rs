//! `[log]`: how much is logged, and in which form.

use super::section::Section;
use super::setting::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub level: Level,
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

words!(Level, "“error”, “warn”, “info”, “debug” or “trace”",
    "error" => Level::Error, "warn" => Level::Warn, "info" => Level::Info, "debug" => Level::Debug, "trace" => Level::Trace);
words!(Format, "“text” or “json”", "text" => Format::Text, "json" => Format::Json);

pub fn read(section: &mut Section<'_>) -> Log {
    Log { level: section.or("level", Level::Info), format: section.or("format", Format::Text) }
}
