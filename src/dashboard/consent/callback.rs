//! Coming back: each way in which this can end has a page that says what happened and what to do. Operators see it here;
//! a customer goes on to the portal, which tells it in the customer's language.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;

use super::begin::browser;
use crate::base::{Secret, Status};
use crate::dashboard::answer;
use crate::dashboard::desk::Desk;
use crate::dashboard::gate::errors::OutsideErrorPage;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::inbound;
use crate::oauth::{Callback, Deed, Face, Finished, Outcome, Unfinished, Why};

/// More of one parameter is no answer of an authorization server.
const LONGEST: usize = 8 * 1024;

pub async fn come_back(desk: web::Data<Desk>, request: HttpRequest) -> HttpResponse {
    let callback = Callback { browser: browser(&request), ..read(request.query_string()) };
    match desk.oauth.finish(callback).await {
        Ok(finished) => done(&desk, finished),
        Err(unfinished) => not_done(&desk, &request, *unfinished),
    }
}

/// The parameters; one that stands there twice counts for nothing (RFC 6749, 3.1).
fn read(query: &str) -> Callback {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let value = |wanted: &str| {
        let mut found = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name) == wanted).then(|| decoded(value))
        });
        let first = found.next().filter(|value| value.len() <= LONGEST && !value.is_empty());
        first.filter(|_| found.next().is_none())
    };
    Callback {
        state: value("state"),
        code: value("code").map(Secret::new),
        error: value("error"),
        error_description: value("error_description"),
        iss: value("iss"),
        browser: None,
    }
}

fn done(desk: &Desk, finished: Finished) -> HttpResponse {
    if finished.face == Face::Portal {
        return answer::see_other(&with_ticket(desk, &finished.return_to, Outcome::Done(finished.deed)));
    }
    let name = &finished.connection.name;
    let said = match (finished.connection.status, finished.deed) {
        (Status::Inactive, _) => format!("“{name}” is kept inactive until credits are granted."),
        (_, Deed::Connected) => format!("“{name}” is connected."),
        (_, Deed::Reconnected) => format!("Reconnected: {} lets us in again.", finished.system_name),
    };
    answer::see_other_saying(&format!("/connections/{}", finished.connection.id), &said)
}

fn not_done(desk: &Desk, request: &HttpRequest, unfinished: Unfinished) -> HttpResponse {
    let request_id = inbound(request).request_id;
    tracing::warn!(%request_id, why = why_word(&unfinished.why), "a sign-in at an authorization server did not end well");
    let system = unfinished.system_name.as_deref().unwrap_or("The system");
    let (title, text) = unfinished.why.words(system);
    let mut ways = vec![("/".to_owned(), "Overview".to_owned())];
    match unfinished.back {
        Some((Face::Portal, back)) => {
            let reason = unfinished.why.reason();
            return answer::see_other(&with_ticket(desk, &back, Outcome::NotDone { title, text, reason }));
        }
        Some((Face::Dashboard, back)) => ways.insert(0, (back, "Begin again".into())),
        // Nobody knows where this browser came from; it may be a customer's.
        None => ways.clear(),
    }
    let shell = desk.bare_shell(Nav::Nowhere, None);
    answer::page_with(request, status(&unfinished.why), &OutsideErrorPage { shell, title, text, request_id, ways })
}

fn with_ticket(desk: &Desk, path: &str, outcome: Outcome) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}sign_in={}", desk.oauth.leave(outcome))
}

fn status(why: &Why) -> StatusCode {
    match why {
        Why::Malformed => StatusCode::BAD_REQUEST,
        Why::Expired => StatusCode::GONE,
        Why::Replayed => StatusCode::CONFLICT,
        Why::Foreign => StatusCode::FORBIDDEN,
        Why::WrongIssuer { .. } | Why::Denied | Why::Refused { .. } | Why::Failed(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// For the log: no values.
fn why_word(why: &Why) -> String {
    match why {
        Why::Malformed => "malformed".into(),
        Why::Expired => "expired".into(),
        Why::Replayed => "replayed".into(),
        Why::Foreign => "foreign browser".into(),
        Why::WrongIssuer { found } => format!("wrong issuer {found:?}"),
        Why::Denied => "denied".into(),
        Why::Refused { error, .. } => format!("refused: {error:?}"),
        Why::Failed(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_count_once() {
        let callback = read("state=a%20b&code=c+d&iss=https%3A%2F%2Fidp.example&error_description=");
        assert_eq!(callback.state.as_deref(), Some("a b"));
        assert_eq!(callback.code.map(|code| code.expose().to_owned()).as_deref(), Some("c d"));
        assert_eq!(callback.iss.as_deref(), Some("https://idp.example"));
        assert_eq!(callback.error_description, None);
        assert_eq!(read("state=a&state=b").state, None);
        assert_eq!(read("").state, None);
    }
}
