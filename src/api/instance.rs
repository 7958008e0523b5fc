//! `/instance`: what this installation is, which any valid key may know; and the word that a restored one waits for.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::caller::Caller;
use super::document::types;
use super::json;
use super::problem::{Code, Problem};
use super::state::Api;
use crate::instance::InstanceError;

/// What this installation is.
/// Any valid key may know.
#[utoipa::path(
    get, path = "/instance", tag = "Instance", operation_id = "show_instance",
    responses((status = 200, description = "The instance.", body = types::Instance)),
    security(("key" = [])),
)]
pub async fn show(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    Ok(json::ok(&view(&api)))
}

/// Confirms that the appliance that a restored one came from is off.
/// A restored instance asks no system and tells nobody anything until then: two of them would burn rotating tokens and lock users.
#[utoipa::path(
    post, path = "/instance/confirm-restore", tag = "Instance", operation_id = "confirm_restore",
    responses((status = 200, description = "The instance, at work from now on.", body = types::Instance)),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["conflict"]))),
)]
pub async fn confirm_restore(api: web::Data<Api>, who: Caller) -> Result<HttpResponse, Problem> {
    match api.instances.stand_by().confirm(&who.0, &api.store, &api.audit, api.clock.as_ref()).await {
        Ok(true) => Ok(json::ok(&view(&api))),
        Ok(false) => {
            let detail = "This instance does not stand by: there is no restore to confirm.";
            Err(Problem::new(Code::Conflict, detail))
        }
        Err(InstanceError::Forbidden(error)) => Err(error.into()),
        Err(InstanceError::Store(error)) => Err(error.into()),
        Err(other) => Err(Problem::internal(other)),
    }
}

fn view(api: &Api) -> Value {
    let instance = api.instances.current();
    let (vault, restoration) = (api.vault.status(), api.instances.stand_by().restoration());
    json!({
        "id": instance.id,
        "name": instance.name,
        "region": instance.region,
        "version": api.version,
        "vault": { "sealed": vault.sealed, "reason": vault.reason },
        "standing_by": restoration.is_some(),
        "restored": restoration.map(|restoration| json!({
            "at": restoration.restored_at,
            "backup": restoration.backup_name,
            "backup_created_at": restoration.backup_created_at,
        })),
        "demo": instance.is_demo,
        "started_at": api.started_at,
        "time": api.clock.now(),
    })
}
