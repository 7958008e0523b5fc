//! Who is told what: users with their choices, and when their digest was last put together.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use super::super::model::{Preferences, Subscriber};
use super::id;
use crate::access::Role;
use crate::base::{CustomerId, Language, Status, Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

const CHOSEN: &str = "alarms, ends, statuses, customers, digest, digest_hour, locale";

/// Columns that begin at `at`; `None` where the user has chosen nothing.
fn chosen(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Preferences>> {
    let column = |offset: usize| at.saturating_add(offset);
    let Some(alarms) = row.get::<_, Option<bool>>(at)? else { return Ok(None) };
    let statuses: String = row.get(column(2))?;
    let customers: Option<String> = row.get(column(3))?;
    let words: Vec<String> = serde_json::from_str(&statuses).unwrap_or_default();
    let locale: String = row.get(column(6))?;
    Ok(Some(Preferences {
        alarms,
        ends: row.get(column(1))?,
        statuses: words.iter().filter_map(|word| Status::parse(word)).collect(),
        customers: customers.map(|list| serde_json::from_str::<Vec<CustomerId>>(&list).unwrap_or_default()),
        digest: row.get(column(4))?,
        digest_hour: row.get(column(5))?,
        locale: Language::nearest(&locale),
    }))
}

/// Users who have signed in at least once: one who was only invited is not written to.
pub fn all(rows: &impl Rows) -> Result<Vec<Subscriber>, StoreError> {
    let sql = format!(
        "SELECT u.id, u.email, u.name, u.role, {} FROM users u LEFT JOIN notification_preferences p ON p.user_id = u.id \
         WHERE u.password_hash IS NOT NULL ORDER BY u.id",
        CHOSEN.split(", ").map(|column| format!("p.{column}")).collect::<Vec<_>>().join(", ")
    );
    let found = rows.all(&sql, [], |row| {
        let texts: (String, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((texts, chosen(row, 4)?))
    })?;
    found
        .into_iter()
        .map(|((key, email, name, role), preferences)| {
            let may_change = Role::parse(&role).is_some_and(|role| role >= Role::Operator);
            let preferences = preferences.unwrap_or_else(|| Preferences::of_role(may_change));
            Ok(Subscriber { id: id(&key)?, email, name, preferences })
        })
        .collect()
}

pub fn of(rows: &impl Rows, user: UserId) -> Result<Option<Preferences>, StoreError> {
    let sql = format!("SELECT {CHOSEN} FROM notification_preferences WHERE user_id = ?1");
    Ok(rows.optional(&sql, [user.to_string()], |row| chosen(row, 0))?.flatten())
}

pub fn save(tx: &Tx<'_>, user: UserId, wanted: &Preferences, now: Timestamp) -> Result<(), StoreError> {
    let statuses: Vec<&str> = wanted.statuses.iter().map(|status| status.as_str()).collect();
    tx.execute(
        "INSERT INTO notification_preferences (user_id, alarms, ends, statuses, customers, digest, digest_hour, locale, \
         updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (user_id) DO UPDATE SET alarms = ?2, \
         ends = ?3, statuses = ?4, customers = ?5, digest = ?6, digest_hour = ?7, locale = ?8, updated_at = ?9",
        params![
            user.to_string(),
            wanted.alarms,
            wanted.ends,
            json(&statuses),
            wanted.customers.as_ref().map(json),
            wanted.digest,
            wanted.digest_hour,
            wanted.locale.code(),
            now.millis(),
        ],
    )?;
    Ok(())
}

/// Any list as JSON text.
fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".into())
}

/// When each user's digest was last put together.
pub fn digest_marks(rows: &impl Rows) -> Result<BTreeMap<UserId, Timestamp>, StoreError> {
    let found = rows.all("SELECT user_id, looked_at FROM digest_marks", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    found.into_iter().map(|(user, at)| Ok((id(&user)?, Timestamp::from_millis(at)))).collect()
}

pub fn mark_digest(tx: &Tx<'_>, user: UserId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO digest_marks (user_id, looked_at) SELECT id, ?2 FROM users WHERE id = ?1 \
         ON CONFLICT (user_id) DO UPDATE SET looked_at = ?2",
        params![user.to_string(), now.millis()],
    )?;
    Ok(())
}
