//! When an answer to a kept session or token means “sign in again”: a 401, a rule that says so, or a sign-in page.

use super::Target;
use super::http::Reply;
use crate::systems::{AnswerView, Meaning, RulePlace, first_match};

/// The system's own rules come first: a 401 that one of them reads as something else is no dead session.
pub(super) fn wants_renewal(target: &Target, reply: &Reply, https: bool) -> bool {
    if !target.auth.scheme.is_renewable() {
        return false;
    }
    let view =
        AnswerView { place: RulePlace::Api, status: reply.status, headers: &reply.headers, body: &reply.body, https };
    match first_match(&target.system.rules, &view) {
        // An idle session is no dead password: both are renewed once.
        Some(rule) => matches!(rule.meaning, Meaning::Renew | Meaning::Reauthorization),
        None => reply.status == 401 || is_sign_in_page(reply),
    }
}

/// A redirect, or a page with a password field, where data was expected.
fn is_sign_in_page(reply: &Reply) -> bool {
    if matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        let to = reply.header("location").unwrap_or_default().to_ascii_lowercase();
        return ["login", "logon", "signin", "sign-in", "auth"].iter().any(|word| to.contains(word));
    }
    reply.status == 200 && reply.is_html() && {
        let body = String::from_utf8_lossy(&reply.body).to_ascii_lowercase();
        body.contains("type=\"password\"") || body.contains("type='password'") || body.contains("type=password")
    }
}
