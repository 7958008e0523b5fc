//! The queue of mails: written by plans, emptied by the sender, thinned out by age.

use rusqlite::{Row, params, params_from_iter};

use super::super::model::{Audience, DueMail, MailKind, MailRow, MailState, NewMail};
use super::{id, time};
use crate::base::{Cursor, CustomerId, InvalidCursor, Language, MailId, Page, PageRequest, Timestamp, UserId};
use crate::store::{Rows, StoreError, Tx};

const COLUMNS: &str = "id, kind, recipient, recipient_name, subject, locale, state, attempts, answer, created_at, \
                       next_try_at, done_at";

/// Queues a mail unless what it says once was said already; whether it was queued.
pub fn queue(tx: &Tx<'_>, mail: &NewMail) -> Result<bool, StoreError> {
    let new = tx.execute(
        "INSERT INTO mails (id, kind, customer_id, user_id, recipient, recipient_name, locale, subject, body_text, \
         body_html, state, created_at, next_try_at, once, episodes) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'queued', ?11, ?11, ?12, ?13) ON CONFLICT (once) DO NOTHING",
        params![
            mail.id.to_string(),
            mail.kind.as_str(),
            mail.to.customer_id.map(|id| id.to_string()),
            mail.to.user_id.map(|id| id.to_string()),
            mail.to.address,
            mail.to.name,
            mail.to.locale.code(),
            mail.subject,
            mail.text,
            mail.html,
            mail.at.millis(),
            mail.once,
            serde_json::to_string(&mail.episodes).unwrap_or_else(|_| "[]".into()),
        ],
    )?;
    Ok(new > 0)
}

/// What the next round sends, the oldest first.
pub fn due(rows: &impl Rows, now: Timestamp, limit: u32) -> Result<Vec<DueMail>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, body_text, body_html, episodes, user_id FROM mails WHERE state = 'queued' AND next_try_at <= ?1 \
         ORDER BY next_try_at, id LIMIT ?2"
    );
    let found = rows.all(&sql, params![now.millis(), limit], with_bodies)?;
    found.into_iter().collect()
}

pub fn one(rows: &impl Rows, id: MailId) -> Result<Option<DueMail>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, body_text, body_html, episodes, user_id FROM mails WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], with_bodies)?.transpose()
}

fn with_bodies(row: &Row<'_>) -> rusqlite::Result<Result<DueMail, StoreError>> {
    let text: Option<String> = row.get(12)?;
    let html: Option<String> = row.get(13)?;
    let episodes: String = row.get(14)?;
    let user: Option<String> = row.get(15)?;
    let row = read(row)?;
    let audience = user.and_then(|user| user.parse().ok()).map_or(Audience::Contact, Audience::User);
    let episodes = serde_json::from_str(&episodes).unwrap_or_default();
    Ok(row.map(|row| DueMail {
        row,
        audience,
        episodes,
        text: text.unwrap_or_default(),
        html: html.unwrap_or_default(),
    }))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<MailRow, StoreError>> {
    let key: String = row.get(0)?;
    let kind: String = row.get(1)?;
    let state: String = row.get(6)?;
    let locale: String = row.get(5)?;
    let (recipient, recipient_name, subject) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (attempts, answer) = (row.get(7)?, row.get(8)?);
    let (created_at, next_try_at, done_at) = (row.get(9)?, row.get(10)?, row.get(11)?);
    let strange = || StoreError::Unreadable(format!("the mail {key}"));
    let made = || {
        Ok(MailRow {
            id: id(&key)?,
            kind: MailKind::parse(&kind).ok_or_else(strange)?,
            state: MailState::parse(&state).ok_or_else(strange)?,
            locale: Language::nearest(&locale),
            recipient,
            recipient_name,
            subject,
            attempts,
            answer,
            created_at: Timestamp::from_millis(created_at),
            next_try_at: Timestamp::from_millis(next_try_at),
            done_at: time(done_at),
        })
    };
    Ok(made())
}

/// The mail has come to an end: what is in it goes.
pub fn finish(tx: &Tx<'_>, id: MailId, state: MailState, answer: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mails SET state = ?2, answer = ?3, done_at = ?4, attempts = attempts + 1, body_text = NULL, \
         body_html = NULL WHERE id = ?1 AND state = 'queued'",
        params![id.to_string(), state.as_str(), answer, now.millis()],
    )?;
    Ok(())
}

/// Not for the moment.
pub fn postpone(tx: &Tx<'_>, id: MailId, answer: &str, next_try_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mails SET attempts = attempts + 1, answer = ?2, next_try_at = ?3 WHERE id = ?1 AND state = 'queued'",
        params![id.to_string(), answer, next_try_at.millis()],
    )?;
    Ok(())
}

/// The mail server cannot be used: everything that waits says so. No mail's own tries are counted.
pub fn note_trouble(tx: &Tx<'_>, answer: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mails SET answer = ?1 WHERE state = 'queued' AND next_try_at <= ?2 AND answer IS NOT ?1",
        params![answer, now.millis()],
    )?;
    Ok(())
}

/// What would have said that this is over is not to be sent either: nobody heard of it.
pub fn drop_word_of_mending(tx: &Tx<'_>, mail: &DueMail, why: &str, now: Timestamp) -> Result<(), StoreError> {
    let episodes = serde_json::to_string(&mail.episodes).unwrap_or_else(|_| "[]".into());
    tx.execute(
        "UPDATE mails SET state = 'dropped', done_at = ?4, body_text = NULL, body_html = NULL, answer = ?3 \
         WHERE state = 'queued' AND kind IN ('mended', 'operator_mended') AND recipient = ?1 AND episodes = ?2",
        params![mail.row.recipient, episodes, why, now.millis()],
    )?;
    Ok(())
}

/// Gives up what has waited since before `limit`; how many.
pub fn give_up(tx: &Tx<'_>, limit: Timestamp, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE mails SET state = 'failed', done_at = ?2, body_text = NULL, body_html = NULL, \
         answer = 'given up: ' || coalesce(answer, 'the mail server did not take it') \
         WHERE state = 'queued' AND created_at < ?1",
        params![limit.millis(), now.millis()],
    )
}

/// Drops what waits, with the reason; how many.
pub fn drop_all(tx: &Tx<'_>, why: &str, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute(
        "UPDATE mails SET state = 'dropped', done_at = ?2, body_text = NULL, body_html = NULL, answer = ?1 \
         WHERE state = 'queued'",
        params![why, now.millis()],
    )
}

/// Everything that waits is tried now.
pub fn try_now(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute("UPDATE mails SET next_try_at = ?1 WHERE state = 'queued' AND next_try_at > ?1", [now.millis()])
}

/// What ended before `limit` goes.
pub fn prune(tx: &Tx<'_>, limit: Timestamp) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM mails WHERE done_at < ?1", [limit.millis()])
}

/// Everything that was written to a customer's contact: it says who that is.
pub fn forget_customer(tx: &Tx<'_>, customer: CustomerId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM mails WHERE customer_id = ?1", [customer.to_string()])?;
    Ok(())
}

/// When the newest of these kinds was queued for a customer's contact.
pub fn latest_to_customer(rows: &impl Rows, customer: CustomerId) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT max(created_at) FROM mails WHERE customer_id = ?1 AND kind IN ('trouble', 'reminder')";
    rows.one(sql, [customer.to_string()], |row| row.get(0)).map(time)
}

/// The same for a user.
pub fn latest_to_user(rows: &impl Rows, user: UserId) -> Result<Option<Timestamp>, StoreError> {
    let sql =
        "SELECT max(created_at) FROM mails WHERE user_id = ?1 AND kind IN ('operator_trouble', 'operator_reminder')";
    rows.one(sql, [user.to_string()], |row| row.get(0)).map(time)
}

/// How many there are of each state.
pub fn counts(rows: &impl Rows) -> Result<Vec<(MailState, u64)>, StoreError> {
    let found = rows.all("SELECT state, count(*) FROM mails GROUP BY state", [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    let of = |(word, count): (String, i64)| Some((MailState::parse(&word)?, u64::try_from(count).unwrap_or(0)));
    Ok(found.into_iter().filter_map(of).collect())
}

/// When the oldest that waits was queued, and when the newest left.
pub fn ages(rows: &impl Rows) -> Result<(Option<Timestamp>, Option<Timestamp>), StoreError> {
    let oldest = rows.one("SELECT min(created_at) FROM mails WHERE state = 'queued'", [], |row| row.get(0))?;
    let newest = rows.one("SELECT max(done_at) FROM mails WHERE state = 'sent'", [], |row| row.get(0))?;
    Ok((time(oldest), time(newest)))
}

/// Newest first.
pub fn list(
    rows: &impl Rows,
    state: Option<MailState>,
    page: &PageRequest,
) -> Result<Result<Page<MailRow>, InvalidCursor>, StoreError> {
    const LIST: &str = "mails";
    let before = match page.cursor.as_deref().map(|text| Cursor::decode(text, LIST, 1)) {
        Some(Err(error)) => return Ok(Err(error)),
        Some(Ok(cursor)) => cursor.keys.into_iter().next().unwrap_or_default(),
        // Above every id.
        None => "n".into(),
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let mut values = vec![before];
    let mut condition = "id < ?1".to_owned();
    if let Some(state) = state {
        condition.push_str(" AND state = ?2");
        values.push(state.as_str().into());
    }
    let sql =
        format!("SELECT {COLUMNS} FROM mails WHERE {condition} ORDER BY id DESC LIMIT {}", limit.saturating_add(1));
    let found = rows.all(&sql, params_from_iter(values), read)?;
    let mut items: Vec<MailRow> = found.into_iter().collect::<Result<_, _>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor { list: LIST.into(), keys: vec![last.id.to_string()] }.encode());
    Ok(Ok(Page { items, next_cursor }))
}
