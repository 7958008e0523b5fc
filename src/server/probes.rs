//! `/healthz`, `/readyz` and `/metrics`: for those who watch the appliance itself. The first two tell nothing but yes or
//! no and stand on every listener; metrics go to loopback, or to a key.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde_json::json;

use super::refusal::problem;
use super::wire::App;
use crate::base::Inbound;

/// The process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The store answers and the start is complete. A sealed vault is ready, and so is a restored appliance that stands by:
/// dashboard and API live. The second is said, so that nobody takes it for the one that works.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    match app.readiness().await {
        Ok(()) if app.instances.stand_by().holds() => HttpResponse::Ok().json(json!({
            "status": "ready", "standing_by": true,
            "reason": "restored from a backup; nothing is checked, forwarded or sent until an operator confirms that the old one is off",
        })),
        Ok(()) => HttpResponse::Ok().json(json!({"status": "ready"})),
        Err(reason) => HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "2"))
            .json(json!({"status": "not ready", "reason": reason})),
    }
}

pub async fn metrics(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let local = inbound.address.is_loopback() && !is_forwarded(request.headers());
    if !local && !app.may_read_metrics(bearer(request.headers())).await {
        let detail = "Metrics are read from this machine itself, or with an API key: Authorization: Bearer jbx_…";
        return problem(StatusCode::UNAUTHORIZED, "unauthenticated", detail, &inbound.request_id);
    }
    let snapshot = match app.snapshot().await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            tracing::error!(%error, "the metrics could not be read");
            let detail = "The store does not answer, so the figures are not known. Scrape again; the log says more.";
            return problem(StatusCode::SERVICE_UNAVAILABLE, "busy", detail, &inbound.request_id);
        }
    };
    let text = app.metrics.render(&snapshot);
    HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
}

/// A proxy on this machine that is not named in `trusted_proxies` makes everyone look local.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
