//! What a configuration was written with, key by key, so that a later reading can tell what has changed. Keeps digests:
//! some of the values are secrets.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::source::Raw;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct Written(BTreeMap<String, [u8; 32]>);

impl Written {
    pub(super) fn note(&mut self, section: &str, key: &str, raw: &Raw) {
        let text = zeroize::Zeroizing::new(format!("{raw:?}"));
        self.0.insert(format!("{section}.{key}"), Sha256::digest(text.as_bytes()).into());
    }

    /// Keys that were added, taken out, or have another value, in order.
    pub fn changed(&self, later: &Self) -> BTreeSet<String> {
        let keys = self.0.keys().chain(later.0.keys());
        keys.filter(|key| self.0.get(*key) != later.0.get(*key)).cloned().collect()
    }

    /// From now on these keys count as they are in the later reading.
    pub fn take_over<'a>(&mut self, later: &Self, keys: impl Iterator<Item = &'a String>) {
        for key in keys {
            match later.0.get(key) {
                Some(digest) => self.0.insert(key.clone(), *digest),
                None => self.0.remove(key),
            };
        }
    }
}
