//! The instance key: 32 bytes in a file of mode 0600, from which the keys of both databases and of the audit chain are derived.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base::{Random, SecretBytes};

/// A key file cannot be used. Says where it was looked for and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error(
        "there is no {what} at {path}; put the file back from where you keep it, or name its place in the configuration"
    )]
    Missing { what: &'static str, path: PathBuf },
    #[error("the {what} at {path} can be read by others (mode {mode:o}); run: chmod 600 {path}")]
    Mode { what: &'static str, path: PathBuf, mode: u32 },
    #[error("the {what} at {path} has {found} bytes instead of 32; it is not a key of Junctionbox, or was cut off")]
    Length { what: &'static str, path: PathBuf, found: usize },
    #[error("the {what} at {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: std::io::Error },
}

/// Reads 32 bytes from a file that nobody else may read.
pub(crate) fn read_key_file(what: &'static str, path: &Path) -> Result<SecretBytes, KeyFileError> {
    let mode = metadata(what, path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Mode { what, path: path.to_owned(), mode });
    }
    read_key(what, path)
}

fn metadata(what: &'static str, path: &Path) -> Result<fs::Metadata, KeyFileError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(KeyFileError::Missing { what, path: path.to_owned() })
        }
        Err(source) => Err(KeyFileError::Io { what, path: path.to_owned(), source }),
    }
}

fn read_key(what: &'static str, path: &Path) -> Result<SecretBytes, KeyFileError> {
    let io = |source| KeyFileError::Io { what, path: path.to_owned(), source };
    let bytes = Zeroizing::new(fs::read(path).map_err(io)?);
    if bytes.len() != 32 {
        return Err(KeyFileError::Length { what, path: path.to_owned(), found: bytes.len() });
    }
    Ok(SecretBytes::new(bytes.to_vec()))
}

/// Makes a key of 32 random bytes; never replaces an existing file.
pub(crate) fn create_key_file(
    what: &'static str,
    path: &Path,
    random: &dyn Random,
) -> Result<SecretBytes, KeyFileError> {
    let io = |source| KeyFileError::Io { what, path: path.to_owned(), source };
    let mut bytes = Zeroizing::new([0u8; 32]);
    random.fill(bytes.as_mut());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
    file.write_all(bytes.as_ref()).and_then(|()| file.sync_all()).map_err(io)?;
    Ok(SecretBytes::new(bytes.to_vec()))
}

/// The key that opens the store.
#[derive(Clone)]
pub struct InstanceKey(SecretBytes);

impl InstanceKey {
    const WHAT: &'static str = "instance key";

    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        read_key_file(Self::WHAT, path).map(Self)
    }
    /// From the service manager's folder of credentials. It is nobody else's, and its access list shows as a mode for the group.
    pub fn read_credential(path: &Path) -> Result<Self, KeyFileError> {
        metadata(Self::WHAT, path)?;
        read_key(Self::WHAT, path).map(Self)
    }
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeyFileError> {
        create_key_file(Self::WHAT, path, random).map(Self)
    }
    /// For the demo and tests: a key that exists in memory only.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBytes::new(bytes))
    }
    /// Whether both are the same key.
    pub fn is(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.expose(), other.0.expose()).into()
    }
    /// The key itself, for the recovery kit alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose()
    }
    /// A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869).
    pub fn derive(&self, purpose: &str) -> SecretBytes {
        let mut out = Zeroizing::new([0u8; 32]);
        let hkdf = Hkdf::<Sha256>::new(Some(b"junctionbox instance key 1"), self.0.expose());
        // 32 bytes are far below HKDF's limit of 255 blocks, so this cannot fail.
        let _ = hkdf.expand(purpose.as_bytes(), out.as_mut());
        SecretBytes::new(out.to_vec())
    }
}
