//! Signing in and out. Never says which of e-mail and password was wrong.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::session;
use super::view::{SignInPage, safe_next};
use crate::access::AccessError;
use crate::base::Secret;
use crate::dashboard::answer;
use crate::dashboard::desk::Desk;
use crate::dashboard::fields::{FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit, inbound, session_cookie};

#[derive(serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    why: String,
}

/// The frame of a page before the sign-in, with the token of its form.
pub fn shell(desk: &Desk, request: &HttpRequest) -> Shell {
    Shell { csrf: session::gate_token(request, desk.random.as_ref()), ..desk.bare_shell(Nav::Nowhere, None) }
}

/// The page of the gate, with the cookie that belongs to its form.
pub fn answer_with(
    request: &HttpRequest,
    status: StatusCode,
    token: &str,
    page: &impl askama::Template,
) -> HttpResponse {
    let mut response = answer::page_with(request, status, page);
    session::keep_gate_token(request, &mut response, token);
    response
}

fn page(shell: Shell, next: &str, why: &str, email: &str, refused: String) -> SignInPage {
    let why = match why {
        "idle" => "You were signed out after 30 minutes without a click; nothing was lost.",
        "out" => "You are signed out.",
        _ => "",
    };
    SignInPage {
        shell,
        next: safe_next(next),
        why: why.into(),
        refused,
        email: FieldView::new(FieldKind::Email, "email", "E-mail").value(email).autocomplete("username"),
        password: FieldView::password("password", "Password").autocomplete("current-password"),
    }
}

pub async fn ask(
    desk: web::Data<Desk>,
    request: HttpRequest,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Failure> {
    if let Some(cookie) = request.cookie(session_cookie(inbound(&request).https)) {
        let state = desk.access.session(&Secret::new(cookie.value()), None).await?;
        if state.live().is_some() {
            return Ok(answer::see_other(&safe_next(&asked.next)));
        }
    }
    let shell = shell(&desk, &request);
    let token = shell.csrf.clone();
    let page = page(shell, &asked.next, &asked.why, "", String::new());
    Ok(answer_with(&request, StatusCode::OK, &token, &page))
}

pub async fn sign_in(
    desk: web::Data<Desk>,
    request: HttpRequest,
    sent: web::Form<Sent>,
) -> Result<HttpResponse, Failure> {
    session::accept(&request, &sent)?;
    let (email, password) = (sent.text("email"), Secret::new(sent.raw("password")));
    let (status, refused) = match desk.access.sign_in(&email, password, session::visitor(&request)).await {
        Ok(begun) => {
            let mut response = answer::see_other(&safe_next(sent.raw("next")));
            session::begin(&request, &mut response, &begun);
            return Ok(response);
        }
        Err(error @ AccessError::WrongCredentials) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        Err(error @ AccessError::Throttled { .. }) => (StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let shell = shell(&desk, &request);
    let token = shell.csrf.clone();
    let page = page(shell, sent.raw("next"), "", &email, refused);
    Ok(answer_with(&request, status, &token, &page))
}

pub async fn sign_out(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let inbound = inbound(&visit.request);
    if let Some(cookie) = visit.request.cookie(session_cookie(inbound.https)) {
        visit.desk.access.sign_out(&Secret::new(cookie.value()), Some(inbound.address.to_string())).await?;
    }
    // What was typed and not yet used, secrets among it, goes with the session.
    visit.desk.drafts.forget(&visit.viewer.csrf);
    let mut response = answer::see_other("/sign-in?why=out");
    session::end(&visit.request, &mut response);
    Ok(response)
}
