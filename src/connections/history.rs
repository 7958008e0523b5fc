//! One check, for the history. Written in batches by the health engine; may be lost without loss of truth.

use tokio::sync::oneshot;

use super::model::Source;
use crate::base::{CheckId, ConnectionId, Reason, Status, Timestamp};
use crate::upstream::Timing;

/// A check as the history keeps it.
pub struct CheckRecord {
    pub id: CheckId,
    pub connection_id: ConnectionId,
    pub at: Timestamp,
    pub source: Source,
    pub ok: bool,
    /// The connection's status and reason after it.
    pub status: Status,
    pub reason: Option<Reason>,
    pub rule: u8,
    pub rule_name: String,
    pub http_status: Option<u16>,
    pub timing: Timing,
    /// Told when the record is on disk, for a check that somebody waits for.
    pub written: Option<oneshot::Sender<()>>,
}
