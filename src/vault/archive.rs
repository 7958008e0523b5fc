//! The cipher of backups: a stream cut into chunks, each sealed by XChaCha20-Poly1305 with a counted nonce whose last byte
//! marks the last chunk (the STREAM construction). Chunks that are changed, moved, missing or cut off do not open. The
//! stream's key is derived from the head of its file, so a changed head opens nothing either.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cipher::{Key, NONCE};
use crate::base::SecretBytes;

/// What one chunk holds.
pub const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// A stream does not open.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("it ends too early")]
    Truncated,
    #[error("chunk {chunk} does not open: it was changed, or its head was")]
    Changed { chunk: u32 },
    #[error("it is too large")]
    TooLarge,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The key of all backups of one instance.
#[derive(Clone)]
pub struct ArchiveKey(Key);

impl ArchiveKey {
    /// `None` when it is not 32 bytes.
    pub fn new(bytes: &SecretBytes) -> Option<Self> {
        Key::from_slice(bytes.expose()).map(Self)
    }

    /// Tells two keys apart without saying anything about them: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        let mac = self.0.fingerprint([b"junctionbox archive key id 1".as_slice()]);
        data_encoding::HEXLOWER.encode(mac.get(..8).unwrap_or_default())
    }

    fn stream(&self, head: &[u8]) -> Key {
        self.0.derive(&Sha256::digest(head), "junctionbox archive stream 1")
    }
}

/// How long `length` bytes are when they are sealed.
pub fn sealed_length(length: u64) -> u64 {
    let chunk = u64::try_from(CHUNK).unwrap_or(u64::MAX);
    let chunks = length.div_ceil(chunk).max(1);
    length.saturating_add(chunks.saturating_mul(u64::try_from(TAG).unwrap_or(16)))
}

fn nonce(chunk: u32, last: bool) -> [u8; NONCE] {
    let mut nonce = [0u8; NONCE];
    let (_, end) = nonce.split_at_mut(NONCE - 5);
    if let Some((flag, counter)) = end.split_last_mut() {
        counter.copy_from_slice(&chunk.to_be_bytes());
        *flag = u8::from(last);
    }
    nonce
}

/// Seals what is read from `from`, `length` bytes, to `to`.
pub fn seal(
    key: &ArchiveKey,
    head: &[u8],
    length: u64,
    from: &mut dyn Read,
    to: &mut dyn Write,
) -> Result<(), ArchiveError> {
    let key = key.stream(head);
    let mut left = length;
    let mut buffer = Zeroizing::new(vec![0u8; CHUNK]);
    for chunk in 0u32.. {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK);
        let text = buffer.get_mut(..wanted).unwrap_or_default();
        from.read_exact(text).map_err(cut)?;
        left = left.saturating_sub(u64::try_from(wanted).unwrap_or(0));
        let sealed = key.seal_counted(text, nonce(chunk, left == 0)).ok_or(ArchiveError::TooLarge)?;
        to.write_all(&sealed)?;
        if left == 0 {
            return Ok(());
        }
    }
    Err(ArchiveError::TooLarge)
}

/// Opens what `seal` wrote; `take` gets one chunk after another, each proven before it is handed on.
pub fn open<E: From<ArchiveError>>(
    key: &ArchiveKey,
    head: &[u8],
    length: u64,
    from: &mut dyn Read,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let key = key.stream(head);
    let mut left = length;
    let mut buffer = vec![0u8; CHUNK + TAG];
    for chunk in 0u32.. {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK);
        let sealed = buffer.get_mut(..wanted + TAG).unwrap_or_default();
        from.read_exact(sealed).map_err(cut)?;
        left = left.saturating_sub(u64::try_from(wanted).unwrap_or(0));
        let text = key.open_counted(sealed, nonce(chunk, left == 0)).ok_or(ArchiveError::Changed { chunk })?;
        take(&text)?;
        if left == 0 {
            return Ok(());
        }
    }
    Err(ArchiveError::TooLarge.into())
}

fn cut(error: io::Error) -> ArchiveError {
    if error.kind() == io::ErrorKind::UnexpectedEof { ArchiveError::Truncated } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> ArchiveKey {
        ArchiveKey::new(&SecretBytes::new([byte; 32])).unwrap()
    }

    fn sealed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(&key(1), b"head", text.len() as u64, &mut &text[..], &mut out).unwrap();
        out
    }

    fn opened(key: &ArchiveKey, head: &[u8], length: usize, mut bytes: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        let mut out = Vec::new();
        open(key, head, length as u64, &mut bytes, |chunk| {
            out.extend_from_slice(chunk);
            Ok::<_, ArchiveError>(())
        })?;
        Ok(out)
    }

    #[test]
    fn a_stream_opens_unchanged_only() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let text: Vec<u8> = (0..=250u8).cycle().take(length).collect();
            let stream = sealed(&text);
            assert_eq!(stream.len() as u64, sealed_length(length as u64), "{length}");
            assert_eq!(opened(&key(1), b"head", length, &stream).unwrap(), text);
            assert!(matches!(opened(&key(2), b"head", length, &stream), Err(ArchiveError::Changed { chunk: 0 })));
            assert!(matches!(opened(&key(1), b"Head", length, &stream), Err(ArchiveError::Changed { chunk: 0 })));
            let short = &stream[..stream.len() - 1];
            assert!(matches!(opened(&key(1), b"head", length, short), Err(ArchiveError::Truncated)));
            let mut changed = stream.clone();
            *changed.last_mut().unwrap() ^= 1;
            assert!(matches!(opened(&key(1), b"head", length, &changed), Err(ArchiveError::Changed { .. })));
        }
    }

    #[test]
    fn chunks_do_not_trade_places_and_a_cut_at_a_chunk_shows() {
        let text = vec![7u8; 3 * CHUNK];
        let stream = sealed(&text);
        let (one, two) = stream[..2 * (CHUNK + TAG)].split_at(CHUNK + TAG);
        let swapped = [two, one, &stream[2 * (CHUNK + TAG)..]].concat();
        assert!(matches!(opened(&key(1), b"head", text.len(), &swapped), Err(ArchiveError::Changed { chunk: 0 })));
        // As if the text were two chunks long: the second is not marked as the last.
        let cut = opened(&key(1), b"head", 2 * CHUNK, &stream[..2 * (CHUNK + TAG)]);
        assert!(matches!(cut, Err(ArchiveError::Changed { chunk: 1 })));
        assert_ne!(key(1).id(), key(2).id());
    }
}
