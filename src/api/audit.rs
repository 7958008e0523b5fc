//! `/audit`: the chained log, read and proven. Not for keys that are bound to some customers.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::caller::Caller;
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

/// Proves the whole chain; `head_sequence` and `head_mac`, kept elsewhere, show a cut tail.
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
