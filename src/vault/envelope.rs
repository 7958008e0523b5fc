//! A text that opens only with what somebody else holds: nothing here can read it alone. The holder's secret is never kept.

use super::cipher::{Key, place};
use crate::base::Random;

/// Made from the holder's secret and a key of the instance; both are needed. No `Debug`.
pub struct Envelope(Key);

impl Envelope {
    /// `None` only for an instance's key that is no key of 256 bits.
    pub fn of(instance: &[u8], holder: &[u8], purpose: &str) -> Option<Self> {
        Some(Self(Key::from_slice(instance)?.derive(holder, purpose)))
    }

    pub fn seal(&self, text: &[u8], belongs_to: &[&[u8]], random: &dyn Random) -> Option<Vec<u8>> {
        self.0.seal(text, &place(belongs_to.iter().copied()), random)
    }

    /// `None`: another secret, another place, or a changed text.
    pub fn open(&self, sealed: &[u8], belongs_to: &[&[u8]]) -> Option<Vec<u8>> {
        self.0.open(sealed, &place(belongs_to.iter().copied())).map(|text| text.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[test]
    fn it_opens_for_its_holder_at_its_place_alone() {
        let envelope = |holder: &[u8]| Envelope::of(&[7; 32], holder, "test").unwrap();
        let sealed = envelope(b"mine").seal(b"text", &[b"here"], &OsRandom).unwrap();
        assert_eq!(envelope(b"mine").open(&sealed, &[b"here"]).unwrap(), b"text");
        assert!(envelope(b"yours").open(&sealed, &[b"here"]).is_none());
        assert!(envelope(b"mine").open(&sealed, &[b"there"]).is_none());
        assert!(Envelope::of(&[7; 31], b"mine", "test").is_none());
    }
}
