//! `/connections/{id}/proxy/…`: the caller's request, signed in, streamed to the system and back; and the log of what
//! passed, `/connections/{id}/requests`.

mod carry;
mod sandbox;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, UPGRADE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::caller::{Caller, Id};
use super::document::types;
use super::json as answers;
use super::params::Params;
use super::problem::{Code, Problem};
use super::state::Api;
use crate::access::{Permission, Principal};
use crate::base::ConnectionId;
use crate::proxy::{Logged, Proxied, RequestFilter, RequestRow};
use crate::upstream::ForwardRequest;

/// Methods that a signed request must not have: the first would send the credentials back to the caller.
const REFUSED_METHODS: [&str; 3] = ["TRACE", "TRACK", "CONNECT"];

/// Sends a request to the system, signed in, and passes its answer on.
/// Any method. What follows `/proxy` is appended to the connection's `base_url` as text, query and all; body and headers stream both ways. An answer of the system carries `Junctionbox-Upstream: true`, whatever its status; one without it is ours.
#[utoipa::path(
    method(get, head, post, put, patch, delete, options), path = "/connections/{id}/proxy/{path}", tag = "Proxy",
    operation_id = "proxy",
    params(("path" = String, Path, description = "Appended to the connection's address as it is; may hold slashes.", example = "sap/opu/odata/sap/API_PRODUCT_SRV/")),
    responses((status = "default", description = "The system's own answer, with `Junctionbox-Upstream: true`.")),
    security(("key" = ["proxy"])),
    extensions(("x-raw" = json!(true)), ("x-problems" = json!([
        "connection_pending", "reauthorization_required", "connection_unreachable", "connection_inactive",
        "connection_disconnected", "upstream_timeout", "upstream_failed", "egress_denied", "vault_sealed", "validation_failed",
        "payload_too_large"
    ]))),
)]
pub async fn forward(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let raw = raw_path(&request, id.0).ok_or_else(|| Problem::not_found("address"))?;
    let mut logged = api.proxy.logged(&who.0, id.0, request.method().as_str(), &raw)?;
    if let Some(answer) = sandbox::answer(&api, &who.0, id.0, request.method().as_str(), &raw) {
        match &answer {
            Ok(answer) => logged.answered(answer.status().as_u16(), None),
            Err(problem) => logged.answered(problem.code.status(), Some(problem.code.as_str())),
        }
        logged.complete();
        return answer;
    }
    match try_forward(&api, &who.0, id.0, &request, payload, raw, &logged).await {
        Ok(proxied) => Ok(pass_on(proxied, logged)),
        Err(problem) => {
            logged.answered(problem.code.status(), Some(problem.code.as_str()));
            Err(problem)
        }
    }
}

async fn try_forward(
    api: &Api,
    who: &Principal,
    id: ConnectionId,
    request: &HttpRequest,
    payload: web::Payload,
    raw: String,
    logged: &Logged,
) -> Result<Proxied, Problem> {
    refuse_what_is_no_plain_request(request)?;
    let refused = |error| super::problem::of_proxy(api, who, error);
    // Asked before a large body is taken in for nothing.
    api.proxy.would_send(who, id, &raw).map_err(refused)?;
    let (waiting, gone) = oneshot::channel::<()>();
    let wanted = ForwardRequest {
        method: request.method().as_str().to_owned(),
        path_and_query: raw,
        headers: carry::headers_for_system(request.headers())?,
        body: carry::body(request, payload, logged.sent()).await?,
        gone: Some(gone),
    };
    // On its own: what the system says to a secret is noted even when the caller has gone.
    let (proxy, caller) = (api.proxy.clone(), who.clone());
    let forwarded = actix_web::rt::spawn(async move { proxy.forward(&caller, id, wanted).await });
    let forwarded = forwarded.await.map_err(Problem::internal)?;
    drop(waiting);
    forwarded.map_err(refused)
}

fn refuse_what_is_no_plain_request(request: &HttpRequest) -> Result<(), Problem> {
    let method = request.method().as_str();
    if REFUSED_METHODS.iter().any(|refused| method.eq_ignore_ascii_case(refused)) {
        let detail = format!("The proxy does not forward {method}: the answer would show the credentials.");
        return Err(Problem::new(Code::MethodNotAllowed, detail));
    }
    // Some clients offer HTTP/2 with every request, and are content without.
    let offers_only_http2 =
        |value: &HeaderValue| value.to_str().is_ok_and(|text| text.trim().eq_ignore_ascii_case("h2c"));
    if request.headers().get_all(UPGRADE).any(|value| !offers_only_http2(value)) {
        let detail = "The proxy forwards plain requests; it does not switch to WebSockets or other protocols.";
        return Err(Problem::invalid_field("Upgrade", detail));
    }
    Ok(())
}

/// What follows `/proxy` in the address as it came, query and all, byte for byte. Nothing before it may be encoded.
fn raw_path(request: &HttpRequest, id: ConnectionId) -> Option<String> {
    let whole = request.uri().path_and_query()?.as_str();
    let (named, rest) = whole.strip_prefix("/api/v1/connections/")?.split_once('/')?;
    let rest = rest.strip_prefix("proxy")?;
    let fits = named == id.to_string() && (rest.is_empty() || rest.starts_with(['/', '?']));
    fits.then(|| rest.to_owned())
}

/// The system's own answer, marked as such.
fn pass_on(proxied: Proxied, mut logged: Logged) -> HttpResponse {
    logged.answered(proxied.answer.status, None);
    let status = StatusCode::from_u16(proxied.answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = HttpResponse::build(status);
    let mut length = None;
    for (name, value) in &proxied.answer.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_bytes(value)) else {
            continue;
        };
        if name.as_str() == "content-length" {
            length = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
            continue;
        }
        answer.append_header((name, value));
    }
    answer.insert_header(("Junctionbox-Upstream", "true"));
    // These have no body whatever length they name; one would break the caller's connection.
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        logged.complete();
        return answer.body(actix_web::body::None::new());
    }
    if let Some(length) = length {
        answer.no_chunking(length);
    }
    answer.streaming(carry::passed_back(proxied.answer.body, logged))
}

/// Lists what passed the proxy for this connection, newest first.
/// Written in batches a moment after each request; kept as long as `[health] retention_requests` says.
#[utoipa::path(
    get, path = "/connections/{id}/requests", tag = "Proxy", operation_id = "list_requests",
    params(types::Paging, ("status" = Option<String>, Query, description = "Only with this status, like `404`, or class of statuses, like `5xx`.", example = "5xx")),
    responses((status = 200, description = "A page of requests.", body = types::List<types::ProxiedRequest>)),
    security(("key" = ["connections:read"])),
)]
pub async fn requests(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    mut params: Params,
) -> Result<HttpResponse, Problem> {
    who.0.require(Permission::ConnectionsRead)?;
    api.connections.find(&who.0, id.0)?;
    let filter = params.value("status", "a status or a class, like 404 or 5xx", RequestFilter::parse);
    let page = params.page();
    params.end()?;
    let found = api.proxy.log().of_connection(id.0, filter.unwrap_or_default(), page).await?;
    Ok(answers::list(&found.map(|row| request_view(&row))))
}

fn request_view(row: &RequestRow) -> Value {
    json!({
        "id": row.id,
        "connection_id": row.connection_id,
        "customer_id": row.customer_id,
        "at": row.at,
        "api_key_id": row.api_key_id,
        "api_key_name": row.api_key_name,
        "method": row.method,
        "path": row.path,
        "status": row.status,
        "answered_by": if row.code.is_some() { "junctionbox" } else { "system" },
        "code": row.code,
        "first_byte_ms": row.first_byte_ms,
        "total_ms": row.total_ms,
        "bytes_sent": row.bytes_sent,
        "bytes_received": row.bytes_received,
        "complete": row.complete,
    })
}
