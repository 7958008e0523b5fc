//! Tokens: 256 random bits as text, and the hash that is kept in their place. A token needs no slow hash: nobody guesses it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::base::{Random, Secret};

pub(super) type TokenHash = [u8; 32];

/// A new token behind `prefix`.
pub(super) fn new(prefix: &str, random: &dyn Random) -> Secret {
    let mut bytes = Zeroizing::new([0u8; 32]);
    random.fill(bytes.as_mut());
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

pub(super) fn hash(text: &str) -> TokenHash {
    Sha256::digest(text.as_bytes()).into()
}
