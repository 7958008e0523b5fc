//! One member of a bundle, by its header alone: plain ustar as the maker writes it, and nothing that another program could
//! read in another way. Extensions (PAX, GNU's long names and sparse files), links, foreign owners and strange numbers are
//! refused: what is hashed here has to be what `tar` writes to the disk.

use tar::{EntryType, Header};

/// What a header says, once it said nothing strange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The bundle's one folder.
    pub top: String,
    /// Below it; empty for the folder itself.
    pub name: String,
    pub is_folder: bool,
}

/// How the bundle's one folder begins.
const TOP: &str = "junctionbox-";

pub fn read(header: &Header) -> Result<Member, String> {
    let path = header.path_bytes();
    let path = std::str::from_utf8(&path).map_err(|_| "one of its names is no text.")?;
    let is_folder = match header.entry_type() {
        EntryType::Regular => false,
        EntryType::Directory => true,
        other => {
            let kind = char::from(other.as_byte()).escape_default();
            return Err(format!(
                "“{path}” is no plain file (type {kind}): a program that unpacks it may write something else than what was signed."
            ));
        }
    };
    if header.as_ustar().is_none() {
        return Err(format!("“{path}” is not in the form of a bundle (ustar)."));
    }
    let strange = || format!("“{path}” is no name that a bundle has.");
    let plain = if is_folder { path.strip_suffix('/').unwrap_or(path) } else { path };
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    if !plain.split('/').all(is_plain) || !plain.starts_with(TOP) {
        return Err(strange());
    }
    let (top, name) = match plain.split_once('/') {
        Some((top, name)) => (top, name),
        None if is_folder => (plain, ""),
        None => return Err(strange()),
    };
    fields(header, is_folder).map_err(|what| format!("“{path}” {what}."))?;
    Ok(Member { top: top.to_owned(), name: name.to_owned(), is_folder })
}

/// Numbers as the maker writes them: programs read signs, other bases and blanks each in its own way.
fn fields(header: &Header, is_folder: bool) -> Result<(), &'static str> {
    let fields = header.as_old();
    let size = octal(&fields.size).ok_or("has a strange length")?;
    if is_folder && size > 0 {
        return Err("is a folder with content");
    }
    if octal(&fields.mode).is_none_or(|mode| mode & !0o755 != 0) {
        return Err("would be writable by others, or run as another user");
    }
    let owners = [octal(&fields.uid), octal(&fields.gid)];
    let names = [header.username_bytes(), header.groupname_bytes()];
    if owners != [Some(0); 2] || !names.into_iter().flatten().all(|name| matches!(name, b"" | b"root")) {
        return Err("would belong to another user than root");
    }
    if fields.linkname.iter().any(|byte| *byte != 0) {
        return Err("is a link");
    }
    Ok(())
}

/// Digits to the field's end but one, then a blank or nothing. A field that was never written is nought.
fn octal(field: &[u8]) -> Option<u64> {
    let (end, digits) = field.split_last()?;
    if field.iter().all(|byte| *byte == 0) {
        return Some(0);
    }
    let right = matches!(end, 0 | b' ') && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    let text = std::str::from_utf8(digits).ok().filter(|_| right)?;
    u64::from_str_radix(text, 8).ok()
}
