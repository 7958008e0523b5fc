//! The exchange of files at a restore: written down before it begins, so that whatever cuts it off, the next start moves
//! the old files back. Nothing is deleted; what was there is moved aside. Knows files, not what is in them.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BackupError;

const JOURNAL: &str = "restore.journal";
/// Where the old files go, with the time behind it.
pub const ASIDE: &str = "before-restore-";

/// One place that changes hands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Move {
    place: PathBuf,
    aside: PathBuf,
    /// What comes there; `None`: nothing, the old one only goes.
    fresh: Option<PathBuf>,
    had: bool,
}

/// An exchange that was written down and can be taken back until it is committed.
pub struct Swap {
    dir: PathBuf,
    aside: PathBuf,
    moves: Vec<Move>,
}

impl Swap {
    /// Writes down what is to come. `wanted`: each place, and the file beside it or in a folder of `dir` that comes there.
    pub fn prepare(dir: &Path, stamp: &str, wanted: Vec<(PathBuf, Option<PathBuf>)>) -> Result<Self, BackupError> {
        let aside = dir.join(format!("{ASIDE}{stamp}"));
        let moves = wanted.into_iter().map(|(place, fresh)| {
            let had = place.symlink_metadata().is_ok();
            Move { aside: aside_of(&place, dir, &aside, stamp), place, fresh, had }
        });
        let swap = Self { dir: dir.to_owned(), aside: aside.clone(), moves: moves.collect() };
        let failed = |source| BackupError::io(&aside, source);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&aside).map_err(failed)?;
        let text = serde_json::to_vec(&swap.moves).map_err(|error| failed(error.into()))?;
        let path = dir.join(JOURNAL);
        let beside = dir.join(format!("{JOURNAL}.new"));
        let written = write_synced(&beside, &text).and_then(|()| fs::rename(&beside, &path)).and_then(|()| sync(dir));
        written.map_err(|source| {
            let _ = fs::remove_file(&beside);
            let _ = fs::remove_dir(&aside);
            BackupError::io(&path, source)
        })?;
        Ok(swap)
    }

    /// The old files go aside, the new ones take their places.
    pub fn exchange(&self) -> Result<(), BackupError> {
        for one in &self.moves {
            if one.had {
                rename(&one.place, &one.aside)?;
            }
            if let Some(fresh) = &one.fresh {
                rename(fresh, &one.place)?;
            }
        }
        self.sync()
    }

    /// From here on the new files are the appliance. The folder with the old ones, where there were any.
    pub fn commit(self) -> Result<Option<PathBuf>, BackupError> {
        let path = self.dir.join(JOURNAL);
        fs::remove_file(&path).and_then(|()| sync(&self.dir)).map_err(|source| BackupError::io(&path, source))?;
        // Stays only when something lies in it.
        let empty = fs::remove_dir(&self.aside).is_ok();
        Ok((!empty).then_some(self.aside))
    }

    /// Everything as it was. Can be done again when it is cut off.
    pub fn take_back(&self) -> Result<(), BackupError> {
        for one in self.moves.iter().rev() {
            if one.had {
                if one.aside.symlink_metadata().is_ok() {
                    remove(&one.place)?;
                    rename(&one.aside, &one.place)?;
                }
            } else if one.fresh.as_ref().is_none_or(|fresh| fresh.symlink_metadata().is_err()) {
                // Nothing was there before. A log of the new store must not be read into the old one.
                remove(&one.place)?;
            }
        }
        self.sync()?;
        let path = self.dir.join(JOURNAL);
        fs::remove_file(&path).map_err(|source| BackupError::io(&path, source))?;
        let _ = fs::remove_dir(&self.aside);
        Ok(())
    }

    fn sync(&self) -> Result<(), BackupError> {
        for folder in self.moves.iter().filter_map(|one| one.place.parent()) {
            sync(folder).map_err(|source| BackupError::io(folder, source))?;
        }
        Ok(())
    }
}

/// Takes back an exchange that was cut off; to be called with the directory's lock held, before anything is opened.
/// True when there was one. `elsewhere`: the places outside of the directory that an exchange may concern. A journal that
/// names any other is refused: it was not written by a restore.
pub fn take_back_interrupted(dir: &Path, elsewhere: &[PathBuf]) -> Result<bool, BackupError> {
    let path = dir.join(JOURNAL);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(BackupError::io(&path, source)),
    };
    let moves: Vec<Move> = serde_json::from_slice(&text).map_err(|error| BackupError::io(&path, error.into()))?;
    if let Some(strange) = moves.iter().find(|one| !is_ours(one, dir, elsewhere)) {
        return Err(BackupError::Journal { path, place: strange.place.clone() });
    }
    let in_dir = moves.iter().filter_map(|one| one.aside.parent()).find(|parent| parent.parent() == Some(dir));
    let aside = in_dir.map_or_else(|| dir.join(ASIDE), Path::to_owned);
    Swap { dir: dir.to_owned(), aside, moves }.take_back()?;
    Ok(true)
}

/// Whether an exchange would have moved it so: see `aside_of`.
fn is_ours(one: &Move, dir: &Path, elsewhere: &[PathBuf]) -> bool {
    let (Some(name), Some(aside)) = (one.place.file_name(), one.aside.file_name()) else { return false };
    let starts = |text: &std::ffi::OsStr, with: &str| text.to_string_lossy().starts_with(with);
    if one.place.parent() == Some(dir) {
        let Some(folder) = one.aside.parent() else { return false };
        let is_folder = folder.symlink_metadata().map_or(true, |found| found.is_dir());
        let ours = folder.parent() == Some(dir) && folder.file_name().is_some_and(|name| starts(name, ASIDE));
        return ours && is_folder && aside == name;
    }
    let beside = one.aside.parent() == one.place.parent();
    elsewhere.contains(&one.place) && beside && starts(aside, &format!("{}.{ASIDE}", name.to_string_lossy()))
}

/// In the folder of old files, or beside a place that lies elsewhere: a rename does not cross disks.
fn aside_of(place: &Path, dir: &Path, aside: &Path, stamp: &str) -> PathBuf {
    match place.file_name() {
        Some(name) if place.parent() == Some(dir) => aside.join(name),
        _ => {
            let mut name = place.as_os_str().to_owned();
            name.push(format!(".{ASIDE}{stamp}"));
            name.into()
        }
    }
}

fn write_synced(path: &Path, text: &[u8]) -> io::Result<()> {
    remove(path).map_err(io::Error::other)?;
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(|source| BackupError::io(from, source))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scene {
        dir: tempfile::TempDir,
        elsewhere: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let scene = Self { dir: tempfile::tempdir().unwrap(), elsewhere: tempfile::tempdir().unwrap() };
            for (path, text) in [("a", "old a"), ("wal", "old wal"), ("new/a", "new a"), ("new/b", "new b")] {
                let path = scene.dir.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            fs::write(scene.elsewhere.path().join("key"), "old key").unwrap();
            fs::write(scene.elsewhere.path().join("key.fresh"), "new key").unwrap();
            scene
        }
        fn wanted(&self) -> Vec<(PathBuf, Option<PathBuf>)> {
            let at = |name: &str| self.dir.path().join(name);
            let key = self.elsewhere.path().join("key");
            vec![
                (at("a"), Some(at("new/a"))),
                (at("b"), Some(at("new/b"))),
                (at("wal"), None),
                (at("shm"), None),
                (key.clone(), Some(key.with_extension("fresh"))),
            ]
        }
        fn read(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.dir.path().join(name)).ok()
        }
        fn take_back(&self) -> bool {
            take_back_interrupted(self.dir.path(), &[self.elsewhere.path().join("key")]).unwrap()
        }
        fn key(&self) -> String {
            fs::read_to_string(self.elsewhere.path().join("key")).unwrap()
        }
        fn is_old(&self) -> bool {
            self.read("a").as_deref() == Some("old a")
                && self.read("b").is_none()
                && self.read("wal").as_deref() == Some("old wal")
                && self.key() == "old key"
                && self.read(JOURNAL).is_none()
        }
    }

    #[test]
    fn an_exchange_keeps_the_old_files_aside() {
        let scene = Scene::new();
        let swap = Swap::prepare(scene.dir.path(), "1", scene.wanted()).unwrap();
        swap.exchange().unwrap();
        let aside = swap.commit().unwrap().unwrap();
        assert_eq!((scene.read("a").as_deref(), scene.read("b").as_deref()), (Some("new a"), Some("new b")));
        assert!(scene.read("wal").is_none() && scene.key() == "new key" && scene.read(JOURNAL).is_none());
        assert_eq!(fs::read_to_string(aside.join("a")).unwrap(), "old a");
        assert!(!scene.take_back());
    }

    #[test]
    fn wherever_it_is_cut_off_the_old_files_come_back() {
        // Each rename is one step; after `steps` of them the process is gone.
        for steps in 0..=6 {
            let scene = Scene::new();
            let swap = Swap::prepare(scene.dir.path(), "1", scene.wanted()).unwrap();
            let mut done = 0;
            for one in &swap.moves {
                for (from, to) in [(one.had.then_some(&one.place), &one.aside), (one.fresh.as_ref(), &one.place)] {
                    if let Some(from) = from.filter(|_| done < steps) {
                        fs::rename(from, to).unwrap();
                        done += 1;
                    }
                }
            }
            // What the new store left beside itself.
            fs::write(scene.dir.path().join("shm"), "new shm").unwrap();
            assert!(scene.take_back(), "{steps}");
            assert_eq!(scene.read("shm"), None, "{steps}");
            assert!(scene.is_old(), "{steps}");
        }
    }

    #[test]
    fn a_journal_that_no_restore_wrote_is_refused() {
        let scene = Scene::new();
        let (dir, else_) = (scene.dir.path(), scene.elsewhere.path());
        let victim = else_.join("victim");
        fs::write(&victim, "untouched").unwrap();
        fs::create_dir_all(dir.join("before-restore-1")).unwrap();
        fs::write(dir.join("evil"), "evil").unwrap();
        fs::write(dir.join("before-restore-1/victim"), "evil").unwrap();
        std::os::unix::fs::symlink(else_, dir.join("before-restore-2")).unwrap();
        let table = [
            (victim.clone(), dir.join("evil")),
            (victim.clone(), dir.join("before-restore-1/victim")),
            (dir.join("a"), victim.clone()),
            (dir.join("a"), dir.join("before-restore-2/a")),
            (dir.join("x"), dir.join("before-restore-1/../x")),
            (dir.join("x/../../victim"), dir.join("before-restore-1/victim")),
            (else_.join("key"), dir.join("evil")),
            (else_.join("key"), else_.join("key.fresh")),
        ];
        for (place, aside) in table {
            let moves = [Move { place: place.clone(), aside, fresh: None, had: true }];
            fs::write(dir.join(JOURNAL), serde_json::to_vec(&moves).unwrap()).unwrap();
            let refused = take_back_interrupted(dir, &[else_.join("key")]);
            assert!(matches!(refused, Err(BackupError::Journal { .. })), "{}", place.display());
            assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
            assert_eq!(scene.key(), "old key");
        }
    }
}
