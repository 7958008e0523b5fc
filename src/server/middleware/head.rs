//! HEAD is answered like GET, everywhere; the framework leaves the body away. Not where opening does something: a
//! forwarded request is the system's to answer, and a link that signs in is not used up by one who only looks.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

pub async fn answer_head_like_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD && is_only_looked_at(request.path()) {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

fn is_only_looked_at(path: &str) -> bool {
    let forwarded = path.strip_prefix("/api/v1/connections/").and_then(|rest| rest.split('/').nth(1)) == Some("proxy");
    !forwarded && !path.starts_with("/sign-in/") && !path.starts_with("/oauth/")
}

#[cfg(test)]
mod tests {
    use super::is_only_looked_at;

    #[test]
    fn what_does_something_is_left_alone() {
        for (path, wanted) in [
            ("/api/v1/connections/con_1", true),
            ("/api/v1/connections/con_1/proxy/a", false),
            ("/api/v1/connections/con_1/proxy", false),
            ("/sign-in/token", false),
            ("/oauth/callback", false),
            ("/sign-in", true),
            ("/", true),
        ] {
            assert_eq!(is_only_looked_at(path), wanted, "{path}");
        }
    }
}
