//! One-time links: the set-up of the appliance, the first password of somebody, the demo's way straight in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::sign_in::{answer_with, shell};
use super::view::{ChoosePasswordPage, LinkOverPage};
use super::{session, setup};
use crate::access::{AccessError, LEAST_PASSWORD, Link, Purpose};
use crate::base::Secret;
use crate::dashboard::answer;
use crate::dashboard::desk::Desk;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::visit::Failure;

/// `GET /setup/{token}`: what the link is for decides the page.
pub async fn open(
    desk: web::Data<Desk>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let link = desk.access.link(&Secret::new(token.as_str())).await?;
    match link.as_ref().map(|link| link.purpose) {
        Some(Purpose::Setup) => Ok(setup::page(&desk, &request, &token, &Sent::default(), FieldErrors::none(), link)),
        Some(Purpose::Invite | Purpose::Recover) => {
            Ok(password_page(&desk, &request, &token, FieldErrors::none(), link))
        }
        Some(Purpose::SignIn) | None => Ok(over(&desk, &request)),
    }
}

/// `POST /setup/{token}`.
pub async fn follow(
    desk: web::Data<Desk>,
    request: HttpRequest,
    token: web::Path<String>,
    sent: web::Form<Sent>,
) -> Result<HttpResponse, Failure> {
    session::accept(&request, &sent)?;
    let secret = Secret::new(token.as_str());
    let link = desk.access.link(&secret).await?;
    match link.as_ref().map(|link| link.purpose) {
        Some(Purpose::Setup) => setup::set_up(&desk, &request, &token, &sent, link).await,
        Some(Purpose::Invite | Purpose::Recover) => {
            let password = Secret::new(sent.raw("password"));
            match desk.access.choose_password(&secret, password, session::visitor(&request)).await {
                Ok(begun) => {
                    let mut response = answer::see_other_saying("/", "Your password is set.");
                    session::begin(&request, &mut response, &begun);
                    Ok(response)
                }
                Err(AccessError::Invalid(faults)) => Ok(password_page(&desk, &request, &token, faults.into(), link)),
                Err(AccessError::LinkOver) => Ok(over(&desk, &request)),
                Err(error) => Err(error.into()),
            }
        }
        Some(Purpose::SignIn) | None => Ok(over(&desk, &request)),
    }
}

/// `GET /sign-in/{token}`: the demo's link signs in when it is opened.
pub async fn straight_in(
    desk: web::Data<Desk>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    match desk.access.sign_in_by_link(&Secret::new(token.as_str()), session::visitor(&request)).await {
        Ok(begun) => {
            let mut response = answer::see_other("/");
            session::begin(&request, &mut response, &begun);
            Ok(response)
        }
        Err(AccessError::LinkOver) => Ok(over(&desk, &request)),
        Err(error) => Err(error.into()),
    }
}

fn password_page(
    desk: &Desk,
    request: &HttpRequest,
    token: &str,
    errors: FieldErrors,
    link: Option<Link>,
) -> HttpResponse {
    let shell = shell(desk, request);
    let gate = shell.csrf.clone();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let user = link.and_then(|link| link.user);
    let help = format!("At least {LEAST_PASSWORD} characters. A sentence is fine; spaces count.");
    let page = ChoosePasswordPage {
        shell,
        token: token.into(),
        name: user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        email: user.map(|user| user.email).unwrap_or_default(),
        password: FieldView::password("password", "Password").help(help).autocomplete("new-password").errors(&errors),
        errors,
    };
    answer_with(request, status, &gate, &page)
}

/// The link was used, or has ended, or never was.
pub fn over(desk: &Desk, request: &HttpRequest) -> HttpResponse {
    let page = LinkOverPage {
        shell: desk.bare_shell(crate::dashboard::shell::Nav::Nowhere, None),
        title: "This link has ended".into(),
        text: "This link has been used or has ended. Run this on the server to get a new one.".into(),
        command: "junctionbox setup-link".into(),
    };
    answer::page_with(request, StatusCode::GONE, &page)
}

/// How long a link still works.
pub fn ends_in(link: Option<&Link>, desk: &Desk) -> String {
    link.map_or_else(String::new, |link| format::span(link.expires_at.since(desk.clock.now())))
}
