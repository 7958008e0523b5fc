//! Numbered migrations, append-only. `user_version` counts them; whoever opens an existing file that is older makes a backup
//! before (the server does, by `backup`).

use std::path::Path;

use rusqlite::Connection;

use super::database::APPLICATION_ID;
use super::{OpenError, StoreError};

/// One step: its place in the list is its number, from 1.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

pub const MAIN_MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_initial", sql: include_str!("migrations/main_0001_initial.sql") },
    Migration { name: "0002_webhooks", sql: include_str!("migrations/main_0002_webhooks.sql") },
    Migration { name: "0003_portal", sql: include_str!("migrations/main_0003_portal.sql") },
    Migration { name: "0004_oauth", sql: include_str!("migrations/main_0004_oauth.sql") },
    Migration { name: "0005_notifications", sql: include_str!("migrations/main_0005_notifications.sql") },
    Migration { name: "0006_backups", sql: include_str!("migrations/main_0006_backups.sql") },
    Migration { name: "0007_proxy", sql: include_str!("migrations/main_0007_proxy.sql") },
    Migration { name: "0008_api", sql: include_str!("migrations/main_0008_api.sql") },
    Migration { name: "0009_egress", sql: include_str!("migrations/main_0009_egress.sql") },
    Migration { name: "0010_receivers", sql: include_str!("migrations/main_0010_receivers.sql") },
    Migration { name: "0011_issuers", sql: include_str!("migrations/main_0011_issuers.sql") },
    Migration { name: "0012_event_retention", sql: include_str!("migrations/main_0012_event_retention.sql") },
];

pub const HISTORY_MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_initial", sql: include_str!("migrations/history_0001_initial.sql") },
    Migration { name: "0002_proxy_log", sql: include_str!("migrations/history_0002_proxy_log.sql") },
];

pub(super) fn migrate(connection: &mut Connection, path: &Path, migrations: &[Migration]) -> Result<(), OpenError> {
    let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let found = number("user_version").map_err(StoreError::from)?;
    let owner = number("application_id").map_err(StoreError::from)?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    if found > 0 && owner != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), found: owner });
    }
    if found == known {
        return Ok(());
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (index, migration) in migrations.iter().enumerate().skip(done) {
        let version = index.saturating_add(1);
        tracing::info!(file = %path.display(), migration = migration.name, "migrating");
        connection
            .execute_batch(&format!(
                "BEGIN IMMEDIATE; {} ; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}; COMMIT;",
                migration.sql
            ))
            .map_err(|error| {
                let _ = connection.execute_batch("ROLLBACK");
                StoreError::from(error)
            })?;
    }
    Ok(())
}
