//! All SQL of OAuth applications.

use rusqlite::{Row, params};

use super::error::ApplicationError;
use super::model::Application;
use crate::base::{ApplicationId, Cursor, InvalidCursor, Page, PageRequest, Timestamp};
use crate::store::{Rows, StoreError, Tx};
use crate::systems::ClientAuth;

const COLUMNS: &str = "id, system, name, client_id, client_auth, scopes, authorize_url, token_url, revocation_url, issuer, \
     certificate, key_id, client_secret, private_key, version, created_at, updated_at";

/// An application with its sealed texts.
#[derive(Clone)]
pub(super) struct Stored {
    pub application: Application,
    pub client_secret: Option<Vec<u8>>,
    pub private_key: Option<Vec<u8>>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Stored, StoreError>> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe = |index: usize| row.get::<_, Option<String>>(index);
    let (id, scopes, client_auth) = (text(0)?, text(5)?, maybe(4)?);
    let client_secret: Option<Vec<u8>> = row.get(12)?;
    let private_key: Option<Vec<u8>> = row.get(13)?;
    let unreadable = || StoreError::Unreadable(format!("OAuth application {id}"));
    let (Ok(parsed), Ok(scopes)) = (id.parse::<ApplicationId>(), serde_json::from_str(&scopes)) else {
        return Ok(Err(unreadable()));
    };
    let client_auth = match client_auth.as_deref().map(ClientAuth::parse) {
        None => None,
        Some(Some(way)) => Some(way),
        Some(None) => return Ok(Err(unreadable())),
    };
    let application = Application {
        id: parsed,
        system: text(1)?,
        name: text(2)?,
        client_id: text(3)?,
        client_auth,
        scopes,
        authorize_url: maybe(6)?,
        token_url: maybe(7)?,
        revocation_url: maybe(8)?,
        issuer: maybe(9)?,
        certificate: maybe(10)?,
        key_id: maybe(11)?,
        has_client_secret: client_secret.is_some(),
        has_private_key: private_key.is_some(),
        version: row.get(14)?,
        created_at: Timestamp::from_millis(row.get(15)?),
        updated_at: Timestamp::from_millis(row.get(16)?),
    };
    Ok(Ok(Stored { application, client_secret, private_key }))
}

pub(super) fn all(rows: &impl Rows) -> Result<Vec<Stored>, StoreError> {
    rows.all(&format!("SELECT {COLUMNS} FROM oauth_applications"), [], read)?.into_iter().collect()
}

pub(super) fn find(rows: &impl Rows, id: ApplicationId) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM oauth_applications WHERE id = ?1");
    rows.optional(&sql, [id.to_string()], read)?.transpose()
}

/// Newest first.
pub(super) fn list(
    rows: &impl Rows,
    system: Option<&str>,
    page: &PageRequest,
) -> Result<Page<Application>, ApplicationError> {
    const LIST: &str = "oauth_applications";
    let before = match &page.cursor {
        Some(text) => Cursor::decode(text, LIST, 1)?.keys.into_iter().next().ok_or(InvalidCursor)?,
        // Above every id.
        None => "b".to_owned(),
    };
    let limit = usize::try_from(page.limit.clamp(1, PageRequest::MAX_LIMIT)).unwrap_or(1);
    let sql = format!(
        "SELECT {COLUMNS} FROM oauth_applications WHERE id < ?1 AND (?2 IS NULL OR system = ?2)
         ORDER BY id DESC LIMIT {}",
        limit.saturating_add(1)
    );
    let found = rows.all(&sql, params![before, system], read)?;
    let mut items: Vec<Application> =
        found.into_iter().map(|stored| stored.map(|stored| stored.application)).collect::<Result<_, _>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| Cursor { list: LIST.into(), keys: vec![last.id.to_string()] }.encode());
    Ok(Page { items, next_cursor })
}

/// Writes a new one, or over the old one.
pub(super) fn put(tx: &Tx<'_>, stored: &Stored) -> Result<(), StoreError> {
    let one = &stored.application;
    let scopes = serde_json::to_string(&one.scopes).unwrap_or_else(|_| "[]".into());
    tx.execute(
        "INSERT INTO oauth_applications (id, system, name, client_id, client_auth, scopes, authorize_url, token_url,
         revocation_url, issuer, certificate, key_id, client_secret, private_key, version, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, client_id = excluded.client_id,
         client_auth = excluded.client_auth, scopes = excluded.scopes, authorize_url = excluded.authorize_url,
         token_url = excluded.token_url, revocation_url = excluded.revocation_url, issuer = excluded.issuer,
         certificate = excluded.certificate, key_id = excluded.key_id, client_secret = excluded.client_secret,
         private_key = excluded.private_key, version = excluded.version, updated_at = excluded.updated_at",
        params![
            one.id.to_string(),
            one.system,
            one.name,
            one.client_id,
            one.client_auth.map(ClientAuth::as_str),
            scopes,
            one.authorize_url,
            one.token_url,
            one.revocation_url,
            one.issuer,
            one.certificate,
            one.key_id,
            stored.client_secret,
            stored.private_key,
            one.version,
            one.created_at.millis(),
            one.updated_at.millis(),
        ],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, id: ApplicationId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM oauth_applications WHERE id = ?1", [id.to_string()])?;
    Ok(())
}

/// How many connections that have not ended sign in with it.
pub(super) fn dependents(rows: &impl Rows, one: &Application) -> Result<i64, StoreError> {
    rows.one(
        "SELECT count(*) FROM connections WHERE system = ?1 AND status <> 'disconnected'
         AND json_extract(auth_public, '$.application_id') = ?2",
        [one.system.as_str(), one.id.to_string().as_str()],
        |row| row.get(0),
    )
}

/// When the vendor began to refuse it, where that stands.
pub(super) fn refusals(rows: &impl Rows) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
    rows.all(
        "SELECT subject, message, raised_at FROM alarms WHERE kind = 'application_credentials_invalid'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, Timestamp::from_millis(row.get(2)?))),
    )
}
