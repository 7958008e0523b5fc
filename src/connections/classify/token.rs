//! Rule 6: what the answer of a token endpoint means (RFC 6749, 5.2). Bodies may be empty or no JSON.

use super::system_rule::retry_after;
use super::{Context, Finding, Verdict, owner_is_operator, plain};
use crate::base::Reason;
use crate::upstream::Answer;

pub(super) fn judge(answer: &Answer, context: &Context<'_>) -> Verdict {
    // Where the sign-in alone is the proof, a token is a good answer.
    if (200..300).contains(&answer.status) && holds_token(&answer.text()) {
        return Verdict::new(13, "the token endpoint gave a token", Finding::Good);
    }
    let media = answer.media_type();
    let text = answer.text();
    let looks_like_html = media == "text/html" || text.trim_start().to_ascii_lowercase().starts_with("<!doctype html");
    let wait = answer.header("retry-after").and_then(|value| retry_after(value, context.now));
    if answer.status == 429 {
        return Verdict::new(6, "the token endpoint asks for fewer requests", Finding::Degraded(Reason::RateLimited))
            .wait(wait);
    }
    if answer.status >= 500 || looks_like_html {
        return Verdict::new(6, "the token endpoint is out of order", Finding::Unreachable(Reason::ServerError))
            .wait(wait);
    }
    // Where tokens are kept, a look asks the token endpoint for nothing but a refresh.
    let refreshed = context.auth.keeps_tokens();
    match error_code(&text).as_deref() {
        Some("invalid_grant") if refreshed => grant_refused("invalid_grant: the refresh is refused"),
        Some("invalid_grant") => Verdict::new(
            6,
            "invalid_grant: the sign-in is refused",
            Finding::Reauthorization(Reason::CredentialsRejected),
        ),
        Some(code @ ("invalid_client" | "unauthorized_client")) => client_refused(code, context),
        Some("temporarily_unavailable" | "server_error") => {
            Verdict::new(6, "the token endpoint is out of order", Finding::Unreachable(Reason::ServerError)).wait(wait)
        }
        Some("slow_down") => {
            Verdict::new(6, "the token endpoint asks for fewer requests", Finding::Degraded(Reason::RateLimited))
                .wait(wait)
        }
        Some(code @ ("invalid_scope" | "invalid_request" | "unsupported_grant_type")) => Verdict::new(
            12,
            format!("the token endpoint does not take the request ({code})"),
            Finding::Degraded(Reason::UnexpectedResponse),
        ),
        _ if matches!(answer.status, 400 | 401) && refreshed => {
            grant_refused("the refresh is refused without a known error")
        }
        _ if matches!(answer.status, 400 | 401) => client_refused("a refusal without a known error", context),
        _ if answer.status == 403 => plain::forbidden(),
        _ => Verdict::new(
            12,
            "the token endpoint's answer holds no token",
            Finding::Degraded(Reason::UnexpectedResponse),
        ),
    }
}

fn grant_refused(what: &str) -> Verdict {
    Verdict::new(6, what, Finding::Reauthorization(Reason::TokenRevoked))
}

/// Where the client is ours, it is the application's fault; where it is the customer's own, it is their credential.
fn client_refused(what: &str, context: &Context<'_>) -> Verdict {
    if owner_is_operator(context.auth) {
        Verdict::new(6, format!("{what}: our application is refused"), Finding::Application)
    } else {
        Verdict::new(6, format!("{what}: the client is refused"), Finding::Reauthorization(Reason::CredentialsRejected))
    }
}

fn holds_token(text: &str) -> bool {
    let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
    document.is_some_and(|document| document.get("access_token").is_some_and(serde_json::Value::is_string))
}

fn error_code(text: &str) -> Option<String> {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        return value.get("error")?.as_str().map(str::to_owned);
    }
    text.split('&').find_map(|pair| pair.strip_prefix("error=")).map(str::to_owned)
}
