//! `[storage]`: the data directory and the instance key that opens the store.

use std::path::{Path, PathBuf};

use super::section::Section;
use crate::base::Secret;

/// Has no `Debug`: it may hold the key itself.
#[derive(Clone)]
pub struct Storage {
    pub data_dir: PathBuf,
    pub instance_key: KeySource,
}

/// Where a key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// In the configuration itself, as 64 hexadecimal digits or base64.
    Value(Secret),
    File(PathBuf),
}

impl KeySource {
    /// For the sentence that says where a key was looked for.
    pub fn place(&self) -> String {
        match self {
            Self::Value(_) => "the configuration".into(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

pub const DEFAULT_DATA_DIR: &str = "/var/lib/junctionbox";

pub fn read(section: &mut Section<'_>) -> Storage {
    let data_dir = section.path("data_dir").unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
    let instance_key = key_source(section, "instance_key", &data_dir.join("instance.key"));
    Storage { data_dir, instance_key }
}

/// `key` or `key_file`, and a default place.
pub fn key_source(section: &mut Section<'_>, key: &str, default: &Path) -> KeySource {
    let file_key = if key == "key" { "key_file".to_owned() } else { format!("{key}_file") };
    let value: Option<String> = section.optional(key);
    let file = section.path(&file_key);
    match (value, file) {
        (Some(_), Some(_)) => {
            section.problem(key, &format!("both {key} and {file_key} are given"), "Keep one of the two");
            KeySource::File(default.to_owned())
        }
        (Some(value), None) => KeySource::Value(Secret::new(value)),
        (None, Some(path)) => KeySource::File(path),
        (None, None) => KeySource::File(default.to_owned()),
    }
}
