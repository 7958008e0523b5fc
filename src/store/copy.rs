//! Copies of the two files: made while the store is open, without stopping its writer, and opened apart from any store to
//! be looked at. A copy is encrypted as its origin is; nothing readable is ever written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::database::{APPLICATION_ID, unlock};
use super::{HISTORY_MIGRATIONS, InstanceKey, MAIN_MIGRATIONS, OpenError, Query, Rows as _, StoreError};
use crate::base::SecretBytes;

/// One of the files of a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFile {
    /// The truth.
    Main,
    /// What may be lost without loss of truth.
    History,
}

impl DatabaseFile {
    pub const ALL: [Self; 2] = [Self::Main, Self::History];

    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "junctionbox.db",
            Self::History => "history.db",
        }
    }
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }
    pub fn key(self, key: &InstanceKey) -> SecretBytes {
        key.derive(match self {
            Self::Main => "store/main",
            Self::History => "store/history",
        })
    }
    /// The newest schema that this version knows.
    pub fn known_schema(self) -> i64 {
        let migrations = match self {
            Self::Main => MAIN_MIGRATIONS,
            Self::History => HISTORY_MIGRATIONS,
        };
        i64::try_from(migrations.len()).unwrap_or(i64::MAX)
    }
}

/// Where an open database lies and what opens it.
#[derive(Clone)]
pub(super) struct Origin {
    path: PathBuf,
    key: Arc<SecretBytes>,
}

impl Origin {
    pub(super) fn new(path: &Path, key: &SecretBytes) -> Self {
        Self { path: path.to_owned(), key: Arc::new(key.clone()) }
    }

    /// All pages of one moment, in one read transaction: the writer goes on meanwhile.
    pub(super) fn copy(&self, to: &Path) -> Result<(), StoreError> {
        let from = keyed(&self.path, &self.key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        from.execute_batch("PRAGMA busy_timeout = 5000")?;
        let create = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut made = keyed(to, &self.key, create)?;
        // Whoever copies syncs the file that counts; an unfinished copy is thrown away.
        made.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY")?;
        let step = Backup::new(&from, &mut made)?.step(-1)?;
        if step != StepResult::Done {
            return Err(StoreError::Busy);
        }
        made.close().map_err(|(_, error)| StoreError::from(error))
    }
}

/// As `Store::copy`, of a file that no store of this process has open.
pub fn copy_database(path: &Path, file: DatabaseFile, key: &InstanceKey, to: &Path) -> Result<(), StoreError> {
    Origin::new(path, &file.key(key)).copy(to)
}

fn keyed(path: &Path, key: &SecretBytes, access: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let hex = zeroize::Zeroizing::new(data_encoding::HEXLOWER.encode(key.expose()));
    connection.execute_batch(&zeroize::Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", hex.as_str())))?;
    Ok(connection)
}

/// A database file apart from any running store, opened to be looked at. Refuses a wrong key, a newer schema and what is
/// no store of Junctionbox.
pub struct Inspected {
    connection: Connection,
    schema: i64,
}

impl Query for Inspected {
    fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Inspected {
    pub fn open(path: &Path, file: DatabaseFile, key: &InstanceKey) -> Result<Self, OpenError> {
        let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, access).map_err(StoreError::from)?;
        unlock(&connection, path, &file.key(key))?;
        connection
            .execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
            .map_err(StoreError::from)?;
        let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
        let schema = number("user_version").map_err(StoreError::from)?;
        let owner = number("application_id").map_err(StoreError::from)?;
        let known = file.known_schema();
        if owner != APPLICATION_ID {
            return Err(OpenError::Foreign { path: path.to_owned(), found: owner });
        }
        if schema > known {
            return Err(OpenError::Newer { path: path.to_owned(), found: schema, known });
        }
        Ok(Self { connection, schema })
    }

    pub fn schema(&self) -> i64 {
        self.schema
    }

    /// The whole file read and compared with its indexes; empty when it is whole.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut findings: Vec<String> = self.all("PRAGMA integrity_check(20)", [], |row| row.get(0))?;
        findings.retain(|finding| finding != "ok");
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DirectoryLock, Store};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_holds_all_that_was_acknowledged_before_it_began() {
        let dir = tempfile::tempdir().unwrap();
        let key = InstanceKey::from_bytes([1; 32]);
        let store = Store::open(dir.path(), &key, DirectoryLock::take(dir.path()).unwrap()).unwrap();
        let insert = |store: Store, number: u32| async move {
            store
                .write::<_, StoreError, _>(move |tx| {
                    tx.execute("INSERT INTO alarms VALUES ('test', ?1, 'm', 0)", [number.to_string()])
                })
                .await
                .unwrap();
        };
        for number in 0..200 {
            insert(store.clone(), number).await;
        }
        let writing = tokio::spawn({
            let store = store.clone();
            async move {
                for number in 200..400 {
                    insert(store.clone(), number).await;
                }
            }
        });
        let to = dir.path().join("copy.db");
        let (copying, at) = (store.clone(), to.clone());
        tokio::task::spawn_blocking(move || copying.copy(DatabaseFile::Main, &at)).await.unwrap().unwrap();
        writing.await.unwrap();
        let copy = Inspected::open(&to, DatabaseFile::Main, &key).unwrap();
        assert!(copy.integrity().unwrap().is_empty());
        let count: i64 = copy.one("SELECT count(*) FROM alarms", [], |row| row.get(0)).unwrap();
        assert!((200..=400).contains(&count), "{count}");
        assert_eq!(copy.schema(), DatabaseFile::Main.known_schema());
        assert_ne!(&std::fs::read(&to).unwrap()[..15], b"SQLite format 3");
        let other = InstanceKey::from_bytes([2; 32]);
        assert!(matches!(Inspected::open(&to, DatabaseFile::Main, &other), Err(OpenError::WrongKey { .. })));
    }
}
