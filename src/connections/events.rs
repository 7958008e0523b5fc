//! The events of a connection: one per status entered, each type at most once per episode, written with the change.

use serde_json::{Value, json};

use super::apply::{Cause, kind_of};
use super::error::ConnectionError;
use super::model::Connection;
use super::service::Inner;
use crate::alarms;
use crate::applications::APPLICATION_ID;
use crate::base::{EventId, Language, Reason, Status, Timestamp};
use crate::customers;
use crate::events::{self, EventKind, NewEvent};
use crate::store::Tx;

/// Writes the event of a status entered; `None` when this episode has sent its type already.
pub(super) fn entered(
    tx: &Tx<'_>,
    inner: &Inner,
    before: &Connection,
    after: &Connection,
    cause: &Cause<'_>,
) -> Result<Option<EventId>, ConnectionError> {
    let kind = kind_of(before, after.status);
    let event = event(tx, inner, kind, Some(before.status), after, cause)?;
    let id = event.id;
    let written = match after.episode_id {
        Some(episode) => events::append_once_per_episode(tx, episode, &event)?,
        None => {
            events::append(tx, &event)?;
            true
        }
    };
    Ok(written.then_some(id))
}

/// Writes an event that is no change of status (created, reconnected).
pub(super) fn beside(
    tx: &Tx<'_>,
    inner: &Inner,
    kind: EventKind,
    connection: &Connection,
    cause: &Cause<'_>,
) -> Result<(), ConnectionError> {
    let event = event(tx, inner, kind, Some(connection.status), connection, cause)?;
    events::append(tx, &event)?;
    Ok(())
}

fn event(
    tx: &Tx<'_>,
    inner: &Inner,
    kind: EventKind,
    previous: Option<Status>,
    after: &Connection,
    cause: &Cause<'_>,
) -> Result<NewEvent, ConnectionError> {
    let customer = customers::find_customer(tx, after.customer_id)?;
    let mut data = json!({
        "connection_id": after.id,
        "customer_id": after.customer_id,
        "customer_external_id": customer.as_ref().and_then(|customer| customer.external_id.clone()),
        "system": after.system,
        "status": after.status,
        "previous_status": previous,
        "reason": after.reason,
        "fault_scope": after.fault_scope,
        "since": after.since,
        "episode_id": after.episode_id,
        "metadata": after.metadata,
    });
    if kind == EventKind::ConnectionExpiring
        && let Value::Object(object) = &mut data
    {
        object.insert("expires_at".into(), json!(after.expires_at));
    }
    if kind == EventKind::ConnectionReauthorizationRequired
        && let Value::Object(object) = &mut data
    {
        let language = customer.and_then(|customer| Language::of_locale(&customer.locale)).unwrap_or_default();
        let steps = inner.system_of(after).map(|system| system.instructions.in_language(language).join("\n"));
        object.insert("reconnect_url".into(), Value::String(inner.link_for(tx, after, cause.at)?));
        object.insert("instructions".into(), steps.map_or(Value::Null, Value::String));
    }
    Ok(NewEvent {
        id: EventId::new(cause.at, inner.random.as_ref()),
        kind,
        at: cause.at,
        customer_id: Some(after.customer_id),
        connection_id: Some(after.id),
        data,
    })
}

/// Our OAuth application is refused: one event for the operators, until it is mended.
pub(super) fn raise_application(
    tx: &Tx<'_>,
    inner: &Inner,
    connection: &Connection,
    cause: &Cause<'_>,
) -> Result<(), ConnectionError> {
    let subject = application_of(connection);
    if alarms::note(tx, Reason::ApplicationCredentialsInvalid.as_str(), subject, &cause.message, cause.at)? {
        let application = connection.auth_public.get(APPLICATION_ID);
        let data = json!({ "application_id": application, "system": connection.system, "message": cause.message });
        let (kind, at) = (EventKind::ApplicationCredentialsInvalid, cause.at);
        let id = EventId::new(at, inner.random.as_ref());
        events::append(tx, &NewEvent { id, kind, at, customer_id: None, connection_id: None, data })?;
    }
    Ok(())
}

/// What is refused: the OAuth application, or the operator's client for the system where none is registered.
pub(super) fn application_of(connection: &Connection) -> &str {
    connection.auth_public.get(APPLICATION_ID).unwrap_or(&connection.system)
}

/// Our own clock or network: one alarm, however many connections notice.
pub(super) fn raise_instance(
    tx: &Tx<'_>,
    inner: &Inner,
    reason: Reason,
    message: &str,
    at: Timestamp,
) -> Result<(), ConnectionError> {
    alarms::raise(tx, (&inner.audit, inner.random.as_ref()), reason.as_str(), message, at)?;
    Ok(())
}

pub(super) fn lift_instance(tx: &Tx<'_>, inner: &Inner, reason: Reason, at: Timestamp) -> Result<(), ConnectionError> {
    alarms::lift(tx, &inner.audit, reason.as_str(), at)?;
    Ok(())
}
