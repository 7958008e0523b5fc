//! SQLite as a service: two encrypted files, one writer, a pool of readers, numbered migrations. Owns the data directory's
//! lock and every PRAGMA; refuses a wrong key, a newer schema and a second writing process. Knows no domain.

mod closing;
mod copy;
mod database;
mod error;
mod keys;
mod lock;
mod migrate;
mod open;
mod readers;
mod rows;
mod writer;

pub use closing::await_closed;
pub use copy::{DatabaseFile, Inspected, copy_database};
pub use database::Database;
pub use error::{OpenError, StoreError};
pub use keys::{InstanceKey, KeyFileError};
pub(crate) use keys::{create_key_file, read_key_file};
pub use lock::DirectoryLock;
pub use migrate::{HISTORY_MIGRATIONS, MAIN_MIGRATIONS, Migration};
pub use open::{Kind, Store};
pub use readers::Reader;
pub use rows::{Query, Rows};
pub use writer::Tx;
