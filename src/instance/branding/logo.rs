//! A small picture: PNG or JPEG, recognised by its bytes, with bounded size. A drawing (SVG) is refused: it may hold
//! scripts and reach for other hosts.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// More bytes are no small picture.
pub const LARGEST: usize = 64 * 1024;
const LONGEST_SIDE: u32 = 1024;

/// A picture that is fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
    /// Its address carries this, so that browsers may keep it.
    pub hash: String,
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    #[error("A logo is a PNG or a JPEG file.")]
    Kind,
    #[error("A logo has 64 KiB at most. Save it smaller.")]
    Large,
    #[error("A logo has 1024 pixels at most on each side. Save it smaller.")]
    Wide,
}

impl Logo {
    pub fn read(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if bytes.len() > LARGEST {
            return Err(LogoError::Large);
        }
        let (media_type, (width, height)) = match png(&bytes) {
            Some(size) => ("image/png", size),
            None => ("image/jpeg", jpeg(&bytes).ok_or(LogoError::Kind)?),
        };
        if !(1..=LONGEST_SIDE).contains(&width) || !(1..=LONGEST_SIDE).contains(&height) {
            return Err(LogoError::Wide);
        }
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)).chars().take(16).collect();
        Ok(Self { bytes, media_type, hash, width, height })
    }
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let head = rest.get(4..)?.strip_prefix(b"IHDR")?;
    let number = |at: usize| head.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    Some((number(0)?, number(4)?))
}

/// Walks the segments to the first frame header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker, high, low, ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let segment = rest.get(4..length.checked_add(2)?)?;
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let [_, high, low, wide, narrow, ..] = segment else { return None };
            let (height, width) = (u16::from_be_bytes([*high, *low]), u16::from_be_bytes([*wide, *narrow]));
            return Some((width.into(), height.into()));
        }
        rest = rest.get(length.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let logo = Logo::read(png_of(120, 40)).unwrap();
        assert_eq!((logo.media_type, logo.width, logo.height), ("image/png", 120, 40));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x08\x08\0\x20\0\x40\x03".to_vec();
        let logo = Logo::read(jpeg).unwrap();
        assert_eq!((logo.media_type, logo.width, logo.height), ("image/jpeg", 64, 32));
    }

    #[test]
    fn what_is_no_small_picture_is_refused() {
        assert_eq!(Logo::read(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()), Err(LogoError::Kind));
        assert_eq!(Logo::read(Vec::new()), Err(LogoError::Kind));
        assert_eq!(Logo::read(b"\xff\xd8\xff\xe0\xff\xff".to_vec()), Err(LogoError::Kind));
        assert_eq!(Logo::read(b"\xff\xd8\xff\xe0\0\0\0\0".to_vec()), Err(LogoError::Kind));
        assert_eq!(Logo::read(png_of(2000, 10)), Err(LogoError::Wide));
        assert_eq!(Logo::read(png_of(0, 10)), Err(LogoError::Wide));
        let mut large = png_of(10, 10);
        large.resize(LARGEST + 1, 0);
        assert_eq!(Logo::read(large), Err(LogoError::Large));
    }
}
