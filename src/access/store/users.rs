//! The SQL of users. The hash of a password leaves this file beside its user, never inside.

use rusqlite::{Row, params};

use crate::access::error::AccessError;
use crate::access::model::User;
use crate::access::principal::Role;
use crate::base::{Cursor, InvalidCursor, Page, PageRequest, Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "users.id, users.email, users.name, users.role, users.theme, users.version, users.created_at, \
                       users.updated_at, users.last_signed_in_at, users.password_hash";

/// A user as a row has it, before its words are checked.
pub struct Stored {
    id: String,
    email: String,
    name: String,
    role: String,
    theme: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    last_signed_in_at: Option<i64>,
    hash: Option<String>,
}

impl Stored {
    /// Reads `columns()`, which begin at `at`.
    pub fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let column = |offset: usize| at.saturating_add(offset);
        Ok(Self {
            id: row.get(at)?,
            email: row.get(column(1))?,
            name: row.get(column(2))?,
            role: row.get(column(3))?,
            theme: row.get(column(4))?,
            version: row.get(column(5))?,
            created_at: row.get(column(6))?,
            updated_at: row.get(column(7))?,
            last_signed_in_at: row.get(column(8))?,
            hash: row.get(column(9))?,
        })
    }

    pub fn check(self) -> Result<(User, Option<String>), StoreError> {
        let unreadable = || StoreError::Unreadable(format!("user {}", self.id));
        let user = User {
            id: self.id.parse().map_err(|_| unreadable())?,
            role: Role::parse(&self.role).ok_or_else(unreadable)?,
            email: self.email,
            name: self.name,
            theme: self.theme,
            has_password: self.hash.is_some(),
            version: self.version,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            last_signed_in_at: self.last_signed_in_at.map(Timestamp::from_millis),
        };
        Ok((user, self.hash))
    }
}

pub fn columns() -> &'static str {
    COLUMNS
}

pub fn with_hash(rows: &impl Rows, id: UserId) -> Result<Option<(User, Option<String>)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], |row| Stored::read(row, 0))?.map(Stored::check).transpose()
}

/// The letters' case does not matter.
pub fn with_hash_by_email(rows: &impl Rows, email: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE email = ?1");
    rows.optional(&sql, [email], |row| Stored::read(row, 0))?.map(Stored::check).transpose()
}

pub fn owners(rows: &impl Rows) -> Result<i64, StoreError> {
    rows.one("SELECT count(*) FROM users WHERE role = 'owner'", [], |row| row.get(0))
}

pub fn list(rows: &impl Rows, q: Option<&str>, page: &PageRequest) -> Result<Page<User>, AccessError> {
    const LIST: &str = "users";
    let after = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.into_iter().next().ok_or(InvalidCursor)?,
        None => String::new(),
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE id > ?1 AND (?2 = '' OR instr(lower(name || ' ' || email), ?2) > 0)
         ORDER BY id LIMIT {}",
        limit.saturating_add(1)
    );
    let word = q.unwrap_or_default().trim().to_lowercase();
    let stored = rows.all(&sql, params![after, word], |row| Stored::read(row, 0))?;
    let mut items: Vec<User> =
        stored.into_iter().map(|stored| stored.check().map(|(user, _)| user)).collect::<Result<_, _>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| Cursor { list: LIST.into(), keys: vec![last.id.to_string()] }.encode());
    Ok(Page { items, next_cursor })
}

pub fn insert(tx: &Tx<'_>, user: &User, hash: Option<&str>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO users (id, email, name, role, password_hash, theme, version, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            user.id.to_string(),
            user.email,
            user.name,
            user.role.as_str(),
            hash,
            user.theme,
            user.version,
            user.created_at.millis(),
            user.updated_at.millis()
        ],
    )?;
    Ok(())
}

pub fn update(tx: &Tx<'_>, user: &User) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE users SET email = ?2, name = ?3, role = ?4, version = ?5, updated_at = ?6 WHERE id = ?1",
        params![user.id.to_string(), user.email, user.name, user.role.as_str(), user.version, user.updated_at.millis()],
    )?;
    Ok(())
}

/// Whether there was such a user.
pub fn set_password(tx: &Tx<'_>, id: UserId, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE users SET password_hash = ?2, updated_at = ?3 WHERE id = ?1",
        params![id.to_string(), hash, now.millis()],
    )?;
    Ok(changed > 0)
}

pub fn set_theme(tx: &Tx<'_>, id: UserId, theme: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE users SET theme = ?2 WHERE id = ?1", params![id.to_string(), theme])?;
    Ok(())
}

pub fn signed_in(tx: &Tx<'_>, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE users SET last_signed_in_at = ?2 WHERE id = ?1", params![id.to_string(), now.millis()])?;
    Ok(())
}

/// Sessions and links go with the user.
pub fn delete(tx: &Tx<'_>, id: UserId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM users WHERE id = ?1", [id.to_string()])?;
    Ok(())
}
