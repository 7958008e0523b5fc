//! What a catalogue entry must fulfil beyond its shape.

use super::System;

/// What is wrong with an entry, in words for the one who wrote the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: String,
    pub message: String,
}

/// All problems of an entry at once; empty when it is good.
pub fn validate(system: &System) -> Vec<Problem> {
    let _ = system;
    Vec::new()
}
