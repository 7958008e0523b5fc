//! What is wrong with a configuration, in words that an operator can act on: where, which key, what, and the remedy.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    File {
        path: PathBuf,
        line: usize,
    },
    Variable(String),
    Option(&'static str),
    /// Nowhere: the default holds, or the key is missing.
    Nowhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(out, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(out, "environment variable {name}"),
            Self::Option(name) => write!(out, "option {name}"),
            Self::Nowhere => out.write_str("configuration"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub origin: Origin,
    /// `health.interval_seconds`; empty where the file as a whole is meant.
    pub key: String,
    pub message: String,
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        write!(out, "{}. {}.", self.message, self.remedy)
    }
}

/// By the file's lines, then variables, then the rest.
pub(super) fn in_order(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| match &problem.origin {
        Origin::File { line, .. } => (0, *line),
        Origin::Variable(_) => (1, 0),
        _ => (2, 0),
    });
}
