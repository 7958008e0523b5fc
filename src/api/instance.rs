//! `/instance`: what this installation is. Any valid key may know.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::document::types;
use super::json;
use super::problem::Problem;
use super::state::Api;

/// What this installation is.
/// Any valid key may know.
#[utoipa::path(
    get, path = "/instance", tag = "Instance", operation_id = "show_instance",
    responses((status = 200, description = "The instance.", body = types::Instance)),
    security(("key" = [])),
)]
pub async fn show(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    let instance = api.instances.current();
    let vault = api.vault.status();
    Ok(json::ok(&json!({
        "id": instance.id,
        "name": instance.name,
        "region": instance.region,
        "version": api.version,
        "vault": { "sealed": vault.sealed, "reason": vault.reason },
        "demo": instance.is_demo,
        "started_at": api.started_at,
        "time": api.clock.now(),
    })))
}
