//! One section while it is read: asks the source for its keys, checks them, and notes what is wrong. A wrong key yields
//! its default, so that all mistakes come out at once.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::problem::{Origin, Problem};
use super::setting::Setting;
use super::source::Source;
use crate::base::Secret;

pub struct Section<'a> {
    name: &'static str,
    source: &'a mut Source,
}

impl<'a> Section<'a> {
    pub fn new(name: &'static str, source: &'a mut Source) -> Self {
        Self { name, source }
    }

    /// The setting, where it was given and can be read.
    pub fn optional<T: Setting>(&mut self, key: &str) -> Option<T> {
        let (raw, _) = self.source.ask(self.name, key)?;
        match T::read(&raw) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem(key, &message, "Correct the value, or take the key out to have the default");
                None
            }
        }
    }

    /// A text that no message may repeat, not even a wrong one.
    pub fn hidden(&mut self, key: &str) -> Option<String> {
        let (raw, _) = self.source.ask(self.name, key)?;
        let value = String::read(&raw).ok();
        if value.is_none() {
            let message = format!("expected {}; what was found is not shown", String::EXPECTED);
            self.problem(key, &message, "Put the value in quotation marks, or name a file that holds it");
        }
        value
    }

    pub fn or<T: Setting>(&mut self, key: &str, default: T) -> T {
        self.optional(key).unwrap_or(default)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let value = self.or(key, default);
        if range.contains(&value) {
            return value;
        }
        let (least, most) = (range.start(), range.end());
        self.problem(key, &format!("{value} is not possible"), &format!("Give a whole number from {least} to {most}"));
        default
    }

    pub fn count(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        u32::try_from(self.number(key, u64::from(default), wide)).unwrap_or(default)
    }

    pub fn seconds(&mut self, key: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(key, default, range))
    }

    /// A path; a relative one in the file starts at the file's folder.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let path: PathBuf = self.optional(key)?;
        Some(match self.source.origin(self.name, key) {
            Origin::File { path: file, .. } => file.parent().unwrap_or(Path::new("")).join(path),
            _ => path,
        })
    }

    /// A secret as `key`, or in the file that `key_file` names; both is a mistake.
    pub fn secret(&mut self, key: &str) -> Option<Secret> {
        let file_key = format!("{key}_file");
        let value = self.hidden(key);
        let file = self.path(&file_key);
        match (value, file) {
            (Some(_), Some(_)) => {
                self.problem(key, &format!("both {key} and {file_key} are given"), "Keep one of the two");
                None
            }
            (Some(value), None) => Some(Secret::new(value)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => Some(Secret::new(text.trim_end_matches(['\n', '\r']))),
                Err(error) => {
                    let message = format!("the file {} cannot be read: {error}", path.display());
                    self.problem(&file_key, &message, "Name a file that the service's user may read");
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// The key was given somewhere, right or wrong.
    pub fn is_given(&self, key: &str) -> bool {
        self.source.origin(self.name, key) != Origin::Nowhere
    }

    pub fn problem(&mut self, key: &str, message: &str, remedy: &str) {
        self.source.problems.push(Problem {
            origin: self.source.origin(self.name, key),
            key: format!("{}.{key}", self.name),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        });
    }
}
