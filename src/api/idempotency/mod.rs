//! `Idempotency-Key` on creating requests: the first one is done, the same again gets the same answer, another body under
//! the same key is refused, and one in flight is told to wait. Keys belong to the API key that sent them and live a day.
//! Answers that show a secret once are not kept.

mod store;

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use self::store::{Found, Reservation};
use super::json;
use super::problem::{Code, Problem};
use super::state::Api;
use crate::access::Principal;
use crate::store::StoreError;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const KEY_LIMIT: usize = 255;
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// Last parts of the addresses that create something.
const CREATING: [&str; 8] =
    ["customers", "connections", "grants", "api-keys", "users", "links", "webhook-endpoints", "oauth-applications"];
/// Their answers show a secret once.
const SECRETIVE: [&str; 4] = ["api-keys", "users", "links", "webhook-endpoints"];

pub async fn once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let last = request.path().rsplit('/').next().unwrap_or_default().to_owned();
    let creates = request.method() == Method::POST && CREATING.contains(&last.as_str());
    let given = request.headers().get(KEY).cloned();
    let (Some(given), true) = (given, creates) else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let (reservation, api) = match reserve(&mut request, &given).await {
        Ok((reservation, api, None)) => (reservation, api),
        Ok((_, _, Some(replayed))) => return Ok(request.into_response(replayed)),
        Err(problem) => return Ok(request.error_response(problem)),
    };
    // The request is finished even when its client hangs up: a later one under this key must learn what came of it.
    let finished = actix_web::rt::spawn(async move {
        let answer = next.call(request).await?.map_into_boxed_body();
        keep(&api, reservation, SECRETIVE.contains(&last.as_str()), answer).await
    });
    match finished.await {
        Ok(answer) => answer,
        Err(error) => Err(Problem::internal(error).into()),
    }
}

/// Takes the key for this request, or finds the answer that was given under it.
async fn reserve(
    request: &mut ServiceRequest,
    given: &HeaderValue,
) -> Result<(Reservation, web::Data<Api>, Option<HttpResponse>), Problem> {
    let key = given.to_str().ok().filter(|key| {
        !key.is_empty() && key.len() <= KEY_LIMIT && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    });
    let Some(key) = key else {
        let message = format!("A key has 1 to {KEY_LIMIT} visible ASCII characters, for example a UUID.");
        return Err(Problem::invalid_field("Idempotency-Key", message));
    };
    let api = request.app_data::<web::Data<Api>>().cloned().ok_or_else(|| Problem::internal("the API has no state"))?;
    let principal = request.extensions().get::<Principal>().cloned();
    let holder = principal.map(|who| who.actor.id.unwrap_or(who.actor.name)).unwrap_or_default();
    let mut payload = request.take_payload();
    let body = json::read(&mut payload).await?;
    let request_hash = hash(&api, request, &body)?;
    let again = body.clone();
    request
        .set_payload(Payload::Stream { payload: Box::pin(futures_util::stream::once(std::future::ready(Ok(again)))) });
    let now = api.clock.now();
    let reservation = Reservation { holder, key: key.to_owned(), request_hash, at: now };
    let (wanted, oldest) = (reservation.clone(), now.millis().saturating_sub(DAY_MILLIS));
    let found = api.store.write::<_, StoreError, _>(move |tx| store::reserve(tx, &wanted, oldest)).await?;
    let replayed = match found {
        Found::Mine => None,
        Found::OtherRequest => {
            let detail = "This Idempotency-Key was used for another request. Use a new key for each thing you create.";
            return Err(Problem::new(Code::IdempotencyKeyReused, detail));
        }
        Found::Unfinished { since } if since < api.started_at => {
            let detail = "The first request under this Idempotency-Key was cut off by a restart. Look whether it was \
                          done; if not, send it with a new key.";
            return Err(Problem::new(Code::Conflict, detail));
        }
        Found::Unfinished { .. } => {
            let detail = "The first request under this Idempotency-Key is still at work. Try again in a moment.";
            return Err(Problem::new(Code::Conflict, detail).retry_after(std::time::Duration::from_secs(1)));
        }
        Found::Secretive => {
            let detail = "This was made by the first request under this Idempotency-Key. Its secret was shown then and \
                          cannot be shown again; find the object in its list.";
            return Err(Problem::new(Code::Conflict, detail));
        }
        Found::Answer { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED);
            let mut answer = HttpResponse::build(status);
            answer.content_type("application/json").insert_header((REPLAYED, HeaderValue::from_static("true")));
            Some(answer.body(body))
        }
    };
    Ok((reservation, api, replayed))
}

fn hash(api: &Api, request: &ServiceRequest, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(api.request_key.expose()).map_err(Problem::internal)?;
    for part in [request.path().as_bytes(), request.query_string().as_bytes(), body] {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Keeps a success; anything else frees the key, so that the corrected request may use it.
async fn keep(
    api: &Api,
    reservation: Reservation,
    secretive: bool,
    answer: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !answer.status().is_success() {
        let freed = api.store.write::<_, StoreError, _>(move |tx| store::free(tx, &reservation)).await;
        if let Err(error) = freed {
            tracing::error!(%error, "an Idempotency-Key could not be freed");
        }
        return Ok(answer);
    }
    let (request, response) = answer.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| Problem::internal(error.to_string()))?;
    let (status, kept) = (head.status().as_u16(), (!secretive).then(|| body.to_vec()));
    let done = api.store.write::<_, StoreError, _>(move |tx| store::finish(tx, &reservation, status, kept)).await;
    if let Err(error) = done {
        tracing::error!(%error, "the answer under an Idempotency-Key could not be kept");
    }
    let mut response = head.set_body(BoxBody::new(body));
    if !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(ServiceResponse::new(request, response))
}
