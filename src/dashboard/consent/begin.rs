//! Beginning: a link of ours becomes the way to the authorization server. A link and no form, since `form-action` would
//! block the redirect; it counts only from our own pages.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::access::Permission;
use crate::base::{ConnectionId, Secret};
use crate::connections::{Consent, NewAuth, NewCredentials};
use crate::dashboard::connect::{Draft, consent_of};
use crate::dashboard::connection::handlers::find;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::visit::{Failure, Visit, inbound};
use crate::oauth::{Begin, Face, LIFETIME, cookie_name};
use crate::systems::System;

/// The choice among the applications that are registered for a system.
pub fn application_field(visit: &Visit, system: &System, draft: &Draft, errors: &FieldErrors) -> Option<FieldView> {
    let registered = visit.desk.applications.of_system(&system.slug);
    let chosen = draft.public.get("application_id").cloned();
    let chosen = chosen.or_else(|| registered.first().map(|one| one.id.to_string())).unwrap_or_default();
    let choices = registered.iter().map(|one| (one.id.to_string(), one.name.clone()));
    (!registered.is_empty()).then(|| {
        FieldView::new(FieldKind::Select, "auth.application_id", "OAuth application")
            .choices(choices, &chosen)
            .help("Your registration at the vendor.")
            .errors(errors)
    })
}

/// With what was typed a moment ago.
pub async fn with_draft(visit: Visit, ticket: web::Path<String>) -> Result<HttpResponse, Failure> {
    ours(&visit)?;
    let desk = &visit.desk;
    let Some(draft) = desk.drafts.look(&visit.viewer.csrf, &ticket, desk.clock.now()) else {
        let text = "What was entered waited for longer than 10 minutes. Enter it again.";
        return Err(Trouble::Conflict(text.into()).into());
    };
    let system = desk.catalogue.find(&draft.system).cloned().ok_or(Trouble::NotFound)?;
    let back = match draft.connection_id.as_str() {
        "" => format!("/connections/new?customer_id={}&system={}", draft.customer_id, draft.system),
        id => format!("/connections/{id}/reconnect"),
    };
    let consent = consent_of(&draft, &system).map_err(|_| Trouble::NotFound)?;
    go(&visit, consent, back).await
}

/// With what is stored: the person only allows the access once more.
pub async fn again(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    ours(&visit)?;
    let connection = find(&visit, &id)?;
    let auth = NewAuth { scheme: connection.scheme.as_str().into(), fields: std::collections::BTreeMap::new() };
    let new = NewCredentials { auth, base_url: None, parameters: None, allow_identity_change: false };
    let id: ConnectionId = connection.id;
    go(&visit, Consent::Reconnect { id, chosen: None, new: Box::new(new) }, format!("/connections/{id}/reconnect"))
        .await
}

fn ours(visit: &Visit) -> Result<(), Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    if forms::is_same_origin(&visit.request) { Ok(()) } else { Err(Trouble::Stale.into()) }
}

async fn go(visit: &Visit, consent: Consent, back: String) -> Result<HttpResponse, Failure> {
    let begun = visit
        .desk
        .oauth
        .begin(Begin {
            who: visit.who().clone(),
            consent,
            face: Face::Dashboard,
            return_to: back,
            browser: browser(&visit.request),
            after: None,
        })
        .await?;
    let https = inbound(&visit.request).https;
    let seconds = i64::try_from(LIFETIME.as_secs()).unwrap_or(600);
    let cookie = Cookie::build(cookie_name(https), begun.browser.expose().to_owned())
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(seconds))
        .finish();
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, begun.authorize_url))
        .insert_header((CACHE_CONTROL, "no-store"))
        .cookie(cookie)
        .finish())
}

/// The secret of this browser's sign-ins.
pub(super) fn browser(request: &HttpRequest) -> Option<Secret> {
    request.cookie(cookie_name(inbound(request).https)).map(|cookie| Secret::new(cookie.value()))
}
