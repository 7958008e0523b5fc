//! A connection as a row, both ways.

use rusqlite::Row;

use super::super::model::{Connection, Marks};
use crate::base::{FaultScope, Reason, Status, Timestamp};
use crate::store::StoreError;
use crate::systems::{Hosting, Scheme};

/// The columns that are texts made from a value.
pub(super) struct Texts {
    pub id: String,
    pub customer_id: String,
    pub search: String,
    pub parameters: String,
    pub auth_public: String,
    pub probe: Option<String>,
    pub episode_id: Option<String>,
    pub metadata: String,
}

impl Texts {
    pub fn of(connection: &Connection) -> Self {
        let json = |value: Result<String, serde_json::Error>| value.unwrap_or_else(|_| "{}".into());
        Self {
            id: connection.id.to_string(),
            customer_id: connection.customer_id.to_string(),
            search: connection.name.to_lowercase(),
            parameters: json(serde_json::to_string(&connection.parameters)),
            auth_public: json(serde_json::to_string(&connection.auth_public)),
            probe: connection.probe.as_ref().and_then(|probe| serde_json::to_string(probe).ok()),
            episode_id: connection.episode_id.map(|id| id.to_string()),
            metadata: json(serde_json::to_string(&connection.metadata)),
        }
    }
}

/// Reads a row; the inner error says that a value in it is not what this version writes.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Result<Connection, StoreError>> {
    let text = |index: usize| row.get::<_, String>(index);
    let maybe = |index: usize| row.get::<_, Option<String>>(index);
    let time = |index: usize| row.get::<_, i64>(index).map(Timestamp::from_millis);
    let maybe_time = |index: usize| row.get::<_, Option<i64>>(index).map(|at| at.map(Timestamp::from_millis));
    let (id, customer, hosting, scheme, status) = (text(0)?, text(1)?, text(4)?, text(9)?, text(17)?);
    let (parameters, auth_public, probe, metadata) = (text(8)?, text(10)?, maybe(11)?, text(27)?);
    let episode = maybe(22)?;
    let marks = Marks {
        next_check_at: maybe_time(34)?,
        last_checked_at: maybe_time(35)?,
        last_ok_at: maybe_time(36)?,
        failures: row.get(37)?,
        successes: row.get(38)?,
        slow: row.get(39)?,
        total_ms: row.get(40)?,
    };
    let reason = maybe(18)?.as_deref().and_then(Reason::parse);
    let fault_scope = maybe(19)?.as_deref().and_then(FaultScope::parse);
    let (system, name, tier, base_url, host) = (text(2)?, text(3)?, row.get(5)?, text(6)?, text(7)?);
    let (budget_user, fingerprint, generation) = (text(12)?, row.get(13)?, row.get(14)?);
    let (secret_set_at, identity, message, since) = (time(15)?, maybe(16)?, text(20)?, time(21)?);
    let (credits, credits_held, overage, check_interval_seconds) =
        (row.get(23)?, row.get(24)?, row.get(25)?, row.get(26)?);
    let (expires_at, paused_by, version) = (maybe_time(28)?, maybe(29)?, row.get(30)?);
    let (created_at, updated_at, disconnected_at) = (time(31)?, time(32)?, maybe_time(33)?);
    let build = || -> Option<Connection> {
        Some(Connection {
            id: id.parse().ok()?,
            customer_id: customer.parse().ok()?,
            system,
            name,
            hosting: Hosting::parse(&hosting)?,
            tier,
            base_url,
            host,
            parameters: serde_json::from_str(&parameters).ok()?,
            scheme: Scheme::parse(&scheme)?,
            auth_public: serde_json::from_str(&auth_public).ok()?,
            probe: probe.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            budget_user,
            fingerprint,
            generation,
            secret_set_at,
            identity,
            status: Status::parse(&status)?,
            reason,
            fault_scope,
            message,
            since,
            episode_id: episode.as_deref().and_then(|text| text.parse().ok()),
            credits,
            credits_held,
            overage,
            check_interval_seconds,
            metadata: serde_json::from_str(&metadata).ok()?,
            expires_at,
            paused_by,
            version,
            created_at,
            updated_at,
            disconnected_at,
            marks,
        })
    };
    Ok(build().ok_or_else(|| StoreError::Unreadable(format!("connection {id}"))))
}
