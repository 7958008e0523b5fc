//! How one entry is tied to the one before: HMAC-SHA256, keyed, over the previous MAC and all fields, each with its length.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use sha2::Sha256;

use super::model::Entry;
use super::store::{self, Link};
use super::verify::Proven;
use crate::base::SecretBytes;
use crate::store::{StoreError, Tx};

/// The MAC before the first entry.
pub(super) const ORIGIN: [u8; 32] = [0; 32];

/// The log's key, and when its chain was last proven. Clones share both.
#[derive(Clone)]
pub struct AuditLog {
    key: Arc<SecretBytes>,
    pub(super) proven: Arc<Mutex<Option<Proven>>>,
}

impl AuditLog {
    /// `key`: `InstanceKey::derive("audit")`.
    pub fn new(key: SecretBytes) -> Self {
        Self { key: Arc::new(key), proven: Arc::new(Mutex::new(None)) }
    }

    /// Appends in the caller's transaction; the entry's sequence number.
    pub fn append(&self, tx: &Tx<'_>, entry: &Entry) -> Result<i64, StoreError> {
        let (sequence, previous) = store::tip(tx)?.unwrap_or((0, ORIGIN.to_vec()));
        let link = Link::of(sequence.saturating_add(1), entry);
        store::insert(tx, &link, &self.mac(&previous, &link))?;
        Ok(link.sequence)
    }

    pub(super) fn mac(&self, previous: &[u8], link: &Link) -> [u8; 32] {
        let mut fields = Fields(self.keyed());
        fields.bytes(b"junctionbox audit entry 1");
        fields.bytes(previous);
        fields.number(link.sequence);
        fields.number(link.at);
        fields.text(&link.actor_kind);
        fields.optional(link.actor_id.as_deref());
        fields.text(&link.actor_name);
        fields.optional(link.address.as_deref());
        fields.text(&link.action);
        fields.optional(link.target_kind.as_deref());
        fields.optional(link.target_id.as_deref());
        fields.optional(link.target_name.as_deref());
        fields.text(&link.outcome);
        fields.text(&link.detail);
        fields.0.finalize().into_bytes().into()
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn keyed(&self) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(self.key.expose()).expect("a key of any length")
    }
}

/// Writes fields so that no two different rows give the same bytes.
struct Fields(Hmac<Sha256>);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
    fn number(&mut self, number: i64) {
        self.bytes(&number.to_be_bytes());
    }
    fn optional(&mut self, text: Option<&str>) {
        self.0.update(&[u8::from(text.is_some())]);
        if let Some(text) = text {
            self.text(text);
        }
    }
}
