//! `/audit`: the chained log, read and proven. Not for keys that are bound to some customers.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::caller::Caller;
use super::document::types;
use super::json;
use super::params::Params;
use super::problem::Problem;
use super::state::Api;
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::{self, AuditError, AuditFilter, AuditHead, AuditOutcome};

fn may_read(who: &Principal) -> Result<(), Forbidden> {
    who.require(Permission::AuditRead)?;
    if who.customers().is_some() { Err(Forbidden { needed: Permission::AuditRead }) } else { Ok(()) }
}

/// Reads the audit log, newest first.
/// Not for keys that are bound to some customers.
#[utoipa::path(
    get, path = "/audit", tag = "Audit", operation_id = "list_audit",
    params(types::Paging, ("actor" = Option<String>, Query, description = "An actor's id or name."), ("action" = Option<String>, Query, description = "The beginning of an action: `connection.` finds all about connections."), ("target" = Option<String>, Query, description = "A target's id."), ("outcome" = Option<types::AuditOutcome>, Query, description = "How it ended."), ("from" = Option<types::Time>, Query, description = "From this moment on."), ("to" = Option<types::Time>, Query, description = "Before this moment."), ("q" = Option<String>, Query, description = "A word in the actor, the action, the target or the detail.")),
    responses((status = 200, description = "A page of entries.", body = types::List<types::AuditEntry>)),
    security(("key" = ["audit:read"])),
)]
pub async fn list(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    may_read(&who.0)?;
    let filter = AuditFilter {
        actor: params.text("actor"),
        action: params.text("action"),
        target: params.text("target"),
        outcome: params.value("outcome", "done, refused or failed", AuditOutcome::parse),
        from: params.time("from"),
        to: params.time("to"),
        q: params.text("q"),
    };
    let page = params.page();
    params.end()?;
    let found = api.store.read::<_, AuditError, _>(move |reader| audit::list(reader, &filter, &page)).await?;
    Ok(json::list(&found))
}

/// Proves the whole chain.
/// `head_sequence` and `head_mac`, kept elsewhere, show a cut tail.
#[utoipa::path(
    get, path = "/audit/verify", tag = "Audit", operation_id = "verify_audit",
    params(("head_sequence" = Option<i64>, Query, description = "The sequence of a head that was kept elsewhere."), ("head_mac" = Option<String>, Query, description = "Its MAC.")),
    responses((status = 200, description = "Whether the chain is whole.", body = types::AuditProof)),
    security(("key" = ["audit:read"])),
)]
pub async fn verify(api: web::Data<Api>, who: Caller, mut params: Params) -> Result<HttpResponse, Problem> {
    may_read(&who.0)?;
    let sequence = params.value("head_sequence", "a whole number", |text| text.parse::<i64>().ok());
    let mac = params.text("head_mac");
    let head = match (sequence, mac) {
        (Some(sequence), Some(mac)) => Some(AuditHead { sequence, mac }),
        (None, None) => None,
        _ => {
            params.fault("head_sequence", "Give head_sequence and head_mac together, or neither.");
            None
        }
    };
    params.end()?;
    let proof = api.audit.verify(&api.store, head, api.clock.now()).await?;
    Ok(json::ok(&json!({
        "ok": proof.is_whole(),
        "entries": proof.entries,
        "head": { "sequence": proof.head_sequence, "mac": proof.head_mac },
        "first_broken": proof.first_broken.map(|broken| json!({
            "sequence": broken.sequence, "how": broken.how, "message": broken.to_string(),
        })),
    })))
}
