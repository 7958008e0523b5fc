//! Counts, and logs in one line, each answered request: id, method, path, status, time. Never a query, and never the token in the path of a
//! link: they open doors.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use crate::base::Inbound;
use crate::server::metrics::Counters;

pub async fn log_access(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begin = Instant::now();
    let method = request.method().clone();
    let path = shown_path(request.path());
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let counters = request.app_data::<web::Data<Counters>>().cloned();
    let answer = next.call(request).await?;
    let status = answer.status().as_u16();
    let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Some(counters) = counters {
        counters.request_answered(method.as_str(), status);
    }
    tracing::info!(
        target: "access",
        request_id = %inbound.request_id, client = %inbound.address, %method, %path, status, ms, "answered"
    );
    Ok(answer)
}

/// The path without tokens and without control characters, at most 200 letters.
fn shown_path(path: &str) -> String {
    let hide = ["/setup/", "/portal/", "/sign-in/"].into_iter().find(|prefix| path.starts_with(prefix));
    match hide {
        Some(prefix) => format!("{prefix}…"),
        None => path.chars().filter(|letter| !letter.is_control()).take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown_path;

    #[test]
    fn tokens_do_not_get_into_the_log() {
        assert_eq!(shown_path("/portal/lnk_abc/secret"), "/portal/…");
        assert_eq!(shown_path("/setup/x"), "/setup/…");
        assert_eq!(shown_path("/connections/con_1"), "/connections/con_1");
    }
}
