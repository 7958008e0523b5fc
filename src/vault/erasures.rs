//! The erasure list: ids of customers whose keys were destroyed, in a file that no backup holds. At a restore it is replayed,
//! so that an older backup does not bring a destroyed key back. Each line is authenticated: nobody can erase a customer by
//! writing into it. Holds ids alone.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::cipher::Key;
use crate::base::{CustomerId, SecretBytes};

const TITLE: &str =
    "# Customers whose keys were destroyed. Junctionbox replays this list when a backup is restored; keep it.\n";

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

    /// Everyone on the list; empty where there is none. Lines that are not ours are left out.
    pub fn read(&self) -> io::Result<BTreeSet<CustomerId>> {
        self.read_from(&self.0.path)
    }

    /// A copy of the list that lies elsewhere: beside a backup.
    pub fn read_from(&self, path: &Path) -> io::Result<BTreeSet<CustomerId>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(error),
        };
        Ok(text.lines().filter_map(|line| self.parse(line)).collect())
    }

    /// Puts these on it, where they are not yet; whole or not at all.
    pub fn add(&self, ids: impl IntoIterator<Item = CustomerId>) -> io::Result<()> {
        let _turn = self.0.turn.lock();
        let mut all = self.read()?;
        let before = all.len();
        all.extend(ids);
        if all.len() == before && (before > 0 || !self.0.path.exists()) {
            return Ok(());
        }
        let mut text = TITLE.to_owned();
        all.iter().for_each(|id| text.push_str(&self.line(*id)));
        self.write(&text)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let path = &self.0.path;
        let beside = path.with_extension("new");
        let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    }

    fn line(&self, id: CustomerId) -> String {
        format!("{id} {}\n", self.mac(id))
    }

    fn mac(&self, id: CustomerId) -> String {
        let mac = self.0.key.fingerprint([b"junctionbox erasure 1".as_slice(), id.to_string().as_bytes()]);
        data_encoding::HEXLOWER.encode(mac.get(..16).unwrap_or_default())
    }

    fn parse(&self, line: &str) -> Option<CustomerId> {
        let (id, mac) = line.trim().split_once(' ')?;
        let id: CustomerId = id.parse().ok()?;
        (self.mac(id) == mac).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{OsRandom, Timestamp};

    #[test]
    fn the_list_grows_and_believes_its_own_lines_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("erased");
        let list = Erasures::new(path.clone(), &SecretBytes::new([1; 32])).unwrap();
        assert!(list.read().unwrap().is_empty());
        list.add([]).unwrap();
        assert!(!path.exists(), "an empty list is no file");
        let ids: Vec<_> = (0..3).map(|at| CustomerId::new(Timestamp::from_millis(at), &OsRandom)).collect();
        list.add([ids[0]]).unwrap();
        list.add([ids[1], ids[0]]).unwrap();
        assert_eq!(list.read().unwrap(), [ids[0], ids[1]].into());
        let other = Erasures::new(path.clone(), &SecretBytes::new([2; 32])).unwrap();
        assert!(other.read().unwrap().is_empty());
        let forged = fs::read_to_string(&path).unwrap() + &format!("{} {}\n", ids[2], "0".repeat(32));
        fs::write(&path, forged).unwrap();
        assert_eq!(list.read().unwrap().len(), 2);
    }
}
