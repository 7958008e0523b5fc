//! `[vault]`: how the root key of the vault is sealed.

use std::path::{Path, PathBuf};

use super::section::Section;
use super::setting::words;
use crate::base::Secret;

/// Has no `Debug`: it may hold secrets.
#[derive(Clone)]
pub struct Vault {
    pub seal: Seal,
    /// Where the key file is, or is made.
    pub key_file: PathBuf,
    /// For the seal `passphrase`: opens the vault at the start; left out, an operator unseals it.
    pub passphrase: Option<Secret>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    KeyFile,
    Passphrase,
}

words!(Seal, "“key-file” or “passphrase”", "key-file" => Seal::KeyFile, "passphrase" => Seal::Passphrase);

pub fn read(section: &mut Section<'_>, data_dir: &Path) -> Vault {
    let seal = section.or("seal", Seal::KeyFile);
    let key_file = section.path("key_file").unwrap_or_else(|| data_dir.join("vault.key"));
    let passphrase = section.secret("passphrase");
    if seal == Seal::KeyFile && passphrase.is_some() {
        section.problem(
            "passphrase",
            "a passphrase is given, but the seal is “key-file”",
            "Set seal = \"passphrase\", or take it out",
        );
    }
    Vault { seal, key_file, passphrase }
}
