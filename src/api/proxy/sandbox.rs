//! The system `sandbox` answers by itself: there is nothing to send to. Its status decides as every other's does, but without
//! trial requests: what was simulated stays.

use std::time::Duration;

use actix_web::HttpResponse;
use serde_json::json;

use crate::access::Principal;
use crate::api::problem::{Problem, of_proxy};
use crate::api::state::Api;
use crate::base::{ConnectionId, Status};
use crate::connections::is_simulated;
use crate::proxy::{ProxyError, Refusal};

/// The answer to a request through a connection of the sandbox; `None` for every other connection.
pub(super) fn answer(
    api: &Api,
    who: &Principal,
    id: ConnectionId,
    method: &str,
    raw: &str,
) -> Option<Result<HttpResponse, Problem>> {
    let connection = api.connections.find(who, id).ok()?;
    let simulated = api.catalogue.find(&connection.system).is_some_and(|system| is_simulated(system));
    if !simulated {
        return None;
    }
    let passed = match connection.status {
        Status::Unreachable => {
            let retry_after = api.proxy.next_trial(id).max(Duration::from_secs(1));
            Err(ProxyError::Refused { connection, refusal: Refusal::Unreachable { retry_after } })
        }
        _ => api.proxy.would_send(who, id, raw),
    };
    Some(passed.map_err(|error| of_proxy(api, who, error)).map(|()| {
        let echo = json!({ "sandbox": true, "method": method, "path": raw });
        HttpResponse::Ok().insert_header(("Junctionbox-Upstream", "true")).json(echo)
    }))
}
