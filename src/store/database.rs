//! One encrypted file: how it is opened, its PRAGMAs (set and read back), its writer and its readers.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::copy::Origin;
use super::migrate::{Migration, migrate};
use super::readers::{Reader, Readers};
use super::writer::{Tx, Writer};
use super::{OpenError, StoreError};
use crate::base::SecretBytes;

/// `JBOX`, so that `file` and we know whose database it is.
pub(super) const APPLICATION_ID: i64 = 0x4a42_4f58;
const READERS: usize = 4;
/// Pages kept in memory, in KiB, by the writer and by each reader: all together at most 9 MiB for both files, where the
/// library's habit would be 80. What is not here is in the machine's own cache, and costs a decryption.
const CACHES: [(Durability, i32, i32); 2] = [(Durability::Full, 2000, 1000), (Durability::Normal, 1000, 500)];

/// One database. Cloning gives another handle to the same writer and readers.
#[derive(Clone)]
pub struct Database {
    writer: Writer,
    readers: Readers,
    /// For copies that are made while it is open.
    pub(super) origin: Origin,
}

/// How much a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    Full,
    Normal,
}

impl Database {
    pub(super) fn open(
        path: &Path,
        key: &SecretBytes,
        durability: Durability,
        migrations: &[Migration],
    ) -> Result<Self, OpenError> {
        let mut connection = connect(path, key, durability, false)?;
        migrate(&mut connection, path, migrations)?;
        let verdict: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| OpenError::Damaged { path: path.to_owned(), detail: error.to_string() })?;
        if verdict != "ok" {
            return Err(OpenError::Damaged { path: path.to_owned(), detail: verdict });
        }
        let readers = (0..READERS).map(|_| connect(path, key, durability, true)).collect::<Result<Vec<_>, _>>()?;
        let name = path.file_stem().map_or_else(|| "store".into(), |stem| stem.to_string_lossy().into_owned());
        let writer =
            Writer::start(&name, connection).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        let origin = Origin::new(path, key);
        Ok(Self { writer, readers: Readers::new(readers), origin })
    }

    /// Runs `change` in a transaction of its own and answers after it is on disk.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.writer.write(change).await
    }

    pub async fn read<T, E, F>(&self, ask: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        self.readers.read(ask).await
    }
}

fn connect(path: &Path, key: &SecretBytes, durability: Durability, read_only: bool) -> Result<Connection, OpenError> {
    let access = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let connection =
        Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(StoreError::from)?;
    connection.set_prepared_statement_cache_capacity(256);
    unlock(&connection, path, key)?;
    let pragmas = Pragmas { connection: &connection, path };
    if !read_only {
        pragmas.set("journal_mode", "wal", "wal")?;
        let (wish, found) = if durability == Durability::Full { ("FULL", "2") } else { ("NORMAL", "1") };
        pragmas.set("synchronous", wish, found)?;
        pragmas.set("secure_delete", "ON", "1")?;
        pragmas.set("wal_autocheckpoint", "1000", "1000")?;
    } else {
        pragmas.set("query_only", "ON", "1")?;
    }
    pragmas.set("foreign_keys", "ON", "1")?;
    pragmas.set("temp_store", "MEMORY", "2")?;
    pragmas.set("trusted_schema", "OFF", "0")?;
    pragmas.set("cell_size_check", "ON", "1")?;
    pragmas.set("busy_timeout", "5000", "5000")?;
    let cache = CACHES
        .iter()
        .find(|(kind, ..)| *kind == durability)
        .map_or(2000, |(_, writer, reader)| if read_only { *reader } else { *writer });
    pragmas.set("cache_size", &format!("-{cache}"), &format!("-{cache}"))?;
    Ok(connection)
}

/// Gives SQLCipher the raw key and proves that it opens the file.
pub(super) fn unlock(connection: &Connection, path: &Path, key: &SecretBytes) -> Result<(), OpenError> {
    let hex = Zeroizing::new(data_encoding::HEXLOWER.encode(key.expose()));
    let statement = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", hex.as_str()));
    connection.execute_batch(&statement).map_err(StoreError::from)?;
    let cipher: String = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .map_err(|_| OpenError::Pragma { path: path.to_owned(), pragma: "cipher_version", found: "nothing".into() })?;
    if cipher.is_empty() {
        return Err(OpenError::Pragma { path: path.to_owned(), pragma: "cipher_version", found: cipher });
    }
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)) {
        Ok(_) => Ok(()),
        Err(rusqlite::Error::SqliteFailure(code, _)) if code.code == rusqlite::ErrorCode::NotADatabase => {
            Err(OpenError::WrongKey { path: path.to_owned() })
        }
        Err(error) => Err(StoreError::from(error).into()),
    }
}

struct Pragmas<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl Pragmas<'_> {
    fn set(&self, pragma: &'static str, wish: &str, expected: &str) -> Result<(), OpenError> {
        self.connection.execute_batch(&format!("PRAGMA {pragma} = {wish}")).map_err(StoreError::from)?;
        let found = self
            .connection
            .query_row(&format!("PRAGMA {pragma}"), [], |row| {
                row.get::<_, rusqlite::types::Value>(0).map(|value| match value {
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            })
            .map_err(StoreError::from)?;
        if found == expected {
            Ok(())
        } else {
            Err(OpenError::Pragma { path: PathBuf::from(self.path), pragma, found })
        }
    }
}
