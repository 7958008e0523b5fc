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
    /// Handed over by the service manager, which guards it.
    Credential(PathBuf),
}

impl KeySource {
    /// For the sentence that says where a key was looked for.
    pub fn place(&self) -> String {
        match self {
            Self::Value(_) => "the configuration".into(),
            Self::File(path) | Self::Credential(path) => path.display().to_string(),
        }
    }
}

pub const DEFAULT_DATA_DIR: &str = "/var/lib/junctionbox";

/// The name that a service manager hands the key over by: `LoadCredential=instance.key:…`.
pub const CREDENTIAL: &str = "instance.key";

pub fn read(section: &mut Section<'_>, credentials: Option<&Path>) -> Storage {
    let data_dir = section.path("data_dir").unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
    let instance_key = instance_key(section, &data_dir, credentials);
    Storage { data_dir, instance_key }
}

/// What the configuration says; else the file in the data directory, where one is; else what was handed over.
fn instance_key(section: &mut Section<'_>, data_dir: &Path, credentials: Option<&Path>) -> KeySource {
    let value = section.hidden("instance_key");
    let file = section.path("instance_key_file");
    if value.is_some() && file.is_some() {
        section.problem("instance_key", "both instance_key and instance_key_file are given", "Keep one of the two");
    }
    match (value, file) {
        (Some(value), _) => KeySource::Value(Secret::new(value)),
        (None, Some(file)) => KeySource::File(file),
        (None, None) => {
            let usual = data_dir.join("instance.key");
            let handed = credentials.map(|folder| folder.join(CREDENTIAL)).filter(|_| !usual.exists());
            match handed.filter(|path| path.exists()) {
                Some(path) => KeySource::Credential(path),
                None => KeySource::File(usual),
            }
        }
    }
}
