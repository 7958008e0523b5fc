//! The store as a whole: the truth (`junctionbox.db`) and the history (`history.db`) of one data directory.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use super::database::{Database, Durability};
use super::migrate::{HISTORY_MIGRATIONS, MAIN_MIGRATIONS};
use super::readers::Reader;
use super::writer::Tx;
use super::{DatabaseFile, DirectoryLock, InstanceKey, OpenError, Rows as _, StoreError};

/// What a data directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Standard,
    /// Made-up data; `serve` refuses it.
    Demo,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Demo => "demo",
        }
    }
}

/// Both databases. Cloning gives another handle.
#[derive(Clone)]
pub struct Store {
    main: Database,
    history: Database,
    _lock: Arc<DirectoryLock>,
}

impl Store {
    /// Opens (and makes or migrates) the databases of `dir`, whose lock is already held.
    pub fn open(dir: &Path, key: &InstanceKey, lock: DirectoryLock) -> Result<Self, OpenError> {
        let [main_path, history_path] = DatabaseFile::ALL.map(|file| dir.join(file.name()));
        let [main_key, history_key] = DatabaseFile::ALL.map(|file| file.key(key));
        let main = Database::open(&main_path, &main_key, Durability::Full, MAIN_MIGRATIONS)?;
        let history = Database::open(&history_path, &history_key, Durability::Normal, HISTORY_MIGRATIONS)?;
        for path in [&main_path, &history_path] {
            for ending in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(ending);
                if Path::new(&name).exists() {
                    fs::set_permissions(&name, fs::Permissions::from_mode(0o600))
                        .map_err(|source| OpenError::Io { path: name.clone().into(), source })?;
                }
            }
        }
        Ok(Self { main, history, _lock: Arc::new(lock) })
    }

    /// Makes the data directory with mode 0700 where it is missing, and tightens it where it is not.
    pub fn prepare_directory(dir: &Path) -> Result<(), OpenError> {
        let io = |source| OpenError::Io { path: dir.to_owned(), source };
        if !dir.exists() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(io)
    }

    /// Whether `dir` holds a store already.
    pub fn exists(dir: &Path) -> bool {
        dir.join(DatabaseFile::Main.name()).exists()
    }

    /// A change of the truth; answers after it is on disk.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.main.write(change).await
    }

    pub async fn read<T, E, F>(&self, ask: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        self.main.read(ask).await
    }

    /// Copies one of the files as it is at this moment, encrypted as it is, while the writer goes on. Takes as long as the
    /// disk needs: call it off the async threads.
    pub fn copy(&self, file: DatabaseFile, to: &Path) -> Result<(), StoreError> {
        match file {
            DatabaseFile::Main => self.main.origin.copy(to),
            DatabaseFile::History => self.history.origin.copy(to),
        }
    }

    /// Checks and roll-ups, which may be lost without loss of truth.
    pub fn history(&self) -> &Database {
        &self.history
    }

    /// The whole file read and compared with its indexes; weeks of data take seconds.
    pub async fn verify_integrity(&self) -> Result<Vec<String>, StoreError> {
        let ask = |reader: &Reader<'_>| reader.all("PRAGMA integrity_check(20)", [], |row| row.get::<_, String>(0));
        let mut findings: Vec<String> = self.main.read(ask).await?;
        findings.extend(self.history.read(ask).await?);
        findings.retain(|finding| finding != "ok");
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path, key: u8) -> Result<Store, OpenError> {
        Store::open(dir, &InstanceKey::from_bytes([key; 32]), DirectoryLock::take(dir)?)
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_and_a_wrong_key_or_second_process_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), 1).unwrap();
        assert!(matches!(open(dir.path(), 1), Err(OpenError::InUse { .. })));
        let writes = (0..100).map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write::<_, StoreError, _>(move |tx| {
                        tx.execute("INSERT INTO alarms VALUES ('test', ?1, 'm', 0)", [number.to_string()])?;
                        // Every third change is refused after it wrote: nothing of it may stay.
                        if number % 3 == 0 { Err(StoreError::Busy) } else { Ok(()) }
                    })
                    .await
            })
        });
        for write in futures_util::future::join_all(writes).await {
            let _ = write.unwrap();
        }
        let count = |store: Store| async move {
            store
                .read::<i64, StoreError, _>(|reader| reader.one("SELECT count(*) FROM alarms", [], |row| row.get(0)))
                .await
                .unwrap()
        };
        assert_eq!(count(store.clone()).await, 66);
        assert!(store.verify_integrity().await.unwrap().is_empty());
        drop(store);
        // The writer's thread closes its file a moment after the last handle is gone.
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(matches!(open(dir.path(), 2), Err(OpenError::WrongKey { .. })));
        let bytes = fs::read(dir.path().join("junctionbox.db")).unwrap();
        assert_ne!(&bytes[..15], b"SQLite format 3");
        assert_eq!(count(open(dir.path(), 1).unwrap()).await, 66);
    }

    #[tokio::test]
    async fn a_panicking_change_is_undone_and_the_writer_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), 1).unwrap();
        let answer = store
            .write::<(), StoreError, _>(|tx| {
                tx.execute("INSERT INTO alarms VALUES ('a', 'b', 'c', 0)", [])?;
                panic!("in the middle");
            })
            .await;
        assert!(matches!(answer, Err(StoreError::Interrupted)));
        let left: i64 = store
            .read::<_, StoreError, _>(|reader| reader.one("SELECT count(*) FROM alarms", [], |row| row.get(0)))
            .await
            .unwrap();
        assert_eq!(left, 0);
    }

    /// A C library linked statically has cost OpenSSL its locks before (see `.cargo/config.toml`): many stores opened and
    /// used at once then corrupt the heap and end the process.
    #[test]
    fn many_stores_at_once_do_not_disturb_each_other() {
        let work = |number: u8| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                for _ in 0..5 {
                    let dir = tempfile::tempdir().unwrap();
                    let store = open(dir.path(), number).unwrap();
                    for row in 0..20 {
                        store
                            .write::<_, StoreError, _>(move |tx| {
                                tx.execute("INSERT INTO alarms VALUES ('k', ?1, 'm', 0)", [row.to_string()])
                            })
                            .await
                            .unwrap();
                    }
                }
            });
        };
        let threads: Vec<_> = (1..=8).map(|number| std::thread::spawn(move || work(number))).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
