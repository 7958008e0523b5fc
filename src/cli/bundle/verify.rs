//! Reads a bundle once, without unpacking it: the signature is over `SHA256SUMS`, the checksums are over all the rest. A
//! file that is not listed, listed and missing, or there twice, is as bad as a changed one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use minisign_verify::{PublicKey, Signature};
use sha2::{Digest as _, Sha256};
use tar::Archive;

use super::member::{self, Member};

const SUMS: &str = "SHA256SUMS";
const SIGNATURE: &str = "SHA256SUMS.minisig";
/// Both are a few lines.
const LONGEST_LIST: u64 = 1 << 20;

/// What was found of a bundle whose files are as its list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub files: usize,
    /// Id of the key that signed, as minisign prints it.
    pub signer: String,
    /// What the maker calls it; signed where the signature was checked.
    pub comment: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Good(Whole),
    /// The checksums are right; nobody asked for the signature to be checked.
    Unproven(Whole),
    Bad(String),
}

/// An error is one of this machine: the file cannot be read here.
pub fn verify(path: &Path, key: Option<&PublicKey>) -> Result<Verdict, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(format!("{} is a folder. Name the bundle as it came, the .tar", path.display()));
    }
    Ok(match read(file) {
        Ok(content) => content.judge(key).unwrap_or_else(Verdict::Bad),
        Err(what) => Verdict::Bad(what),
    })
}

/// The two small files, and the digest of every other one.
#[derive(Default)]
struct Content {
    sums: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    digests: BTreeMap<String, String>,
}

fn read(file: impl Read) -> Result<Content, String> {
    let broken = |error: io::Error| {
        // The tar library has no kind of its own for a header that was cut.
        let cut = error.kind() == io::ErrorKind::UnexpectedEof || error.to_string().contains("entire block");
        match cut {
            true => "it ends in the middle of a file: it was cut off on its way.".to_owned(),
            false => format!("it is no bundle, or damaged ({error})."),
        }
    };
    let mut archive = Archive::new(file);
    let mut content = Content::default();
    let mut folder = None::<String>;
    // Raw: a header that would change the meaning of the next one is seen as a member of its own, and refused.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        let Member { top, name, is_folder } = member::read(entry.header())?;
        if *folder.get_or_insert_with(|| top.clone()) != top {
            return Err(format!("“{top}/{name}” lies outside of the bundle’s one folder."));
        }
        if is_folder {
            continue;
        }
        let is_new = match name.as_str() {
            SUMS => content.sums.replace(small(&mut entry).map_err(broken)?).is_none(),
            SIGNATURE => content.signature.replace(small(&mut entry).map_err(broken)?).is_none(),
            _ => {
                let mut hasher = Digesting(Sha256::new());
                let copied = io::copy(&mut entry, &mut hasher).map_err(broken)?;
                if copied != entry.size() {
                    return Err(broken(io::ErrorKind::UnexpectedEof.into()));
                }
                content.digests.insert(name.clone(), data_encoding::HEXLOWER.encode(&hasher.0.finalize())).is_none()
            }
        };
        if !is_new {
            return Err(format!("“{name}” is in it twice."));
        }
    }
    // Some programs read on behind the end.
    let mut rest = NothingLeft(true);
    io::copy(&mut archive.into_inner(), &mut rest).map_err(broken)?;
    match rest.0 {
        true => Ok(content),
        false => Err("something stands behind its end.".into()),
    }
}

/// Whether all that is written to it is nought.
struct NothingLeft(bool);

impl io::Write for NothingLeft {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0 &= part.iter().all(|byte| *byte == 0);
        Ok(part.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written to it is hashed and let go.
struct Digesting(Sha256);

impl io::Write for Digesting {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.update(part);
        Ok(part.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn small(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    entry.take(LONGEST_LIST).read_to_end(&mut text)?;
    match u64::try_from(text.len()).is_ok_and(|length| length < LONGEST_LIST) {
        true => Ok(text),
        false => Err(io::Error::other("its list of checksums is too long")),
    }
}

impl Content {
    fn judge(self, key: Option<&PublicKey>) -> Result<Verdict, String> {
        let sums = self.sums.ok_or("it has no SHA256SUMS: it is no bundle of Junctionbox, or was cut off.")?;
        let signature = self.signature.ok_or("it is not signed: SHA256SUMS.minisig is missing.")?;
        let text = String::from_utf8(signature).map_err(|_| "its signature is no text.")?;
        let signature =
            Signature::decode(&text).map_err(|_| "its signature is damaged: minisign’s form is another.")?;
        let signer = signer(&text).ok_or("its signature is damaged: it names no key.")?;
        if let Some(key) = key {
            // The key's id tells a wrong key from a changed list.
            key.verify(&sums, &signature, false).map_err(|error| match error {
                minisign_verify::Error::UnexpectedKeyId => {
                    format!("it was signed by another key, {signer}, not by the one that you trust.")
                }
                _ => "its list of checksums was changed after it was signed.".to_owned(),
            })?;
        }
        let files = compare(&String::from_utf8_lossy(&sums), &self.digests)?;
        let whole = Whole { files, signer, comment: signature.trusted_comment().to_owned() };
        Ok(if key.is_some() { Verdict::Good(whole) } else { Verdict::Unproven(whole) })
    }
}

/// Ed25519's two bytes, then eight of the key's id, which minisign prints from the last to the first.
fn signer(text: &str) -> Option<String> {
    let line = text.lines().nth(1)?;
    let bytes = data_encoding::BASE64.decode(line.trim().as_bytes()).ok()?;
    let mut id = bytes.get(2..10)?.to_vec();
    id.reverse();
    Some(data_encoding::HEXUPPER.encode(&id))
}

/// Every listed file as listed, and no other.
fn compare(sums: &str, digests: &BTreeMap<String, String>) -> Result<usize, String> {
    let mut listed = 0_usize;
    for line in sums.lines().filter(|line| !line.is_empty()) {
        let (wanted, name) = line.split_once("  ").ok_or("its list of checksums cannot be read.")?;
        match digests.get(name) {
            Some(found) if found == wanted => listed = listed.saturating_add(1),
            Some(_) => return Err(format!("“{name}” was changed: its checksum is another.")),
            None => return Err(format!("“{name}” is missing: it was cut off, or taken out.")),
        }
    }
    let extra = digests
        .keys()
        .find(|name| !sums.lines().any(|line| line.split_once("  ").is_some_and(|(_, known)| known == *name)));
    match extra {
        Some(name) => Err(format!("“{name}” is in it and not in its list of checksums.")),
        None if listed == 0 => Err("its list of checksums is empty.".into()),
        None => Ok(listed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signed once by stock minisign: the list below, by the key below.
    const KEY: &str = "RWSI9tqlak7QIMnOnRuJam4pC0BLDMlkZQp7D7yG3UmBinfl6ewhTCwW";
    const OTHER: &str = "RWTVNgtdU7aAYBq8k/VW4wH8g0OcD93NPj9Hcg7Spa4V9dnKftLAPsP5";
    const SIGNED: &str = "untrusted comment: Junctionbox test\nRUSI9tqlak7QIBfP5qJp3UHpzPZ217dv4GwcwByE9fcu9vDzj/n/siaAVCILgXDJ+RF4ub/A88T6OLskWxKDmiE9eo2IfsMiMwY=\ntrusted comment: junctionbox-test\nc2KQTt/s5/Afs0QXqOwMWlnjW2Djvdyjd69K/BtT1U7ThB2Dr5+AXg9ge5f2EEOVvKXJw09OW44WqOhUGjQJCA==\n";

    const FILES: [(&str, &str); 2] = [("doc/README", "read me\n"), ("junctionbox", "a program\n")];

    fn sums() -> String {
        FILES
            .iter()
            .map(|(name, text)| {
                format!("{}  {name}\n", data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
            })
            .collect()
    }

    fn packed(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(text.len()).unwrap());
            header.set_mode(0o644);
            header.set_cksum();
            builder.append_data(&mut header, format!("junctionbox-0.2.0-x86_64/{name}"), text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn judged(bytes: &[u8], key: Option<&str>) -> Verdict {
        let key = key.map(|text| PublicKey::from_base64(text).unwrap());
        match read(bytes) {
            Ok(content) => content.judge(key.as_ref()).unwrap_or_else(Verdict::Bad),
            Err(what) => Verdict::Bad(what),
        }
    }

    #[test]
    fn a_bundle_is_good_unproven_or_bad_with_a_reason() {
        let sums = sums();
        let head = [(SUMS, sums.as_str()), (SIGNATURE, SIGNED)];
        let all = [head.as_slice(), &FILES].concat();
        let whole = packed(&all);
        assert!(
            matches!(judged(&whole, Some(KEY)), Verdict::Good(whole) if whole.files == 2 && whole.comment == "junctionbox-test")
        );
        assert!(matches!(judged(&whole, None), Verdict::Unproven(whole) if whole.signer.len() == 16));

        let changed: Vec<(&str, &str)> =
            all.iter().map(|(name, text)| (*name, if *name == "junctionbox" { "b program\n" } else { text })).collect();
        let listed: String = sums.replace("  junctionbox", "  junctionbux");
        let relisted = [&[(SUMS, listed.as_str()), (SIGNATURE, SIGNED)], FILES.as_slice()].concat();
        let more = [all.as_slice(), &[("extra", "x")]].concat();
        let twice = [all.as_slice(), &[FILES[0]]].concat();
        let bad: &[(Vec<u8>, &str, &str)] = &[
            (whole.clone(), OTHER, "another key"),
            (packed(&changed), KEY, "“junctionbox” was changed"),
            (packed(&relisted), KEY, "list of checksums was changed"),
            (packed(&more), KEY, "“extra” is in it and not"),
            (packed(&twice), KEY, "twice"),
            (packed(&all[..3]), KEY, "“junctionbox” is missing"),
            (packed(&[all[0], all[2], all[3]]), KEY, "not signed"),
            (packed(&all[2..]), KEY, "no SHA256SUMS"),
            ([whole.as_slice(), b"more".repeat(128).as_slice()].concat(), KEY, "behind its end"),
            (whole[..whole.len() - 1536 - 3].to_vec(), KEY, "cut off"),
            (b"not a tar at all, but long enough to be looked at".repeat(40), KEY, "no bundle"),
        ];
        for (bytes, key, wanted) in bad {
            match judged(bytes, Some(key)) {
                Verdict::Bad(what) => assert!(what.contains(wanted), "{wanted}: {what}"),
                other => panic!("{wanted}: {other:?}"),
            }
        }
    }
}
