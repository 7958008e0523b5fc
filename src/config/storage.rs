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
    let instance_key = instance_key(section, &data_dir);
    Storage { data_dir, instance_key }
}

fn instance_key(section: &mut Section<'_>, data_dir: &Path) -> KeySource {
    let value: Option<String> = section.optional("instance_key");
    let file = section.path("instance_key_file");
    if value.is_some() && file.is_some() {
        section.problem("instance_key", "both instance_key and instance_key_file are given", "Keep one of the two");
    }
    match value {
        Some(value) => KeySource::Value(Secret::new(value)),
        None => KeySource::File(file.unwrap_or_else(|| data_dir.join("instance.key"))),
    }
}
