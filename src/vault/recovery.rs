//! What the recovery kit needs of the vault: the key file, proven to open it, and a mark that changes with every new seal.

use sha2::{Digest as _, Sha256};

use super::error::VaultError;
use super::seals::{self, SealKind, UnsealWith};
use super::service::{Vault, off_thread};
use super::store;
use crate::base::SecretBytes;
use crate::store::{Rows, StoreError};

impl Vault {
    /// The content of the key file; `None` where a passphrase seals the vault. Refused when the file does not open it: a
    /// kit with a wrong key would be found out too late.
    pub async fn key_for_recovery(&self) -> Result<Option<SecretBytes>, VaultError> {
        if self.0.settings.seal == SealKind::Passphrase {
            return Ok(None);
        }
        let sealed = self.0.store.read::<_, StoreError, _>(|reader| store::seal(reader, SealKind::KeyFile)).await?;
        let Some(sealed) = sealed else {
            let other = SealKind::KeyFile.other().words();
            return Err(VaultError::OtherSeal { sealed: other });
        };
        let path = self.0.settings.key_path.clone();
        off_thread(move || {
            seals::unwrap(&sealed, &UnsealWith::KeyFile, &path)?;
            Ok(Some(seals::read_key(&path)?))
        })
        .await
    }
}

/// Another one after every re-keying; says nothing about the key.
pub fn seal_mark(rows: &impl Rows) -> Result<Vec<u8>, StoreError> {
    let mut hash = Sha256::new_with_prefix(b"junctionbox vault seal mark 1");
    for kind in [SealKind::KeyFile, SealKind::Passphrase] {
        if let Some(sealed) = store::seal(rows, kind)? {
            hash.update(kind.as_str());
            hash.update(&sealed.wrapped);
        }
    }
    Ok(hash.finalize().to_vec())
}
