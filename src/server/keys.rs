//! The keys of an installation: found, read, or made at the first start of an empty directory. Without the instance key
//! an existing store is not opened; without the vault's key the start is a sealed one.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use crate::base::{CustomerId, Random, Secret, Timestamp};
use crate::config::{KeySource, Storage};
use crate::store::{InstanceKey, KeyFileError, Store};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "the store in {dir} cannot be opened without its instance key, which was looked for at {place}. Put the file back from where you keep it, or name its place in [storage] instance_key_file"
    )]
    NoInstanceKey { dir: String, place: String },
    #[error(transparent)]
    File(#[from] KeyFileError),
    #[error("the key in {setting} is not 32 bytes in hexadecimal digits or base64")]
    Value { setting: &'static str },
}

/// The instance key. Made when there is no store yet; else it must be there.
pub fn instance_key(storage: &Storage, random: &dyn Random) -> Result<InstanceKey, KeyError> {
    let path = match &storage.instance_key {
        KeySource::Value(text) => return value("[storage] instance_key", text).map(InstanceKey::from_bytes),
        KeySource::Credential(path) => return Ok(InstanceKey::read_credential(path)?),
        KeySource::File(path) => path,
    };
    match InstanceKey::read(path) {
        Err(KeyFileError::Missing { .. }) if Store::exists(&storage.data_dir) => Err(KeyError::NoInstanceKey {
            dir: storage.data_dir.display().to_string(),
            place: storage.instance_key.place(),
        }),
        Err(KeyFileError::Missing { .. }) => Ok(InstanceKey::create(path, random)?),
        found => Ok(found?),
    }
}

/// The instance key where there is one; never makes it.
pub fn present_instance_key(storage: &Storage) -> Result<Option<InstanceKey>, KeyError> {
    match &storage.instance_key {
        KeySource::Value(text) => value("[storage] instance_key", text).map(InstanceKey::from_bytes).map(Some),
        KeySource::Credential(path) => Ok(Some(InstanceKey::read_credential(path)?)),
        KeySource::File(path) => match InstanceKey::read(path) {
            Err(KeyFileError::Missing { .. }) => Ok(None),
            found => Ok(Some(found?)),
        },
    }
}

fn value(setting: &'static str, text: &Secret) -> Result<[u8; 32], KeyError> {
    let bytes = text.expose().trim().as_bytes();
    let decoded = HEXLOWER_PERMISSIVE.decode(bytes).or_else(|_| BASE64.decode(bytes)).ok();
    let key = decoded.map(zeroize::Zeroizing::new).and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    key.ok_or(KeyError::Value { setting })
}

/// `ins_` and 26 letters and digits.
pub fn installation_id(now: Timestamp, random: &dyn Random) -> String {
    CustomerId::new(now, random).to_string().replacen(CustomerId::PREFIX, "ins_", 1)
}
