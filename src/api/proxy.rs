//! `/connections/{id}/proxy/…`: the caller's request, signed in, streamed to the system and back.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::caller::{Caller, Id};
use super::problem::Problem;
use super::state::Api;
use crate::base::ConnectionId;
use crate::proxy::Proxied;
use crate::upstream::{BoxError, ForwardBody, ForwardRequest};

/// Bodies up to this size are kept while they are sent, so that they can be sent again after a renewed sign-in.
const WHOLE: u64 = 64 * 1024;
/// Headers that are for Junctionbox, or for one connection only.
const OURS: [&str; 16] = [
    "authorization",
    "host",
    "cookie",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "x-request-id",
    "idempotency-key",
    "forwarded",
    "via",
];

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
        "connection_disconnected", "upstream_timeout", "upstream_failed", "egress_denied", "vault_sealed", "validation_failed"
    ]))),
)]
pub async fn forward(
    api: web::Data<Api>,
    who: Caller,
    id: Id<ConnectionId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if request.headers().contains_key("upgrade") {
        let detail = "The proxy forwards plain requests; it does not switch to WebSockets or other protocols.";
        return Err(Problem::invalid_field("Upgrade", detail));
    }
    let raw = raw_path(&request);
    let wanted = ForwardRequest {
        method: request.method().as_str().to_owned(),
        path_and_query: raw,
        headers: headers_for_system(request.headers()),
        body: body(&request, payload).await?,
    };
    match api.proxy.forward(&who.0, id.0, wanted).await {
        Ok(proxied) => Ok(pass_on(proxied)),
        Err(error) => Err(super::problem::of_proxy(&api, &who.0, error)),
    }
}

/// What follows `/proxy` in the address as it came, query and all, byte for byte.
fn raw_path(request: &HttpRequest) -> String {
    let whole = request.uri().path_and_query().map_or_else(String::new, |raw| raw.as_str().to_owned());
    whole.split_once("/proxy").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
}

fn headers_for_system(headers: &HeaderMap) -> Vec<(String, String)> {
    let named: Vec<String> = headers
        .get_all("connection")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    headers
        .iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            !OURS.contains(&name) && !name.starts_with("x-forwarded-") && !named.iter().any(|other| other == name)
        })
        .filter_map(|(name, value)| value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned())))
        .collect()
}

/// A small body is read whole; a large one is streamed with its length.
async fn body(request: &HttpRequest, mut payload: web::Payload) -> Result<ForwardBody, Problem> {
    let length = request
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    let chunked = request.headers().contains_key("transfer-encoding");
    if length.unwrap_or(0) == 0 && !chunked {
        return Ok(ForwardBody::Empty);
    }
    if length.is_some_and(|length| length <= WHOLE) {
        let mut whole = web::BytesMut::new();
        while let Some(piece) = payload.next().await {
            whole.extend_from_slice(&piece.map_err(cut_off)?);
        }
        return Ok(ForwardBody::Whole(whole.freeze()));
    }
    Ok(ForwardBody::Streamed { body: Box::pin(across_threads(payload)), length })
}

fn cut_off(error: impl std::fmt::Display) -> Problem {
    Problem::invalid_field("", format!("The body did not arrive completely ({error}). Send it again."))
}

/// The framework's stream stays on its thread; what leaves it passes a small channel, so memory stays small too.
fn across_threads(mut payload: web::Payload) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    let (out, pieces) = mpsc::channel(4);
    actix_web::rt::spawn(async move {
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|error| BoxError::from(error.to_string()));
            let ended = piece.is_err();
            if out.send(piece).await.is_err() || ended {
                break;
            }
        }
    });
    futures_util::stream::unfold(pieces, |mut pieces| async move { pieces.recv().await.map(|piece| (piece, pieces)) })
}

/// The system's own answer, marked as such.
fn pass_on(proxied: Proxied) -> HttpResponse {
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
    if let Some(length) = length {
        answer.no_chunking(length);
    }
    // What broke on the way is the log's; the caller sees the answer end early.
    answer.streaming(
        proxied.answer.body.map(|piece| piece.map_err(|failure| std::io::Error::other(failure.message().to_owned()))),
    )
}
