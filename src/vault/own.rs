//! The instance's own secrets, which are no customer's: signing secrets of webhook endpoints, OAuth applications' secrets.
//! Sealed by a key derived from the root key; each keeps its ciphertext in its owner's table. Refuses to open a text
//! elsewhere than at the owner and field it was sealed for.

use zeroize::Zeroizing;

use super::cipher::{Key, place};
use super::error::VaultError;
use super::service::Vault;
use crate::base::Secret;

const FORMAT: &[u8] = b"junctionbox own secret 1";
const PURPOSE: &str = "junctionbox own secrets 1";

impl Vault {
    /// The ciphertext to be stored. `owner` is an id (`whe_…`, `app_…`), `field` names the secret among the owner's.
    pub fn seal_own(&self, owner: &str, field: &str, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        self.own_key()?
            .seal(secret.expose().as_bytes(), &own_place(owner, field), self.0.random.as_ref())
            .ok_or(VaultError::Internal("sealing a secret of the instance"))
    }

    /// The secret again; a text of another owner, another field, or a changed one is `DamagedOwn`.
    pub fn open_own(&self, owner: &str, field: &str, sealed: &[u8]) -> Result<Secret, VaultError> {
        let damaged = || VaultError::DamagedOwn { owner: owner.to_owned(), field: field.to_owned() };
        let text = self.own_key()?.open(sealed, &own_place(owner, field)).ok_or_else(damaged)?;
        Ok(Secret::new(std::str::from_utf8(&text).map_err(|_| damaged())?))
    }

    fn own_key(&self) -> Result<Key, VaultError> {
        Ok(self.root()?.derive(b"", PURPOSE))
    }
}

fn own_place(owner: &str, field: &str) -> Zeroizing<Vec<u8>> {
    place([FORMAT, owner.as_bytes(), field.as_bytes()])
}
