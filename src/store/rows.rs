//! The few ways in which SQL is asked. Every statement of the product passes here.

use rusqlite::{Connection, Params, Row};

use super::StoreError;

/// Something one can ask: the writer's transaction or a reader's connection.
pub trait Query {
    fn connection(&self) -> &Connection;
}

/// Queries over anything that can be asked. `read` takes a row apart.
pub trait Rows: Query {
    /// The first row, or `None`.
    fn optional<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        match rows.next()? {
            Some(row) => Ok(Some(read(row)?)),
            None => Ok(None),
        }
    }
    /// The first row of a query that always has one (a count, a sum).
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.optional(sql, params, read)?.ok_or(StoreError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}

impl<Q: Query> Rows for Q {}
