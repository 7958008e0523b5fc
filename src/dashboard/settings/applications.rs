//! OAuth applications: your registrations at vendors. Listed, registered, changed, ended; with what depends on each, and
//! since when a vendor refuses it.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};

use super::application_form::{changed, fields, registered};
use super::application_view::{ApplicationPage, ApplicationRow, ApplicationsPage, Dependent};
use super::tabs;
use crate::access::Permission;
use crate::applications::{APPLICATION_ID, Application, ApplicationError};
use crate::base::{ApplicationId, PageRequest, Status, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::confirm::ConfirmPage;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::System;

const LIST: &str = "/settings/oauth-applications";
/// More connections than this are counted, not listed.
const SHOWN: usize = 20;

type Refusals = HashMap<String, (String, Timestamp)>;

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    let desk = &visit.desk;
    let found = desk.applications.list(visit.who(), None, PageRequest::first(PageRequest::MAX_LIMIT)).await?.items;
    let refusals = desk.applications.refusals().await?;
    let shell = visit.still_shell(Nav::Settings).await;
    let count = u64::try_from(found.len()).unwrap_or(0);
    let page = ApplicationsPage {
        tabs: tabs(LIST),
        summary: format::count(count, "application", "applications"),
        redirect_url: desk.applications.redirect_url(),
        rows: found.iter().map(|one| row(&visit, one, &refusals, shell.now)).collect(),
        may_change: visit.may(Permission::Admin),
        shell,
    };
    Ok(visit.page(&page))
}

fn row(visit: &Visit, one: &Application, refusals: &Refusals, now: Timestamp) -> ApplicationRow {
    let (state, refused) = state(one, refusals, now);
    let system = visit.desk.catalogue.find(&one.system);
    ApplicationRow {
        id: one.id.to_string(),
        name: one.name.clone(),
        system: system.map_or_else(|| one.system.clone(), |system| system.name.clone()),
        client_id: one.client_id.clone(),
        connections: u64::try_from(dependents(visit, one.id).len()).unwrap_or(0),
        state,
        refused,
    }
}

/// In order, or refused since when.
fn state(one: &Application, refusals: &Refusals, now: Timestamp) -> (String, bool) {
    match refusals.get(&one.id.to_string()) {
        Some((_, since)) => (format!("refused since {}", format::short(*since, now)), true),
        None => ("in order".into(), false),
    }
}

fn dependents(visit: &Visit, id: ApplicationId) -> Vec<Dependent> {
    let id = id.to_string();
    let found = visit.desk.connections.registry().select(|one| {
        one.status != Status::Disconnected
            && one.auth_public.get(APPLICATION_ID) == Some(&id)
            && visit.who().sees(&one.customer_id)
    });
    let mut found: Vec<Dependent> = found
        .iter()
        .map(|one| Dependent { id: one.id.to_string(), name: one.name.clone(), status: one.status })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// Systems that people sign in to through an application.
fn offered(visit: &Visit) -> Vec<(String, String)> {
    let takes =
        |system: &&std::sync::Arc<System>| system.auth.iter().any(|auth| auth.offered && auth.authorize.is_some());
    let mut found: Vec<(String, String)> =
        visit.desk.catalogue.all().filter(takes).map(|one| (one.slug.clone(), one.name.clone())).collect();
    found.sort_by_key(|(_, name)| name.to_lowercase());
    found
}

pub async fn ask_new(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let system = visit.list.value("system").unwrap_or_default().to_owned();
    let sent = Sent(vec![("system".into(), system)]);
    Ok(visit.page(&new_page(&visit, &sent, FieldErrors::none()).await))
}

async fn new_page(visit: &Visit, sent: &Sent, errors: FieldErrors) -> ApplicationPage {
    let system = visit.desk.catalogue.find(&sent.text("system")).cloned();
    ApplicationPage {
        shell: visit.still_shell(Nav::Settings).await,
        tabs: tabs(LIST),
        title: "Register an OAuth application".into(),
        id: None,
        version: 0,
        redirect_url: visit.desk.applications.redirect_url(),
        refusal: None,
        form: fields(sent, None, system.as_deref(), &offered(visit), &errors),
        errors,
        dependents: Vec::new(),
        more_dependents: 0,
        button: "Register".into(),
    }
}

pub async fn register(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    if sent.text("do") == "system" {
        return Ok(visit.page(&new_page(&visit, &sent, FieldErrors::none()).await));
    }
    match visit.desk.applications.create(visit.who(), registered(&sent)).await {
        Ok(made) => {
            let said = format!("“{}” is registered. Enter the redirect address at the vendor.", made.name);
            Ok(answer::see_other_saying(&format!("{LIST}/{}", made.id), &said))
        }
        Err(ApplicationError::Invalid(faults)) => Ok(visit.page_again(&new_page(&visit, &sent, faults.into()).await)),
        Err(error) => Err(error.into()),
    }
}

fn find(visit: &Visit, id: &str) -> Result<Application, Failure> {
    let id = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.applications.find(visit.who(), id)?.ok_or(Failure::Trouble(Trouble::NotFound))
}

async fn one_page(
    visit: &Visit,
    one: &Application,
    sent: &Sent,
    errors: FieldErrors,
) -> Result<ApplicationPage, Failure> {
    let desk = &visit.desk;
    let refusals = desk.applications.refusals().await?;
    let shell = visit.still_shell(Nav::Settings).await;
    let system = desk.catalogue.find(&one.system).cloned();
    let mut all = dependents(visit, one.id);
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    Ok(ApplicationPage {
        tabs: tabs(LIST),
        title: one.name.clone(),
        id: Some(one.id.to_string()),
        version: one.version,
        redirect_url: desk.applications.redirect_url(),
        refusal: refusals.get(&one.id.to_string()).map(|(message, since)| (format::exact(*since), message.clone())),
        form: fields(sent, Some(one), system.as_deref(), &offered(visit), &errors),
        errors,
        dependents: all,
        more_dependents: u64::try_from(more).unwrap_or(0),
        button: "Save".into(),
        shell,
    })
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let one = find(&visit, &id)?;
    Ok(visit.page(&one_page(&visit, &one, &Sent::default(), FieldErrors::none()).await?))
}

pub async fn change(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let one = find(&visit, &id)?;
    match visit.desk.oauth.change_application(visit.who(), one.id, changed(&sent)).await {
        Ok(_) => {
            Ok(answer::see_other_saying(&format!("{LIST}/{}", one.id), "Saved. It is used from the next request on."))
        }
        Err(ApplicationError::Invalid(faults)) => {
            Ok(visit.page_again(&one_page(&visit, &one, &sent, faults.into()).await?))
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn ask_delete(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let one = find(&visit, &id)?;
    let page = ConfirmPage {
        shell: visit.still_shell(Nav::Settings).await,
        place: format!("OAuth applications / {}", one.name),
        question: format!("End the OAuth application “{}” here?", one.name),
        text: "Its secret is destroyed here. The registration at the vendor is not touched: end that there.".into(),
        cost: Vec::new(),
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: "Keep it".into(),
        keep_path: format!("{LIST}/{}", one.id),
        action_path: format!("{LIST}/{}/delete", one.id),
        button: "End the application".into(),
        danger: true,
    };
    Ok(visit.page(&page))
}

pub async fn delete(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let one = find(&visit, &id)?;
    visit.desk.applications.delete(visit.who(), one.id).await?;
    Ok(answer::see_other_saying(LIST, &format!("“{}” is ended.", one.name)))
}
