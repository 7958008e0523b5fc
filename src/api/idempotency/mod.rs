//! `Idempotency-Key` on creating requests: the first one is done, the same again gets the same answer, another body under
//! the same key is refused, and one in flight is told to wait. Keys belong to the API key that sent them and live a day.
//! What is kept opens with the sent key alone, which itself is kept as a keyed hash: an answer may show a secret once.

mod kept;
mod key;
mod store;

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use self::kept::{Kept, Sealed};
use self::store::{Found, Reservation};
use super::document;
use super::json;
use super::problem::{Code, Problem};
use super::state::Api;
use crate::access::Principal;
use crate::store::StoreError;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// A key that is taken for this request, and how its answer will be kept.
struct Reserved {
    row: Reservation,
    sealed: Sealed,
}

pub async fn once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let creates = request.method() == Method::POST
        && request.match_pattern().is_some_and(|pattern| document::creating().contains(&pattern));
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
        keep(&api, reservation, answer).await
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
) -> Result<(Reserved, web::Data<Api>, Option<HttpResponse>), Problem> {
    let Some(key) = key::read(given) else {
        let message = format!(
            "A key is a string of 1 to {} visible ASCII characters, quoted or not, for example \"a UUID\".",
            key::LIMIT
        );
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
    let sealed = Sealed::under(&api, &holder, &key)?;
    let reservation = Reservation { holder, key: sealed.name(), old_key: key, request_hash, at: now };
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
            let detail = "This was made by the first request under this Idempotency-Key. Its answer could not be kept; \
                          find the object in its list.";
            return Err(Problem::new(Code::Conflict, detail));
        }
        Found::Answer { status, body, sealed: true } => {
            let kept = sealed.open(&body).ok_or_else(|| Problem::internal("a kept answer does not open"))?;
            Some(kept.answer(status))
        }
        // Kept by version 0.1.0, for a day.
        Found::Answer { status, body, sealed: false } => {
            Some(Kept { body: String::from_utf8_lossy(&body).into_owned(), ..Kept::default() }.answer(status))
        }
    };
    let reserved = Reserved { row: reservation, sealed };
    Ok((reserved, api, replayed))
}

fn hash(api: &Api, request: &ServiceRequest, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut mac = Hmac::<Sha256>::new_from_slice(api.guard.request_key.expose()).map_err(Problem::internal)?;
    for part in [request.path().as_bytes(), request.query_string().as_bytes(), body] {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Keeps a success; anything else frees the key, so that the corrected request may use it.
async fn keep(
    api: &Api,
    reserved: Reserved,
    answer: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Reserved { row, sealed } = reserved;
    if !answer.status().is_success() {
        let freed = api.store.write::<_, StoreError, _>(move |tx| store::free(tx, &row)).await;
        if let Err(error) = freed {
            tracing::error!(%error, "an Idempotency-Key could not be freed");
        }
        return Ok(answer);
    }
    let (request, response) = answer.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| Problem::internal(error.to_string()))?;
    let kept = Kept::of(head.headers(), &body);
    let (status, kept) = (head.status().as_u16(), sealed.seal(&kept, api.random.as_ref()));
    let done = api.store.write::<_, StoreError, _>(move |tx| store::finish(tx, &row, status, kept)).await;
    if let Err(error) = done {
        tracing::error!(%error, "the answer under an Idempotency-Key could not be kept");
    }
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}
