//! The button that leads to the system's own sign-in page, and what the customer reads who comes back. What the other page
//! said is not repeated: only what it means and what to do.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::web;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::answers::About;
use super::connect::{self, Shown};
use super::form::{Subject, Typed};
use super::visit::{Visit, enter};
use super::{Portal, origin};
use crate::base::{Inbound, Secret};
use crate::connections::{ChosenSystem, ConnectionError, Consent, OpenedLink};
use crate::links::LinkState;
use crate::oauth::{Begin, Begun, Face, LIFETIME, Outcome, cookie_name};
use crate::systems::Auth;

/// Name of the ticket in the address to which the customer comes back.
const TICKET: &str = "sign_in";

/// `GET /portal/{token}/sign-in`: on to the system's own page, with what was chosen so far.
pub async fn start(portal: web::Data<Portal>, request: HttpRequest, token: web::Path<String>) -> HttpResponse {
    let (visit, opened) = match enter(portal, request, &token).await {
        Ok(entered) => entered,
        Err(page) => return page,
    };
    if let LinkState::Ended(end) = opened.state {
        return visit.over(&opened, end);
    }
    let typed = Typed::of_query(visit.query());
    let subject = connect::subject(&visit, &opened, &typed);
    let way = subject.as_ref().and_then(|subject| Some((subject, subject.way(&typed)?.1)));
    let (Some((subject, auth)), true) = (way, origin::is_ours(visit.request())) else {
        return connect::show(&visit, &opened);
    };
    // Each beginning is kept in memory for a while: nobody shall fill it up for the others.
    if let Some(answer) = visit.slowed_sign_in(&opened) {
        return answer;
    }
    match begin(&visit, &opened, subject, auth, &typed).await {
        Ok(begun) => HttpResponse::SeeOther()
            .insert_header((LOCATION, begun.authorize_url.as_str()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .cookie(cookie(visit.request(), &begun))
            .finish(),
        Err(error) => connect::refused(&visit, subject, &typed, &error).await,
    }
}

/// A sent form with the fields that come before the sign-in: the page with the button.
pub async fn prepared(
    visit: &Visit,
    opened: &OpenedLink,
    subject: &Subject,
    auth: &Auth,
    typed: &Typed,
) -> HttpResponse {
    match begin(visit, opened, subject, auth, typed).await {
        Ok(begun) => {
            let mut answer = connect::form(
                visit,
                subject,
                typed,
                Shown { sign_in: Some(begun.authorize_url.clone()), ..Shown::default() },
            );
            // Without its cookie the sign-in is told later that it belongs to another browser.
            let _ = answer.add_cookie(&cookie(visit.request(), &begun));
            answer
        }
        Err(error) => connect::refused(visit, subject, typed, &error).await,
    }
}

async fn begin(
    visit: &Visit,
    opened: &OpenedLink,
    subject: &Subject,
    auth: &Auth,
    typed: &Typed,
) -> Result<Begun, ConnectionError> {
    let hosting = typed.hosting.clone().unwrap_or_default();
    let chosen = ChosenSystem { system: subject.system.slug.clone(), hosting };
    let consent = Consent::Reconnect {
        id: opened.connection.id,
        chosen: (!opened.connection.has_credentials()).then_some(chosen),
        new: Box::new(subject.credentials(auth, typed)),
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !opened.connection.has_system() {
        query.append_pair("system", &subject.system.slug);
    }
    if let Some(way) = typed.way {
        query.append_pair("way", &way.to_string());
    }
    let (path, query) = (visit.link_path(), query.finish());
    visit
        .portal
        .oauth
        .begin(Begin {
            who: opened.who.clone(),
            consent,
            face: Face::Portal,
            return_to: if query.is_empty() { path } else { format!("{path}?{query}") },
            browser: browser(visit.request()),
            after: None,
        })
        .await
}

/// How the sign-in ended from which the customer comes back; told once.
pub fn outcome(visit: &Visit) -> Option<Outcome> {
    let mut query = url::form_urlencoded::parse(visit.query().as_bytes());
    let (_, ticket) = query.find(|(name, _)| name == TICKET)?;
    visit.portal.oauth.outcome(&ticket)
}

/// What did not work, in the customer's words.
pub fn answer(about: &About<'_>, outcome: &Outcome) -> Option<super::answers::Said> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::NotDone { reason, .. } => Some(about.sign_in_ended(*reason)),
    }
}

fn https(request: &HttpRequest) -> bool {
    request.extensions().get::<Inbound>().is_some_and(|inbound| inbound.https)
}

fn browser(request: &HttpRequest) -> Option<Secret> {
    request.cookie(cookie_name(https(request))).map(|cookie| Secret::new(cookie.value()))
}

fn cookie(request: &HttpRequest, begun: &Begun) -> Cookie<'static> {
    let https = https(request);
    Cookie::build(cookie_name(https), begun.browser.expose().to_owned())
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(i64::try_from(LIFETIME.as_secs()).unwrap_or(600)))
        .finish()
}
