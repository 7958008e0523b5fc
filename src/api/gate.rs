//! Before and after every handler: looks at the key, so that nothing is read from a caller without one; puts the
//! request's id into problems; logs what must stay inside.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, web};

use super::caller::{bearer, unauthenticated};
use super::limits::tell_attempts;
use super::problem::{Code, Problem};
use super::refusals;
use super::state::Api;
use crate::access::Principal;
use crate::base::Inbound;

pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let Some(api) = request.app_data::<web::Data<Api>>().cloned() else {
        let answer = Problem::internal("the API has no state").answer(&inbound.request_id);
        return Ok(request.into_response(answer));
    };
    let held = holder(&api, &request, &inbound);
    let standing = match &held {
        // The system behind a connection has limits of its own, and tells them.
        Ok(_) if is_proxied(request.path()) => None,
        Ok(principal) => {
            Some(api.guard.limits.admit_key(principal.actor.id.as_deref().unwrap_or(&principal.actor.name)))
        }
        Err(_) => Some(api.guard.limits.admit_address(inbound.address)),
    };
    let refused = standing.and_then(Result::err).map(|standing| standing.problem());
    let standing = standing.map(|standing| standing.unwrap_or_else(|refused| refused));
    let tell = |mut answer: ServiceResponse<BoxBody>| {
        if let Some(standing) = &standing {
            standing.tell(answer.headers_mut());
        }
        answer
    };
    let principal = match (held, refused) {
        (Ok(principal), None) => principal,
        (_, Some(problem)) | (Err(problem), None) => {
            log(&problem, &inbound);
            return Ok(tell(request.into_response(problem.answer(&inbound.request_id))));
        }
    };
    let what = format!("{} {}", request.method(), request.path().chars().take(200).collect::<String>());
    request.extensions_mut().insert(principal.clone());
    let answer = next.call(request).await?.map_into_boxed_body();
    let Some(problem) = problem_of(answer.response()) else { return Ok(tell(answer)) };
    log(&problem, &inbound);
    if problem.code == Code::Forbidden {
        refusals::note(&api, &principal, what).await;
    }
    let (request, _) = answer.into_parts();
    let mut answer = problem.answer(&inbound.request_id);
    if let Some(wait) = problem.retry_after.filter(|_| problem.code == Code::RateLimited) {
        tell_attempts(answer.headers_mut(), wait);
    }
    Ok(tell(ServiceResponse::new(request, answer)))
}

/// Whether the path is one of the proxy: what follows is a connected system's.
pub fn is_proxied(path: &str) -> bool {
    path.strip_prefix("/api/v1/connections/").and_then(|rest| rest.split('/').nth(1)) == Some("proxy")
}

fn holder(api: &Api, request: &ServiceRequest, inbound: &Inbound) -> Result<Principal, Problem> {
    let key = bearer(request.headers()).ok_or_else(unauthenticated)?;
    api.access.authenticate(key.expose(), Some(&inbound.address.to_string())).ok_or_else(unauthenticated)
}

/// What a handler or an extractor refused; also what the framework itself refused, in the contract's words.
fn problem_of(answer: &HttpResponse) -> Option<Problem> {
    if let Some(error) = answer.error() {
        if let Some(problem) = error.as_error::<Problem>() {
            return Some(problem.clone());
        }
        return Some(match answer.status() {
            StatusCode::NOT_FOUND => Problem::not_found("address"),
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::PayloadTooLarge, "The body is too large. Send less."),
            status if status.is_client_error() => Problem::invalid_field("", error.to_string()),
            _ => Problem::internal(error),
        });
    }
    None
}

fn log(problem: &Problem, inbound: &Inbound) {
    if let Some(internal) = &problem.internal {
        tracing::error!(request_id = %inbound.request_id, code = problem.code.as_str(), %internal, "a request failed");
    }
}

/// No such address below `/api/v1`.
pub async fn nothing_here() -> Problem {
    let detail = "There is nothing at this address of the API. See its description for what there is.";
    Problem::new(Code::NotFound, detail)
}
