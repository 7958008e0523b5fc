//! What a configuration was written with, key by key, so that a later reading can tell what has changed. Keeps digests:
//! some of the values are secrets.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::problem::Origin;
use super::source::Raw;

#[derive(Clone, Default)]
pub struct Written(BTreeMap<String, Setting>);

#[derive(Clone)]
struct Setting {
    digest: [u8; 32],
    origin: Origin,
}

impl Written {
    pub(super) fn note(&mut self, section: &str, key: &str, raw: &Raw, origin: &Origin) {
        let text = zeroize::Zeroizing::new(format!("{raw:?}"));
        let setting = Setting { digest: Sha256::digest(text.as_bytes()).into(), origin: origin.clone() };
        self.0.insert(format!("{section}.{key}"), setting);
    }

    /// Where a key was given.
    pub fn origin(&self, key: &str) -> Origin {
        self.0.get(key).map_or(Origin::Nowhere, |setting| setting.origin.clone())
    }

    fn digest(&self, key: &str) -> Option<&[u8; 32]> {
        self.0.get(key).map(|setting| &setting.digest)
    }

    /// Keys that were added, taken out, or have another value, in order.
    pub fn changed(&self, later: &Self) -> BTreeSet<String> {
        let keys = self.0.keys().chain(later.0.keys());
        keys.filter(|key| self.digest(key) != later.digest(key)).cloned().collect()
    }

    /// From now on these keys count as they are in the later reading.
    pub fn take_over<'a>(&mut self, later: &Self, keys: impl Iterator<Item = &'a String>) {
        for key in keys {
            match later.0.get(key) {
                Some(setting) => self.0.insert(key.clone(), setting.clone()),
                None => self.0.remove(key),
            };
        }
    }
}
