//! Re-keying: the root key is wrapped by a new key file or passphrase, and the old one no longer opens the vault. Customers'
//! keys, secrets and fingerprints stay as they are. A crash in between leaves a vault that opens.

use serde_json::json;

use super::error::VaultError;
use super::seals::{self, SealKind, Sealed, UnsealWith};
use super::service::{Vault, off_thread};
use super::store;
use crate::audit::Entry;
use crate::base::Actor;
use crate::store::StoreError;

impl Vault {
    /// With `KeyFile` a new file is made, which takes the configured place once the store knows it. After a change of the
    /// kind the configuration must say so too, or the next start is a sealed one.
    pub async fn rekey(&self, with: UnsealWith, actor: &Actor) -> Result<(), VaultError> {
        let _turn = self.0.turn.lock().await;
        let root = self.root()?;
        let present = self.0.store.read::<_, StoreError, _>(|reader| store::seal(reader, SealKind::KeyFile)).await?;
        let (inner, kind) = (self.0.clone(), with.kind());
        let sealed: Sealed = off_thread(move || {
            let path = &inner.settings.key_path;
            if kind == SealKind::Passphrase {
                return seals::wrap(&root, &with, path, inner.random.as_ref());
            }
            if let Some(present) = present {
                // Moves the file of an interrupted re-keying into place, if it is the one that counts. Where no file opens
                // the vault any more, this re-keying is the rescue while the root key is still in memory.
                if let Err(error) = seals::unwrap(&present, &UnsealWith::KeyFile, path) {
                    tracing::warn!(%error, "the vault is re-keyed without its present key file");
                }
            }
            let next = seals::make_next_key_file(path, inner.random.as_ref())?;
            seals::wrap(&root, &with, &next, inner.random.as_ref())
        })
        .await?;
        let (inner, actor) = (self.0.clone(), actor.clone());
        let now = inner.clock.now();
        self.0
            .store
            .write::<_, VaultError, _>(move |tx| {
                store::replace_seal(tx, &sealed, now)?;
                let entry = Entry::new(now, &actor, "vault.rekeyed")
                    .target("vault", "vault", "vault")
                    .detail(json!({"seal": kind.as_str()}));
                inner.audit.append(tx, &entry)?;
                Ok(())
            })
            .await?;
        if kind == SealKind::Passphrase {
            return Ok(());
        }
        let inner = self.0.clone();
        off_thread(move || {
            let path = &inner.settings.key_path;
            seals::move_into_place(&seals::next_key_file(path), path)
        })
        .await
    }
}
