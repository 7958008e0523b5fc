//! The token in a link's address: the id's letters and a MAC over what the link is. It is derived anew whenever it is
//! shown or compared, so nothing that opens a door lies in the store.

use data_encoding::{Encoding, Specification};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::model::Link;
use crate::base::{LinkId, Secret, SecretBytes};

const ID_LETTERS: usize = 26;
/// 160 bits: 32 letters.
const MAC_BYTES: usize = 20;

/// Lower-case Crockford base32, as in ids: survives being read out, and mail programs that break at odd signs.
fn letters() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.encoding().ok()
}

pub(super) fn derive(key: &SecretBytes, link: &Link) -> Secret {
    let id = link.id.to_string();
    let id = id.strip_prefix(LinkId::PREFIX).unwrap_or(&id);
    let said = format!("link 1|{}|{}|{}", link.id, link.connection_id, link.purpose.as_str());
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose()) else { return Secret::default() };
    mac.update(said.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let cut = bytes.get(..MAC_BYTES).unwrap_or_default();
    Secret::new(format!("{id}{}", letters().map(|letters| letters.encode(cut)).unwrap_or_default()))
}

/// The id that a token claims; nothing where it cannot be a token.
pub(super) fn id_of(text: &str) -> Option<LinkId> {
    if text.len() != ID_LETTERS + MAC_BYTES * 8 / 5 {
        return None;
    }
    format!("{}{}", LinkId::PREFIX, text.get(..ID_LETTERS)?).parse().ok()
}
