//! The arithmetic of the vault: XChaCha20-Poly1305 with a nonce of its own before each text, HKDF and HMAC by SHA-256.
//! What a text belongs to is authenticated with it, each part with its length, so that no two places look alike.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::base::Random;

pub(super) const NONCE: usize = 24;

/// A key of 256 bits, wiped when dropped. No `Debug`.
#[derive(Clone, ZeroizeOnDrop)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub fn random(random: &dyn Random) -> Self {
        let mut key = Self([0; 32]);
        random.fill(&mut key.0);
        key
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Self([0; 32]);
        if bytes.len() != key.0.len() {
            return None;
        }
        key.0.copy_from_slice(bytes);
        Some(key)
    }

    /// Filled by `fill`, for key derivations.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self([0; 32]);
        fill(&mut key.0)?;
        Ok(key)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key for one purpose (RFC 5869).
    pub fn derive(&self, salt: &[u8], purpose: &str) -> Self {
        let mut key = Self([0; 32]);
        // 32 bytes are far below HKDF's limit of 255 blocks, so this cannot fail.
        let _ = Hkdf::<Sha256>::new(Some(salt), &self.0).expand(purpose.as_bytes(), &mut key.0);
        key
    }

    /// Nonce, then ciphertext and tag.
    pub fn seal(&self, text: &[u8], place: &[u8], random: &dyn Random) -> Option<Vec<u8>> {
        let mut nonce = [0u8; NONCE];
        random.fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: text, aad: place }).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// `None`: another key, another place, or a changed text.
    pub fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE>()?;
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        cipher.decrypt(&XNonce::from(*nonce), Payload { msg: text, aad: place }).ok().map(Zeroizing::new)
    }

    /// As `seal`, for a key that is used for one stream only, whose nonces are counted.
    pub fn seal_counted(&self, text: &[u8], nonce: [u8; NONCE]) -> Option<Vec<u8>> {
        XChaCha20Poly1305::new(&self.0.into()).encrypt(&XNonce::from(nonce), text).ok()
    }

    pub fn open_counted(&self, sealed: &[u8], nonce: [u8; NONCE]) -> Option<Zeroizing<Vec<u8>>> {
        XChaCha20Poly1305::new(&self.0.into()).decrypt(&XNonce::from(nonce), sealed).ok().map(Zeroizing::new)
    }

    /// HMAC-SHA256 over the parts.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn fingerprint<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(&place(parts));
        mac.finalize().into_bytes().to_vec()
    }
}

/// Parts written one after another, each behind its length.
pub(super) fn place<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::new());
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[test]
    fn a_text_opens_by_its_key_at_its_place_and_unchanged_only() {
        let key = Key::random(&OsRandom);
        let here = place([b"a".as_slice(), b"bc"]);
        let sealed = key.seal(b"text", &here, &OsRandom).unwrap();
        assert_eq!(key.open(&sealed, &here).unwrap().as_slice(), b"text");
        assert!(key.open(&sealed, &place([b"ab".as_slice(), b"c"])).is_none());
        assert!(Key::random(&OsRandom).open(&sealed, &here).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&changed, &here).is_none());
        }
        assert!(key.open(&sealed[..10], &here).is_none());
        assert_ne!(sealed, key.seal(b"text", &here, &OsRandom).unwrap());
    }
}
