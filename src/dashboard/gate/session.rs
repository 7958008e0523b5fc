//! The cookie of a session, and the token of forms that are sent before there is one.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::HEXLOWER;

use crate::access::{NewSession, Visitor};
use crate::base::Random;
use crate::dashboard::forms::{self, Sent};
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::visit::{Failure, inbound, session_cookie};

/// Holds the same random text as the form: another site can neither read nor set it.
const GATE: &str = "jbx_gate";

fn cookie(name: &'static str, value: String, https: bool) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(https).same_site(SameSite::Lax).finish()
}

fn set(answer: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = answer.add_cookie(cookie) {
        tracing::error!(%error, "a cookie could not be set");
    }
}

/// Gives the browser its session.
pub fn begin(request: &HttpRequest, answer: &mut HttpResponse, session: &NewSession) {
    let https = inbound(request).https;
    set(answer, &cookie(session_cookie(https), session.token.expose().to_owned(), https));
    end_gate(answer, https);
}

/// Takes it away.
pub fn end(request: &HttpRequest, answer: &mut HttpResponse) {
    let https = inbound(request).https;
    let mut gone = cookie(session_cookie(https), String::new(), https);
    gone.make_removal();
    set(answer, &gone);
}

fn end_gate(answer: &mut HttpResponse, https: bool) {
    let mut gone = cookie(GATE, String::new(), https);
    gone.make_removal();
    set(answer, &gone);
}

/// The token of this browser's forms: the one it has, or a new one.
pub fn gate_token(request: &HttpRequest, random: &dyn Random) -> String {
    let known = request.cookie(GATE).map(|cookie| cookie.value().to_owned()).filter(|token| token.len() == 48);
    known.unwrap_or_else(|| {
        let mut bytes = [0u8; 24];
        random.fill(&mut bytes);
        HEXLOWER.encode(&bytes)
    })
}

/// Gives the browser the token that the page's form carries.
pub fn keep_gate_token(request: &HttpRequest, answer: &mut HttpResponse, token: &str) {
    set(answer, &cookie(GATE, token.to_owned(), inbound(request).https));
}

/// A form before the sign-in counts only when it comes from our own page.
pub fn accept(request: &HttpRequest, sent: &Sent) -> Result<(), Failure> {
    let known = request.cookie(GATE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let ours = forms::is_same_origin(request) && sent.has_token(&known);
    if ours { Ok(()) } else { Err(Trouble::Stale.into()) }
}

pub fn visitor(request: &HttpRequest) -> Visitor {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Visitor { address: Some(inbound(request).address.to_string()), user_agent: agent.map(str::to_owned) }
}
