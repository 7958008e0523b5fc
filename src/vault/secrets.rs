//! Customers' keys and the secrets under them. Everything here works inside the caller's transaction.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::cipher::{Key, place};
use super::erasures::Erasures;
use super::error::VaultError;
use super::service::Vault;
use super::store::{self, SealedField, WrappedKey};
use crate::base::{ConnectionId, CustomerId, Secret, Timestamp};
use crate::store::{Rows, StoreError, Tx};

/// A connection's secrets, and the key of its customer, as they lie in the store: still sealed.
pub struct SealedSecrets {
    customer: CustomerId,
    key: Option<WrappedKey>,
    fields: Vec<SealedField>,
}

const KEY_FORMAT: &[u8] = b"junctionbox customer key 1";
const SECRET_FORMAT: &[u8] = b"junctionbox secret 1";
const FINGERPRINT: &str = "junctionbox fingerprint 1";

fn key_place(customer: CustomerId, generation: i64) -> Zeroizing<Vec<u8>> {
    place([KEY_FORMAT, customer.as_bytes().as_slice(), &generation.to_be_bytes()])
}

fn secret_place(customer: CustomerId, connection: ConnectionId, field: &str, generation: i64) -> Zeroizing<Vec<u8>> {
    place([
        SECRET_FORMAT,
        customer.as_bytes().as_slice(),
        connection.as_bytes().as_slice(),
        field.as_bytes(),
        &generation.to_be_bytes(),
    ])
}

impl Vault {
    /// Makes the customer's key; every customer needs one before its first secret.
    pub fn create_customer_key(&self, tx: &Tx<'_>, customer: CustomerId, now: Timestamp) -> Result<(), VaultError> {
        if store::customer_key(tx, customer)?.is_some() {
            return Err(VaultError::KeyExists(customer));
        }
        self.write_new_key(tx, customer, 1, now).map(|_| ())
    }

    /// Seals the secrets of a connection, one row per field, in place of all it had. A customer without a key gets one:
    /// it may have been made while the vault was sealed.
    pub fn store_secrets(
        &self,
        tx: &Tx<'_>,
        customer: CustomerId,
        connection: ConnectionId,
        generation: i64,
        secrets: &BTreeMap<String, Secret>,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        store::delete_connection(tx, connection)?;
        if secrets.is_empty() {
            return Ok(());
        }
        let key = match self.customer_key(tx, customer) {
            Err(VaultError::NoCustomerKey(_)) => self.write_new_key(tx, customer, 1, now)?,
            found => found?.0,
        };
        for (field, secret) in secrets {
            let sealed = self.sealed(&key, customer, connection, field, generation, secret.expose().as_bytes())?;
            store::insert_field(tx, customer, &sealed, now)?;
        }
        Ok(())
    }

    /// All secrets of a connection, by field. Empty when it has none.
    pub fn open_secrets(
        &self,
        rows: &impl Rows,
        customer: CustomerId,
        connection: ConnectionId,
    ) -> Result<BTreeMap<String, Secret>, VaultError> {
        // Asked first, so that a sealed vault answers the same for every connection.
        self.root()?;
        self.open_sealed(&self.sealed_secrets(rows, customer, connection)?)
    }

    /// The secrets of a connection as they lie in the store. They may be kept in memory: without the root key they are
    /// as closed as on disk.
    pub fn sealed_secrets(
        &self,
        rows: &impl Rows,
        customer: CustomerId,
        connection: ConnectionId,
    ) -> Result<SealedSecrets, VaultError> {
        let fields = store::fields_of_connection(rows, connection)?;
        let key = if fields.is_empty() { None } else { store::customer_key(rows, customer)? };
        Ok(SealedSecrets { customer, key, fields })
    }

    /// Opens them for one look.
    pub fn open_sealed(&self, sealed: &SealedSecrets) -> Result<BTreeMap<String, Secret>, VaultError> {
        self.root()?;
        let customer = sealed.customer;
        let mut secrets = BTreeMap::new();
        if sealed.fields.is_empty() {
            return Ok(secrets);
        }
        let key = self.unwrapped_key(customer, sealed.key.as_ref().ok_or(VaultError::NoCustomerKey(customer))?)?;
        for field in &sealed.fields {
            let text = opened(&key, customer, field)?;
            let text = std::str::from_utf8(&text).map_err(|_| damaged(field))?;
            secrets.insert(field.field.clone(), Secret::new(text));
        }
        Ok(secrets)
    }

    /// Needs no key: a sealed vault destroys too.
    pub fn destroy_secrets(&self, tx: &Tx<'_>, connection: ConnectionId) -> Result<(), StoreError> {
        store::delete_connection(tx, connection)
    }

    /// After this nothing of the customer opens. Its id goes on the erasure list, so that a backup does not bring it back.
    pub fn destroy_customer_key(&self, tx: &Tx<'_>, customer: CustomerId) -> Result<(), StoreError> {
        store::delete_customer(tx, customer)?;
        if let Some(list) = self.0.erasures.get().cloned() {
            tx.on_commit(move || {
                // What is missing is made good at the next start and before each backup.
                if let Err(error) = list.add([customer]) {
                    tracing::error!(%customer, %error, "the erasure list could not be written");
                }
            });
        }
        Ok(())
    }

    /// From now on destroyed keys are noted there.
    pub fn note_erasures_in(&self, list: Erasures) {
        let _ = self.0.erasures.set(list);
    }

    /// By which "the same secret for the same user at the same host" is recognised without keeping it. The same input
    /// gives the same value over restarts, rotations and re-keyings.
    pub fn fingerprint(
        &self,
        host: &str,
        user: &str,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Vec<u8>, VaultError> {
        let key = self.root()?.derive(b"", FINGERPRINT);
        let fields = secrets.iter().flat_map(|(field, secret)| [field.as_bytes(), secret.expose().as_bytes()]);
        Ok(key.fingerprint([host.as_bytes(), user.as_bytes()].into_iter().chain(fields)))
    }

    /// The customer's key and its generation.
    pub(super) fn customer_key(&self, rows: &impl Rows, customer: CustomerId) -> Result<(Key, i64), VaultError> {
        self.root()?;
        let stored = store::customer_key(rows, customer)?.ok_or(VaultError::NoCustomerKey(customer))?;
        Ok((self.unwrapped_key(customer, &stored)?, stored.generation))
    }

    fn unwrapped_key(&self, customer: CustomerId, stored: &WrappedKey) -> Result<Key, VaultError> {
        let bytes = self.root()?.open(&stored.wrapped, &key_place(customer, stored.generation));
        bytes.and_then(|bytes| Key::from_slice(&bytes)).ok_or(VaultError::DamagedKey(customer))
    }

    pub(super) fn write_new_key(
        &self,
        tx: &Tx<'_>,
        customer: CustomerId,
        generation: i64,
        now: Timestamp,
    ) -> Result<Key, VaultError> {
        let root = self.root()?;
        let key = Key::random(self.0.random.as_ref());
        let wrapped = root
            .seal(key.bytes(), &key_place(customer, generation), self.0.random.as_ref())
            .ok_or(VaultError::Internal("wrapping a customer's key"))?;
        store::put_customer_key(tx, customer, &WrappedKey { generation, wrapped }, now)?;
        Ok(key)
    }

    pub(super) fn sealed(
        &self,
        key: &Key,
        customer: CustomerId,
        connection: ConnectionId,
        field: &str,
        generation: i64,
        text: &[u8],
    ) -> Result<SealedField, VaultError> {
        let place = secret_place(customer, connection, field, generation);
        let sealed = key.seal(text, &place, self.0.random.as_ref()).ok_or(VaultError::Internal("sealing a secret"))?;
        Ok(SealedField { connection, field: field.to_owned(), generation, sealed })
    }
}

pub(super) fn opened(key: &Key, customer: CustomerId, field: &SealedField) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    key.open(&field.sealed, &secret_place(customer, field.connection, &field.field, field.generation))
        .ok_or_else(|| damaged(field))
}

fn damaged(field: &SealedField) -> VaultError {
    VaultError::Damaged { connection: field.connection, field: field.field.clone() }
}
