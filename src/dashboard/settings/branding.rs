//! What customers see of the operator: name, logo, colour, whom to ask. A form with a file, a look before it counts, and
//! nothing lost when something needs a change: a good file waits in memory until the form is right.

use std::sync::Arc;

use actix_multipart::Multipart;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use actix_web::{HttpResponse, web};

use super::branding_view::{BrandingPage, LogoView, Look, PreviewPage, Typed};
use crate::access::Permission;
use crate::dashboard::answer;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::{Nav, Theme};
use crate::dashboard::upload::{self, Uploaded};
use crate::dashboard::visit::{Failure, Visit};
use crate::instance::{Branding, ChangeBranding, Colour, LARGEST_LOGO, Logo, LogoChange, LogoError};

/// The look of the portal's page is shown inside our own page; it runs nothing.
const PREVIEW_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; base-uri 'none'";
const CURRENT: &str = "current";

/// Which picture the form is about.
#[derive(Clone)]
enum Picked {
    /// The one that is saved, or none.
    Saved,
    Removed,
    /// One that waits: its ticket and itself.
    Fresh(String, Arc<Logo>),
}

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let typed = Typed::of(&visit.desk.instances.branding());
    let page = build(&visit, typed, &Picked::Saved, FieldErrors::none()).await;
    Ok(visit.page(&page))
}

pub async fn change(visit: Visit, form: Multipart) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let upload = upload::read(form, "logo", LARGEST_LOGO).await?;
    visit.accept(&upload.sent)?;
    let typed = Typed::sent(&upload.sent);
    let (picked, refused) = pick(&visit, &upload.sent.text("ticket"), upload.sent.is_on("remove_logo"), upload.file);
    let now = visit.desk.instances.branding();
    let change = ChangeBranding {
        name: typed.name.clone(),
        colour: typed.colour.clone(),
        contact: typed.contact.clone(),
        logo: match &picked {
            Picked::Saved => LogoChange::Keep,
            Picked::Removed => LogoChange::Remove,
            Picked::Fresh(_, logo) => LogoChange::Replace(logo.bytes.clone()),
        },
    };
    let branding = change.apply(&now);
    let mut errors: FieldErrors = branding.as_ref().err().cloned().map(FieldErrors::from).unwrap_or_default();
    if let Some(error) = refused {
        errors.add("logo", error.to_string());
    }
    match branding {
        Ok(branding) if errors.is_empty() && upload.sent.text("do") != "preview" => save(&visit, branding).await,
        _ if errors.is_empty() => Ok(visit.page(&build(&visit, typed, &picked, errors).await)),
        _ => Ok(visit.page_again(&build(&visit, typed, &picked, errors).await)),
    }
}

async fn save(visit: &Visit, branding: Branding) -> Result<HttpResponse, Failure> {
    let desk = &visit.desk;
    let changed = desk.instances.brand(visit.who(), (&desk.store, &desk.audit, desk.clock.as_ref()), branding).await?;
    let said =
        if changed { "Saved. The portal and mails to customers use it from now on." } else { "Nothing was changed." };
    Ok(answer::see_other_saying("/settings/branding", said))
}

/// The picture that the form means, and why a new one is none.
fn pick(visit: &Visit, ticket: &str, remove: bool, file: Uploaded) -> (Picked, Option<LogoError>) {
    let waiting = || {
        let logo = visit.desk.logos.look(&visit.viewer.csrf, ticket, visit.desk.clock.now());
        logo.map_or(Picked::Saved, |logo| Picked::Fresh(ticket.to_owned(), logo))
    };
    match file {
        _ if remove => (Picked::Removed, None),
        Uploaded::None => (waiting(), None),
        Uploaded::TooLarge => (waiting(), Some(LogoError::Large)),
        Uploaded::File(bytes) => match Logo::read(bytes) {
            Ok(logo) => {
                let (desk, logo) = (&visit.desk, Arc::new(logo));
                let kept = Arc::clone(&logo);
                let ticket = desk.logos.keep(&visit.viewer.csrf, kept, desk.clock.now(), desk.random.as_ref());
                (Picked::Fresh(ticket, logo), None)
            }
            Err(error) => (waiting(), Some(error)),
        },
    }
}

async fn build(visit: &Visit, typed: Typed, picked: &Picked, errors: FieldErrors) -> BrandingPage {
    let (instances, shell) = (&visit.desk.instances, visit.still_shell(Nav::Settings).await);
    let saved = instances.branding();
    let view = |which: &str, logo: &Logo, fresh: bool| LogoView::new(which, logo, fresh);
    let logo = match picked {
        Picked::Saved => saved.logo.as_deref().map(|logo| view(CURRENT, logo, false)),
        Picked::Removed => None,
        Picked::Fresh(ticket, logo) => Some(view(ticket, logo, true)),
    };
    let colour = Colour::parse(&typed.colour).and_then(Colour::readable).ok();
    let look = Look {
        name: if typed.name.is_empty() { shell.instance_name.clone() } else { typed.name.clone() },
        contact: typed.contact.clone(),
        colour,
        logo: logo.as_ref().map(|logo| logo.which.clone()),
    };
    let removed = matches!(picked, Picked::Removed) && saved.logo.is_some();
    BrandingPage::new(shell, &typed, errors, logo, removed, &look)
}

/// The page inside the page: what a customer would see.
pub async fn preview(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let text = |name: &str| visit.list.value(name).unwrap_or_default().to_owned();
    let look = Look {
        name: text("name"),
        contact: text("contact"),
        colour: Colour::parse(&text("colour")).and_then(Colour::readable).ok(),
        logo: Some(text("logo")).filter(|which| !which.is_empty()),
    };
    let theme = if text("theme") == "dark" { Theme::Dark } else { Theme::Light };
    let mut response = visit.page(&PreviewPage::new(look, theme));
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, actix_web::http::header::HeaderValue::from_static(PREVIEW_POLICY));
    headers.insert(X_FRAME_OPTIONS, actix_web::http::header::HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}

/// The accent alone, as the portal sets it.
pub async fn stylesheet(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let colour = Colour::parse(visit.list.value("colour").unwrap_or_default());
    let colour = colour.and_then(Colour::readable).map_err(|_| Failure::Trouble(Trouble::NotFound))?;
    let accent = colour.accent(visit.list.value("theme") == Some("dark"));
    Ok(HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!(".portal {{ {} }}\n", accent.rules())))
}

/// The saved logo, or one that waits.
pub async fn logo(visit: Visit, which: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let logo = match which.as_str() {
        CURRENT => visit.desk.instances.branding().logo.clone(),
        ticket => visit.desk.logos.look(&visit.viewer.csrf, ticket, visit.desk.clock.now()),
    };
    let logo = logo.ok_or(Failure::Trouble(Trouble::NotFound))?;
    Ok(HttpResponse::Ok()
        .content_type(logo.media_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(logo.bytes.clone()))
}
