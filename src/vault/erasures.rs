//! The erasure list: ids of customers whose keys were destroyed, and of keys, users and links that were ended for good, in a
//! file that no backup holds. At a restore it is replayed, so that an older backup does not bring them back. Each line is
//! authenticated: nobody can end anything by writing into it. Holds ids alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::cipher::Key;
use super::ended::Ended;
use crate::base::SecretBytes;

const TITLE: &str = "# What was ended for good: customers, API keys, users, links. Junctionbox replays this list when a backup is restored; keep it.\n";

/// The list at its place. Clones share it.
#[derive(Clone)]
pub struct Erasures(Arc<Inner>);

struct Inner {
    path: PathBuf,
    key: Key,
    turn: Mutex<()>,
}

impl Erasures {
    /// `key`: `InstanceKey::derive("erasures")`. `None` when it is not 32 bytes.
    pub fn new(path: PathBuf, key: &SecretBytes) -> Option<Self> {
        let key = Key::from_slice(key.expose())?;
        Some(Self(Arc::new(Inner { path, key, turn: Mutex::new(()) })))
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// All on the list; empty where there is none. Lines that are not ours are left out.
    pub fn read(&self) -> io::Result<BTreeSet<Ended>> {
        match fs::read(&self.0.path) {
            Ok(text) => Ok(self.parse_all(&String::from_utf8_lossy(&text)).0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    /// What a copy of the list says, and the number of its first line that is not ours.
    pub fn parse_all(&self, text: &str) -> (BTreeSet<Ended>, Option<usize>) {
        let mut found = BTreeSet::new();
        let mut foreign = None;
        for (number, line) in (1usize..).zip(text.lines().map(str::trim)) {
            match self.parse(line) {
                Some(ended) => drop(found.insert(ended)),
                None if line.is_empty() || line.starts_with('#') => {}
                None => foreign = foreign.or(Some(number)),
            }
        }
        (found, foreign)
    }

    /// Puts these on it, where they are not yet; whole or not at all.
    pub fn add(&self, ended: impl IntoIterator<Item = impl Into<Ended>>) -> io::Result<()> {
        let _turn = self.0.turn.lock();
        let mut all = self.read()?;
        let before = all.len();
        all.extend(ended.into_iter().map(Into::into));
        if all.len() == before && (before > 0 || !self.0.path.exists()) {
            return Ok(());
        }
        let mut text = TITLE.to_owned();
        all.iter().for_each(|one| text.push_str(&self.line(*one)));
        self.write(&text)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let path = &self.0.path;
        let beside = path.with_extension("new");
        // A new file: nothing is written through a link that somebody laid there.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    fn line(&self, id: Ended) -> String {
        format!("{id} {}\n", self.mac(id))
    }

    fn mac(&self, id: Ended) -> String {
        let mac = self.0.key.fingerprint([b"junctionbox erasure 1".as_slice(), id.to_string().as_bytes()]);
        data_encoding::HEXLOWER.encode(mac.get(..16).unwrap_or_default())
    }

    fn parse(&self, line: &str) -> Option<Ended> {
        let (id, mac) = line.split_once(' ')?;
        let id = Ended::parse(id)?;
        (self.mac(id) == mac).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ApiKeyId, CustomerId, OsRandom, Timestamp};

    #[test]
    fn the_list_grows_and_believes_its_own_lines_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("erased");
        let list = Erasures::new(path.clone(), &SecretBytes::new([1; 32])).unwrap();
        assert!(list.read().unwrap().is_empty());
        list.add(Vec::<Ended>::new()).unwrap();
        assert!(!path.exists(), "an empty list is no file");
        let ids: Vec<_> = (0..3).map(|at| CustomerId::new(Timestamp::from_millis(at), &OsRandom)).collect();
        list.add([ids[0]]).unwrap();
        list.add([ids[1], ids[0]]).unwrap();
        let customers = [ids[0], ids[1]].map(Ended::from);
        assert_eq!(list.read().unwrap(), customers.into());
        let key = Ended::ApiKey(ApiKeyId::new(Timestamp::from_millis(0), &OsRandom));
        list.add([key]).unwrap();
        assert_eq!(list.read().unwrap(), [customers[0], customers[1], key].into());
        assert_eq!(Ended::parse(&key.to_string()), Some(key));
        let other = Erasures::new(path.clone(), &SecretBytes::new([2; 32])).unwrap();
        assert!(other.read().unwrap().is_empty());
        let forged = fs::read_to_string(&path).unwrap() + &format!("{} {}\n", ids[2], "0".repeat(32));
        fs::write(&path, forged).unwrap();
        assert_eq!(list.read().unwrap().len(), 3);
        let (found, foreign) = list.parse_all(&fs::read_to_string(&path).unwrap());
        assert_eq!((found.len(), foreign), (3, Some(5)));
    }
}
