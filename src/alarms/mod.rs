//! What is wrong right now and stands until it is mended: one row, however many notice. Owns that an alarm about the appliance
//! itself is one event and one audit entry when it begins, and an audit entry when it ends. Refuses to raise one twice.

mod store;

use serde_json::json;

use crate::audit::{AuditLog, Entry};
use crate::base::{Actor, EventId, Random, Timestamp};
use crate::events::{self, EventKind, NewEvent};
use crate::store::{Rows, StoreError, Tx};

/// The subject of an alarm that is about the appliance itself.
const INSTANCE: &str = "instance";
/// Kinds that warn of a known end; they stand beside the calendar and are no fault.
const WARNING: &str = "expiring_";

/// One that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// A reason of the contract (`clock_skew`), or a word of the appliance (`backup_late`).
    pub kind: String,
    /// What it is about: an OAuth application, a connection, or `instance`.
    pub subject: String,
    pub message: String,
    pub since: Timestamp,
}

impl Alarm {
    /// A near end that was announced: something to plan for, nothing that is broken.
    pub fn is_warning(&self) -> bool {
        self.kind.starts_with(WARNING)
    }
}

/// Notes an alarm about something; false when it stands already. The event is the caller's.
pub fn note(tx: &Tx<'_>, kind: &str, subject: &str, message: &str, at: Timestamp) -> Result<bool, StoreError> {
    store::insert(tx, kind, subject, message, at)
}

/// Takes an alarm about something away; false when there was none.
pub fn forget(tx: &Tx<'_>, kind: &str, subject: &str) -> Result<bool, StoreError> {
    store::delete(tx, kind, subject)
}

/// An alarm about the appliance: its row, its event `instance.alarm`, its audit entry. A standing one takes the new sentence
/// and says nothing more.
pub fn raise(
    tx: &Tx<'_>,
    (audit, random): (&AuditLog, &dyn Random),
    kind: &str,
    message: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if !store::insert(tx, kind, INSTANCE, message, at)? {
        store::say(tx, kind, INSTANCE, message)?;
        return Ok(false);
    }
    let data = json!({ "reason": kind, "message": message });
    audit.append(tx, &Entry::new(at, &Actor::system(), "instance.alarm_raised").detail(data.clone()))?;
    let id = EventId::new(at, random);
    let event = NewEvent { id, kind: EventKind::InstanceAlarm, at, customer_id: None, connection_id: None, data };
    events::append(tx, &event)?;
    Ok(true)
}

/// The appliance is well again in this respect; false when no alarm stood.
pub fn lift(tx: &Tx<'_>, audit: &AuditLog, kind: &str, at: Timestamp) -> Result<bool, StoreError> {
    if !store::delete(tx, kind, INSTANCE)? {
        return Ok(false);
    }
    let entry = Entry::new(at, &Actor::system(), "instance.alarm_lifted").detail(json!({ "reason": kind }));
    audit.append(tx, &entry)?;
    Ok(true)
}

/// Whether one of this kind stands, whatever it is about.
pub fn stands(rows: &impl Rows, kind: &str) -> Result<bool, StoreError> {
    store::stands(rows, kind)
}

/// All that stand, the oldest first.
pub fn standing(rows: &impl Rows) -> Result<Vec<Alarm>, StoreError> {
    store::all(rows)
}
