//! Seals: what wraps the root key. A key file of 32 bytes by HKDF, or a passphrase by argon2id.

use std::fs;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};

use super::cipher::{Key, place};
use super::error::VaultError;
use crate::base::{Random, Secret};
use crate::store::{KeyFileError, create_key_file, read_key_file};

const WHAT: &str = "vault key";
const FORMAT: &[u8] = b"junctionbox vault root 1";
const LEAST_PASSPHRASE: usize = 12;

/// What holds the root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealKind {
    KeyFile,
    Passphrase,
}

impl SealKind {
    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyFile => "key_file",
            Self::Passphrase => "passphrase",
        }
    }
    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::KeyFile => "key file",
            Self::Passphrase => "passphrase",
        }
    }
    pub fn other(self) -> Self {
        match self {
            Self::KeyFile => Self::Passphrase,
            Self::Passphrase => Self::KeyFile,
        }
    }
}

/// How the vault is to be sealed. Has no `Debug`: it may hold a passphrase.
#[derive(Clone)]
pub struct VaultSettings {
    pub seal: SealKind,
    /// Where the key file is, or is made.
    pub key_path: PathBuf,
    /// Opens the vault at the start; left out, an operator does.
    pub passphrase: Option<Secret>,
}

/// What a person gives to open the vault.
#[derive(Clone)]
pub enum UnsealWith {
    /// The file at the configured place, which may be there again.
    KeyFile,
    Passphrase(Secret),
}

impl UnsealWith {
    pub fn kind(&self) -> SealKind {
        match self {
            Self::KeyFile => SealKind::KeyFile,
            Self::Passphrase(_) => SealKind::Passphrase,
        }
    }
}

/// What is needed beside the key or passphrase to unwrap; not secret.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Parameters {
    salt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    argon2id: Option<Costs>,
}

/// argon2id: memory in KiB, passes, lanes.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
struct Costs {
    memory: u32,
    passes: u32,
    lanes: u32,
}

const COSTS: Costs = Costs { memory: 64 * 1024, passes: 3, lanes: 1 };

/// The root key as it lies in the store.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub kind: SealKind,
    /// JSON; authenticated with the key.
    pub parameters: String,
    pub wrapped: Vec<u8>,
}

/// Wraps the root key. Takes about a tenth of a second with a passphrase: call it off the async threads.
pub(super) fn wrap(root: &Key, with: &UnsealWith, path: &Path, random: &dyn Random) -> Result<Sealed, VaultError> {
    if let UnsealWith::Passphrase(text) = with
        && text.expose().chars().count() < LEAST_PASSPHRASE
    {
        return Err(VaultError::ShortPassphrase);
    }
    let mut salt = [0u8; 16];
    random.fill(&mut salt);
    let argon2id = (with.kind() == SealKind::Passphrase).then_some(COSTS);
    let parameters = Parameters { salt: data_encoding::HEXLOWER.encode(&salt), argon2id };
    let kek = kek(with, &parameters, path)?;
    let parameters = serde_json::to_string(&parameters).map_err(|_| VaultError::Internal("seal parameters"))?;
    let wrapped = kek
        .seal(root.bytes(), &bound_to(with.kind(), &parameters), random)
        .ok_or(VaultError::Internal("wrapping the root key"))?;
    Ok(Sealed { kind: with.kind(), parameters, wrapped })
}

/// Unwraps the root key. Slow with a passphrase, as `wrap`. A key file that was made by a re-keying and did not get to its
/// place is put there now.
pub(super) fn unwrap(sealed: &Sealed, with: &UnsealWith, path: &Path) -> Result<Key, VaultError> {
    let first = match unwrap_from(sealed, with, path) {
        Err(error) if with.kind() == SealKind::KeyFile => error,
        found => return found,
    };
    let next = next_key_file(path);
    let root = unwrap_from(sealed, with, &next).map_err(|_| first)?;
    move_into_place(&next, path)?;
    Ok(root)
}

fn unwrap_from(sealed: &Sealed, with: &UnsealWith, path: &Path) -> Result<Key, VaultError> {
    if sealed.kind != with.kind() {
        return Err(VaultError::OtherSeal { sealed: sealed.kind.words() });
    }
    let parameters: Parameters =
        serde_json::from_str(&sealed.parameters).map_err(|_| VaultError::Internal("seal parameters"))?;
    kek(with, &parameters, path)?
        .open(&sealed.wrapped, &bound_to(sealed.kind, &sealed.parameters))
        .and_then(|bytes| Key::from_slice(&bytes))
        .ok_or_else(|| match with {
            UnsealWith::KeyFile => VaultError::WrongKey { path: path.to_owned() },
            UnsealWith::Passphrase(_) => VaultError::WrongPassphrase,
        })
}

/// Where the key file of a re-keying waits until the store knows it.
pub(super) fn next_key_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Makes it, over one that an interrupted re-keying left and no seal knows.
pub(super) fn make_next_key_file(path: &Path, random: &dyn Random) -> Result<PathBuf, VaultError> {
    let next = next_key_file(path);
    match fs::remove_file(&next) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(&next, error)),
        _ => {}
    }
    create_key_file(WHAT, &next, random)?;
    Ok(next)
}

/// The old key file is gone after this.
pub(super) fn move_into_place(next: &Path, path: &Path) -> Result<(), VaultError> {
    fs::rename(next, path).map_err(|error| io(path, error))?;
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| io(path, error))?;
    }
    Ok(())
}

fn io(path: &Path, source: std::io::Error) -> VaultError {
    KeyFileError::Io { what: WHAT, path: path.to_owned(), source }.into()
}

/// Makes the key file where there is none yet; keeps one that somebody put there.
pub(super) fn ensure_key_file(path: &Path, random: &dyn Random) -> Result<(), KeyFileError> {
    match read_key_file(WHAT, path) {
        Err(KeyFileError::Missing { .. }) => create_key_file(WHAT, path, random).map(|_| ()),
        found => found.map(|_| ()),
    }
}

/// The key file's 32 bytes.
pub(super) fn read_key(path: &Path) -> Result<crate::base::SecretBytes, KeyFileError> {
    read_key_file(WHAT, path)
}

fn bound_to(kind: SealKind, parameters: &str) -> zeroize::Zeroizing<Vec<u8>> {
    place([FORMAT, kind.as_str().as_bytes(), parameters.as_bytes()])
}

/// The key that wraps the root key.
fn kek(with: &UnsealWith, parameters: &Parameters, path: &Path) -> Result<Key, VaultError> {
    let salt = data_encoding::HEXLOWER
        .decode(parameters.salt.as_bytes())
        .map_err(|_| VaultError::Internal("seal parameters"))?;
    match with {
        UnsealWith::KeyFile => {
            let bytes = read_key_file(WHAT, path)?;
            let key = Key::from_slice(bytes.expose()).ok_or(VaultError::Internal("the length of the vault key"))?;
            Ok(key.derive(&salt, "junctionbox vault seal key_file 1"))
        }
        UnsealWith::Passphrase(text) => {
            let costs = parameters.argon2id.unwrap_or(COSTS);
            let costs = Params::new(costs.memory, costs.passes, costs.lanes, Some(32))
                .map_err(|_| VaultError::Internal("seal parameters"))?;
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, costs);
            Key::filled(|out| argon.hash_password_into(text.expose().as_bytes(), &salt, out))
                .map_err(|_| VaultError::Internal("argon2id"))
        }
    }
}
