//! The file's form: a line with the format, a line with the manifest as JSON, the sealed databases one after another, and a
//! SHA-256 over all of it, by which damage shows without any key.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::error::BackupError;
use super::manifest::{FORMAT, Manifest};
use crate::vault::archive::{self, ArchiveError, ArchiveKey, sealed_length};

const MAGIC: &str = "JUNCTIONBOX-BACKUP ";
const LONGEST_HEAD: u64 = 64 * 1024;
const CHECKSUM: u64 = 32;

/// Writes the parts in the order of the manifest; the file's checksum and size. Everything is on the disk when it returns.
pub(super) fn write(
    path: &Path,
    manifest: &Manifest,
    parts: &[PathBuf],
    key: &ArchiveKey,
) -> Result<(String, u64), BackupError> {
    let failed = |source| BackupError::io(path, source);
    let file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut out = Hashing { inner: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 };
    let json = serde_json::to_string(manifest).map_err(|error| failed(error.into()))?;
    let head = format!("{MAGIC}{FORMAT}\n{json}\n");
    out.write_all(head.as_bytes()).map_err(failed)?;
    let mut sources: Box<dyn Read> = Box::new(io::empty());
    for part in parts {
        sources = Box::new(sources.chain(File::open(part).map_err(|source| BackupError::io(part, source))?));
    }
    let mut sources = BufReader::with_capacity(1 << 18, sources);
    archive::seal(key, head.as_bytes(), manifest.length(), &mut sources, &mut out).map_err(|error| match error {
        ArchiveError::Io(source) => failed(source),
        other => BackupError::Stopped(other.to_string()),
    })?;
    let checksum = out.hash.finalize();
    out.inner.write_all(&checksum).map_err(failed)?;
    let file = out.inner.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok((HEXLOWER.encode(&checksum), out.bytes.saturating_add(CHECKSUM)))
}

struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(text)?;
        self.hash.update(text.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(0));
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A backup whose head was read and whose length is right.
pub(super) struct Opened {
    pub manifest: Manifest,
    head: String,
    path: PathBuf,
    reader: BufReader<File>,
}

/// What a backup says of itself; needs no key, and proves nothing but that it is complete.
pub fn read_manifest(path: &Path) -> Result<Manifest, BackupError> {
    open(path).map(|opened| opened.manifest)
}

/// Whether the file is as it was written, by its own checksum; needs no key, and proves nothing against who forges it.
pub(super) fn prove_checksum(path: &Path) -> Result<Manifest, BackupError> {
    let failed = |source| BackupError::io(path, source);
    let Opened { manifest, head, reader, .. } = open(path)?;
    let mut hash = Sha256::new_with_prefix(head.as_bytes());
    let mut sealed = reader.take(sealed_length(manifest.length()));
    let mut buffer = vec![0u8; 1 << 18];
    loop {
        let read = sealed.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    let mut written = [0u8; 32];
    sealed.into_inner().read_exact(&mut written).map_err(failed)?;
    if hash.finalize().as_slice() != written {
        return Err(BackupError::Damaged { path: path.to_owned(), detail: "its checksum does not fit".into() });
    }
    Ok(manifest)
}

pub(super) fn open(path: &Path) -> Result<Opened, BackupError> {
    let failed = |source| BackupError::io(path, source);
    let file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?.len();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let first = line(&mut reader, path)?;
    let format = first.trim_end().strip_prefix(MAGIC).and_then(|text| text.parse().ok());
    let format: u64 = format.ok_or_else(|| BackupError::NotABackup { path: path.to_owned() })?;
    if format > FORMAT {
        return Err(BackupError::NewerFormat { path: path.to_owned(), found: format, known: FORMAT });
    }
    let second = line(&mut reader, path)?;
    if !second.ends_with('\n') && u64::try_from(first.len() + second.len()).ok() == Some(found) {
        return Err(BackupError::Truncated { path: path.to_owned(), found, expected: found.saturating_add(1) });
    }
    let manifest: Manifest = serde_json::from_str(&second)
        .map_err(|error| BackupError::Damaged { path: path.to_owned(), detail: format!("its manifest: {error}") })?;
    let head = first + &second;
    let length = u64::try_from(head.len()).unwrap_or(u64::MAX);
    let expected = length.saturating_add(sealed_length(manifest.length())).saturating_add(CHECKSUM);
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(BackupError::Truncated { path: path.to_owned(), found, expected }),
        std::cmp::Ordering::Greater => {
            let detail = format!("it has {found} bytes instead of {expected}");
            Err(BackupError::Damaged { path: path.to_owned(), detail })
        }
        std::cmp::Ordering::Equal => Ok(Opened { manifest, head, path: path.to_owned(), reader }),
    }
}

fn line(reader: &mut BufReader<File>, path: &Path) -> Result<String, BackupError> {
    let mut text = Vec::new();
    reader.take(LONGEST_HEAD).read_until(b'\n', &mut text).map_err(|source| BackupError::io(path, source))?;
    String::from_utf8(text).map_err(|_| BackupError::NotABackup { path: path.to_owned() })
}

impl Opened {
    /// Opens every chunk and writes the parts into `folder`, each compared with its hash, then compares the checksum.
    pub fn extract(self, key: &ArchiveKey, folder: &Path) -> Result<Manifest, BackupError> {
        let Self { manifest, head, path, reader } = self;
        if key.id() != manifest.key_id {
            return Err(BackupError::ForeignKey { path, instance: manifest.instance_id });
        }
        let mut hashed = HashingReader { inner: reader, hash: Sha256::new_with_prefix(head.as_bytes()) };
        let mut parts = Parts::new(&manifest, folder);
        let opened =
            archive::open::<Refused>(key, head.as_bytes(), manifest.length(), &mut hashed, |text| parts.take(text));
        opened.and_then(|()| parts.finish()).map_err(|refused| refused.named(&path))?;
        let computed = hashed.hash.finalize();
        let mut written = [0u8; 32];
        hashed.inner.read_exact(&mut written).map_err(|source| BackupError::io(&path, source))?;
        if computed.as_slice() != written {
            return Err(BackupError::Damaged { path, detail: "its checksum does not fit".into() });
        }
        Ok(manifest)
    }
}

struct HashingReader {
    inner: BufReader<File>,
    hash: Sha256,
}

impl Read for HashingReader {
    fn read(&mut self, text: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(text)?;
        self.hash.update(text.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Why the content was refused, before it is known whose path to name.
enum Refused {
    Archive(ArchiveError),
    Backup(BackupError),
    Detail(String),
}

impl From<ArchiveError> for Refused {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl Refused {
    fn named(self, path: &Path) -> BackupError {
        let detail = match self {
            Self::Backup(error) => return error,
            Self::Archive(ArchiveError::Io(source)) => return BackupError::io(path, source),
            Self::Archive(error) => error.to_string(),
            Self::Detail(detail) => detail,
        };
        BackupError::Damaged { path: path.to_owned(), detail }
    }
}

/// Cuts the stream into the files of the manifest.
struct Parts<'a> {
    manifest: &'a Manifest,
    folder: &'a Path,
    next: usize,
    current: Option<Current>,
}

struct Current {
    path: PathBuf,
    file: File,
    hash: Sha256,
    left: u64,
    sha256: String,
}

impl<'a> Parts<'a> {
    fn new(manifest: &'a Manifest, folder: &'a Path) -> Self {
        Self { manifest, folder, next: 0, current: None }
    }

    fn take(&mut self, mut text: &[u8]) -> Result<(), Refused> {
        while !text.is_empty() {
            let Some(current) = self.current.as_mut() else {
                self.begin()?;
                continue;
            };
            let wanted = usize::try_from(current.left).unwrap_or(usize::MAX).min(text.len());
            let (now, rest) = text.split_at_checked(wanted).unwrap_or((text, &[]));
            let failed = |source| Refused::Backup(BackupError::io(&current.path, source));
            current.file.write_all(now).map_err(failed)?;
            current.hash.update(now);
            current.left = current.left.saturating_sub(u64::try_from(wanted).unwrap_or(0));
            text = rest;
            if current.left == 0 {
                self.end()?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Refused> {
        let part = self.manifest.files.get(self.next).ok_or_else(|| Refused::Detail("it holds too much".into()))?;
        self.next = self.next.saturating_add(1);
        // The name comes from a file that somebody else may have written: it must not lead anywhere.
        let Some(known) = crate::store::DatabaseFile::named(&part.name) else {
            return Err(Refused::Detail(format!("it holds an unknown file “{}”", part.name)));
        };
        let path = self.folder.join(known.name());
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|source| Refused::Backup(BackupError::io(&path, source)))?;
        let sha256 = part.sha256.clone();
        self.current = Some(Current { path, file, hash: Sha256::new(), left: part.bytes, sha256 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refused> {
        let Some(current) = self.current.take() else { return Ok(()) };
        current.file.sync_all().map_err(|source| Refused::Backup(BackupError::io(&current.path, source)))?;
        if HEXLOWER.encode(&current.hash.finalize()) != current.sha256 {
            return Err(Refused::Detail(format!("the hash of {} does not fit", current.path.display())));
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Refused> {
        if self.current.is_some() || self.next != self.manifest.files.len() {
            return Err(Refused::Detail("a file in it is missing".into()));
        }
        Ok(())
    }
}
