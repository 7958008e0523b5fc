//! The contract's objects of a connection: itself, its status, a check, a decision record. Secrets never come back.

use serde_json::{Map, Value, json};

use crate::connections::{CheckOutcome, Connection, Looked, Transition, observation_json};
use crate::health::{CheckRow, Uptime};
use crate::systems::Catalogue;

pub fn connection_view(catalogue: &Catalogue, connection: &Connection) -> Value {
    let mut auth = Map::new();
    auth.insert("scheme".into(), json!(connection.scheme));
    auth.extend(connection.auth_public.iter().map(|(name, value)| (name.clone(), json!(value))));
    json!({
        "id": connection.id,
        "customer_id": connection.customer_id,
        "system": connection.has_system().then_some(&connection.system),
        "name": connection.name,
        "hosting": connection.has_system().then_some(connection.hosting),
        "tier": connection.has_system().then_some(connection.tier),
        "base_url": (!connection.base_url.is_empty()).then_some(&connection.base_url),
        "parameters": connection.parameters,
        "auth": auth,
        "probe": connection.probe,
        "status": connection.status,
        "reauthorization_required": connection.reauthorization_required(),
        "reason": connection.reason,
        "fault_scope": connection.fault_scope,
        "message": connection.message,
        "since": connection.since,
        "credits": connection.credits,
        "overage": connection.overage,
        "check_interval_seconds": connection.check_interval_seconds,
        "minimum_check_interval_seconds": catalogue.find(&connection.system).map(|system| system.min_interval_seconds),
        "metadata": connection.metadata,
        "expires_at": connection.expires_at,
        "version": connection.version,
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
        "disconnected_at": connection.disconnected_at,
    })
}

pub fn status_view(connection: &Connection, reconnect_url: Option<String>, uptime: &Uptime) -> Value {
    json!({
        "connection_id": connection.id,
        "status": connection.status,
        "reauthorization_required": connection.reauthorization_required(),
        "reason": connection.reason,
        "fault_scope": connection.fault_scope,
        "message": connection.message,
        "since": connection.since,
        "last_checked_at": connection.marks.last_checked_at,
        "last_ok_at": connection.marks.last_ok_at,
        "next_check_at": connection.marks.next_check_at.filter(|_| connection.status.is_checked()),
        "expires_at": connection.expires_at,
        "episode_id": connection.episode_id,
        "reconnect_url": reconnect_url,
        "uptime": { "24h": uptime.h24, "7d": uptime.d7, "30d": uptime.d30 },
        "metadata": connection.metadata,
    })
}

pub fn check_view(outcome: &CheckOutcome) -> Value {
    let connection = &outcome.connection;
    let decision = match &outcome.looked {
        Some(looked) => decision(looked),
        None => json!({
            "rule": 7,
            "name": "nothing was sent: this secret was refused before",
            "message": connection.message,
            "confirmed": true,
        }),
    };
    json!({
        "connection_id": connection.id,
        "status": connection.status,
        "reauthorization_required": connection.reauthorization_required(),
        "reason": connection.reason,
        "fault_scope": connection.fault_scope,
        "message": connection.message,
        "observation": outcome.looked.as_ref().map(|looked| observation_json(&looked.observation)),
        "decision": decision,
    })
}

fn decision(looked: &Looked) -> Value {
    json!({
        "rule": looked.verdict.rule,
        "name": looked.verdict.rule_name,
        "message": looked.message,
        "reason": looked.verdict.finding.reason(),
        "fault_scope": looked.verdict.finding.scope(),
        "wait_seconds": looked.verdict.wait.map(|wait| wait.as_secs()),
    })
}

pub fn check_row_view(row: &CheckRow) -> Value {
    json!({
        "id": row.id,
        "connection_id": row.connection_id,
        "at": row.at,
        "source": row.source,
        "ok": row.ok,
        "status": row.status,
        "reason": row.reason,
        "rule": row.rule,
        "rule_name": row.rule_name,
        "http_status": row.http_status,
        "timing": {
            "dns_ms": row.timing.dns_ms,
            "connect_ms": row.timing.connect_ms,
            "tls_ms": row.timing.tls_ms,
            "first_byte_ms": row.timing.first_byte_ms,
            "total_ms": row.timing.total_ms,
        },
    })
}

pub fn transition_view(transition: &Transition) -> Value {
    json!({
        "id": transition.id,
        "connection_id": transition.connection_id,
        "at": transition.at,
        "before": transition.before_status.map(|status| json!({ "status": status, "reason": transition.before_reason })),
        "after": { "status": transition.status, "reason": transition.reason, "fault_scope": transition.fault_scope },
        "previous_status": transition.before_status,
        "status": transition.status,
        "reason": transition.reason,
        "fault_scope": transition.fault_scope,
        "message": transition.message,
        "rule": transition.rule,
        "rule_name": transition.rule_name,
        "source": transition.source,
        "actor": transition.actor_name,
        "episode_id": transition.episode_id,
        "event_id": transition.event_id,
        "generation": transition.generation,
        "record": transition.record,
    })
}
