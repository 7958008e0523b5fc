//! All SQL of connections, their decision records and their marks.

mod attempts;
mod ends;
mod list;
mod row;
mod transitions;

use rusqlite::params;

use super::model::{Connection, Marks};
use crate::base::{ConnectionId, Reason, Status};
use crate::store::{Rows, StoreError, Tx};

pub(super) use attempts::{Attempt, accept, attempt_keys, attempts_of, give_extra, record_refusal, spend, use_extra};
pub(super) use ends::{forget_secret_end, save_secret_end, secret_end, secret_ends};
pub(super) use list::{counts, list};
pub(super) use transitions::{
    changes_since, insert_transition, latest_transitions, list_transitions, mark_made_up, prune_transitions,
    transition, transitions_between, transitions_of,
};

const COLUMNS: &str = "c.id, c.customer_id, c.system, c.name, c.hosting, c.tier, c.base_url, c.host, c.parameters, c.scheme, \
     c.auth_public, c.probe, c.budget_user, c.secret_fingerprint, c.secret_generation, c.secret_set_at, c.identity, c.status, \
     c.reason, c.fault_scope, c.message, c.since, c.episode_id, c.credits, c.credits_held, c.overage, \
     c.check_interval_seconds, c.metadata, c.expires_at, c.paused_by, c.version, c.created_at, c.updated_at, \
     c.disconnected_at, h.next_check_at, h.last_checked_at, h.last_ok_at, h.failures, h.successes, h.slow, h.total_ms";

const FROM: &str = "FROM connections c JOIN connection_health h ON h.connection_id = c.id";

pub(super) fn find(rows: &impl Rows, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE c.id = ?1");
    rows.optional(&sql, [id.to_string()], row::read)?.transpose()
}

pub(super) fn all(rows: &impl Rows) -> Result<Vec<Connection>, StoreError> {
    let sql = format!("SELECT {COLUMNS} {FROM}");
    rows.all(&sql, [], row::read)?.into_iter().collect()
}

/// Others that share host, user and secret: a refused secret concerns them all.
pub(super) fn sharing_secret(
    rows: &impl Rows,
    host: &str,
    user: &str,
    fingerprint: &[u8],
    except: Option<ConnectionId>,
) -> Result<Vec<Connection>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE c.host = ?1 AND c.budget_user = ?2 AND c.secret_fingerprint = ?3 AND c.id <> ?4 \
         AND c.status IN ('active', 'degraded', 'unreachable', 'pending')"
    );
    let except = except.map(|id| id.to_string()).unwrap_or_default();
    rows.all(&sql, params![host, user, fingerprint, except], row::read)?.into_iter().collect()
}

/// Others that are as they are for this reason.
pub(super) fn others_with_reason(
    rows: &impl Rows,
    than: ConnectionId,
    reason: Reason,
) -> Result<Vec<Connection>, StoreError> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE c.reason = ?1 AND c.id <> ?2 AND c.status <> 'disconnected'");
    rows.all(&sql, params![reason.as_str(), than.to_string()], row::read)?.into_iter().collect()
}

pub(super) fn insert(tx: &Tx<'_>, connection: &Connection) -> Result<(), StoreError> {
    let texts = row::Texts::of(connection);
    tx.execute(
        "INSERT INTO connections (id, customer_id, system, name, search, hosting, tier, base_url, host, parameters, scheme, \
         auth_public, probe, budget_user, secret_fingerprint, secret_generation, secret_set_at, identity, status, urgency, \
         reason, fault_scope, message, since, episode_id, credits, credits_held, overage, check_interval_seconds, metadata, \
         expires_at, paused_by, version, created_at, updated_at, disconnected_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, \
         ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36)",
        params![
            texts.id,
            texts.customer_id,
            connection.system,
            connection.name,
            texts.search,
            connection.hosting.as_str(),
            connection.tier,
            connection.base_url,
            connection.host,
            texts.parameters,
            connection.scheme.as_str(),
            texts.auth_public,
            texts.probe,
            connection.budget_user,
            connection.fingerprint,
            connection.generation,
            connection.secret_set_at.millis(),
            connection.identity,
            connection.status.as_str(),
            urgency(connection.status),
            connection.reason.map(|reason| reason.as_str()),
            connection.fault_scope.map(|scope| scope.as_str()),
            connection.message,
            connection.since.millis(),
            texts.episode_id,
            connection.credits,
            connection.credits_held,
            connection.overage,
            connection.check_interval_seconds,
            texts.metadata,
            connection.expires_at.map(|at| at.millis()),
            connection.paused_by,
            connection.version,
            connection.created_at.millis(),
            connection.updated_at.millis(),
            connection.disconnected_at.map(|at| at.millis()),
        ],
    )?;
    tx.execute("INSERT INTO connection_health (connection_id) VALUES (?1)", [texts.id])?;
    save_marks(tx, connection.id, &connection.marks)
}

/// Writes everything that may change. Id, customer, system, tier and hosting never do.
pub(super) fn save(tx: &Tx<'_>, connection: &Connection) -> Result<(), StoreError> {
    let texts = row::Texts::of(connection);
    tx.execute(
        "UPDATE connections SET name = ?2, search = ?3, base_url = ?4, host = ?5, parameters = ?6, scheme = ?7, \
         auth_public = ?8, budget_user = ?9, secret_fingerprint = ?10, secret_generation = ?11, secret_set_at = ?12, \
         identity = ?13, status = ?14, urgency = ?15, reason = ?16, fault_scope = ?17, message = ?18, since = ?19, \
         episode_id = ?20, credits_held = ?21, overage = ?22, check_interval_seconds = ?23, metadata = ?24, \
         expires_at = ?25, paused_by = ?26, version = ?27, updated_at = ?28, disconnected_at = ?29, credits = ?30 \
         WHERE id = ?1",
        params![
            texts.id,
            connection.name,
            texts.search,
            connection.base_url,
            connection.host,
            texts.parameters,
            connection.scheme.as_str(),
            texts.auth_public,
            connection.budget_user,
            connection.fingerprint,
            connection.generation,
            connection.secret_set_at.millis(),
            connection.identity,
            connection.status.as_str(),
            urgency(connection.status),
            connection.reason.map(|reason| reason.as_str()),
            connection.fault_scope.map(|scope| scope.as_str()),
            connection.message,
            connection.since.millis(),
            texts.episode_id,
            connection.credits_held,
            connection.overage,
            connection.check_interval_seconds,
            texts.metadata,
            connection.expires_at.map(|at| at.millis()),
            connection.paused_by,
            connection.version,
            connection.updated_at.millis(),
            connection.disconnected_at.map(|at| at.millis()),
            connection.credits,
        ],
    )?;
    save_marks(tx, connection.id, &connection.marks)
}

/// A customer chose the system of a connection that had none.
pub(super) fn settle(tx: &Tx<'_>, connection: &Connection) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET system = ?2, hosting = ?3, tier = ?4 WHERE id = ?1 AND system = ''",
        params![connection.id.to_string(), connection.system, connection.hosting.as_str(), connection.tier],
    )?;
    Ok(())
}

pub(super) fn save_marks(tx: &Tx<'_>, id: ConnectionId, marks: &Marks) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connection_health SET next_check_at = ?2, last_checked_at = ?3, last_ok_at = ?4, failures = ?5, \
         successes = ?6, slow = ?7, total_ms = ?8 WHERE connection_id = ?1",
        params![
            id.to_string(),
            marks.next_check_at.map(|at| at.millis()),
            marks.last_checked_at.map(|at| at.millis()),
            marks.last_ok_at.map(|at| at.millis()),
            marks.failures,
            marks.successes,
            marks.slow,
            marks.total_ms,
        ],
    )?;
    Ok(())
}

/// Place in the order of urgency.
fn urgency(status: Status) -> i64 {
    Status::ALL.iter().position(|found| *found == status).and_then(|place| i64::try_from(place).ok()).unwrap_or(99)
}
