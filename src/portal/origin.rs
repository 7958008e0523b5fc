//! Whether a sent form comes from our own page. The address of a link is itself the secret; this refuses a page of
//! another site all the same that got hold of one.

use actix_web::HttpRequest;

/// Browsers say where a request comes from; what says nothing is no browser. (`Origin` is `null` on a page without
/// referrers, so it says nothing here.)
pub fn is_ours(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}
