//! `/connections/new`: choose, fill in, check, connect. One page, four steps, each a plain form.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::choose;
use super::draft::Draft;
use super::form::{Purpose, needs, sign_in_form};
use super::present::{self, Refused};
use super::view::{AnswerView, ConnectPage, SignInForm};
use crate::access::Permission;
use crate::base::{CustomerId, Status};
use crate::customers::CustomerOverview;
use crate::dashboard::answer;
use crate::dashboard::consent::application_field;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::forms::Sent;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::{Auth, Hosting, System};

/// Customer and system of an address or a form, as far as they exist.
async fn picked(
    visit: &Visit,
    customer: &str,
    system: &str,
) -> Result<Option<(CustomerOverview, Arc<System>)>, Failure> {
    let Ok(id) = customer.parse::<CustomerId>() else { return Ok(None) };
    let customer = visit.desk.customers.find(visit.who(), id).await?;
    Ok(customer.zip(visit.desk.catalogue.find(system).cloned()))
}

pub async fn ask(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let text = |key: &str| visit.list.value(key).unwrap_or_default().to_owned();
    let (customer, system) = (text("customer_id"), text("system"));
    let searching = text("do") == "find" || visit.request.headers().contains_key("hx-request");
    if !searching && let Some((customer, system)) = picked(&visit, &customer, &system).await? {
        let draft = Draft::blank(&customer.customer.id.to_string(), &system);
        let page = form_page(&visit, &customer, &system, &draft, FieldErrors::none(), None).await;
        return Ok(visit.page(&page));
    }
    choosing(&visit, "").await
}

async fn choosing(visit: &Visit, problem: &str) -> Result<HttpResponse, Failure> {
    let choose = choose::view(visit, problem).await?;
    Ok(visit.page(&ConnectPage { choose: Some(choose), ..choose::bare(visit).await }))
}

/// The third step.
async fn form_page(
    visit: &Visit,
    customer: &CustomerOverview,
    system: &System,
    draft: &Draft,
    errors: FieldErrors,
    answer: Option<AnswerView>,
) -> ConnectPage {
    let prices = visit.desk.credits.price_list().prices;
    let price = |tier: u8, hosting: Hosting| prices.price(tier, hosting);
    let mut form = sign_in_form(system, draft, &errors, Purpose::Connect, &price);
    with_application(visit, system, draft, &errors, &mut form);
    ConnectPage { form: Some(form), errors, answer, ..chosen_page(visit, customer, system).await }
}

/// The choice of an OAuth application, or where one is registered.
pub(super) fn with_application(
    visit: &Visit,
    system: &System,
    draft: &Draft,
    errors: &FieldErrors,
    form: &mut SignInForm,
) {
    if !system.auth.get(draft.way).is_some_and(Auth::needs_application) {
        return;
    }
    match application_field(visit, system, draft, errors) {
        Some(field) => form.credentials.insert(0, field),
        None => form.wants_application = Some(format!("/settings/oauth-applications/new?system={}", system.slug)),
    }
}

async fn chosen_page(visit: &Visit, customer: &CustomerOverview, system: &System) -> ConnectPage {
    ConnectPage {
        chosen: Some(choose::chosen(customer, system)),
        needs: needs(system),
        steps: system.instructions.en.clone(),
        system_name: system.name.clone(),
        ..choose::bare(visit).await
    }
}

pub async fn act(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    let sent = sent.into_inner();
    visit.accept(&sent)?;
    visit.who().require(Permission::ConnectionsWrite)?;
    if let Some(ticket) = sent.given("ticket") {
        return second_step(&visit, &sent, &ticket).await;
    }
    let Some((customer, system)) = picked(&visit, &sent.text("customer_id"), &sent.text("system")).await? else {
        return choosing(&visit, "Choose a customer and a system.").await;
    };
    let only_show = sent.text("do") == "scheme";
    let draft = Draft::read(sent.0, &system);
    if only_show {
        let page = form_page(&visit, &customer, &system, &draft, FieldErrors::none(), None).await;
        return Ok(visit.page(&page));
    }
    check(&visit, &customer, &system, draft).await
}

/// Tries what was typed; stores nothing.
async fn check(
    visit: &Visit,
    customer: &CustomerOverview,
    system: &System,
    draft: Draft,
) -> Result<HttpResponse, Failure> {
    if draft.is_by_consent(system) {
        return ask_consent(visit, customer, system, draft).await;
    }
    let refused = match present::new_connection(&draft, system) {
        Err(errors) => Refused::Fields(errors),
        Ok(new) => match visit.desk.connections.try_out(visit.who(), &new).await {
            Ok(tried) => {
                let desk = &visit.desk;
                let shown = draft.clone().without_secrets();
                let ticket = desk.drafts.keep(&visit.viewer.csrf, draft, desk.clock.now(), desk.random.as_ref());
                let free = desk.credits.summary(visit.who()).await?.available;
                let checked = present::checked(ticket, &shown, system, &tried, free, desk.credits.policy());
                let page = ConnectPage { checked: Some(checked), ..chosen_page(visit, customer, system).await };
                return Ok(visit.page(&page));
            }
            Err(error) => present::refused(error)?,
        },
    };
    refuse(visit, customer, system, draft, refused).await
}

/// The fields are looked at; then the person is shown the way to the system's own page.
async fn ask_consent(
    visit: &Visit,
    customer: &CustomerOverview,
    system: &System,
    draft: Draft,
) -> Result<HttpResponse, Failure> {
    let desk = &visit.desk;
    let refused = match present::consent_of(&draft, system) {
        Err(errors) => Refused::Fields(errors),
        Ok(consent) => match desk.connections.consent_request(visit.who(), &consent).await {
            Ok(_) => {
                let shown = draft.clone().without_secrets();
                let ticket = desk.drafts.keep(&visit.viewer.csrf, draft, desk.clock.now(), desk.random.as_ref());
                let consent = Some(present::consent(&ticket, &shown, system));
                return Ok(visit.page(&ConnectPage { consent, ..chosen_page(visit, customer, system).await }));
            }
            Err(error) => present::refused(error)?,
        },
    };
    refuse(visit, customer, system, draft, refused).await
}

async fn refuse(
    visit: &Visit,
    customer: &CustomerOverview,
    system: &System,
    draft: Draft,
    refused: Refused,
) -> Result<HttpResponse, Failure> {
    let (errors, answer) = match refused {
        Refused::Fields(errors) => (errors, None),
        Refused::Answer(answer) | Refused::OtherInstallation(answer) => (FieldErrors::none(), Some(answer)),
    };
    let page = form_page(visit, customer, system, &draft.without_secrets(), errors, answer).await;
    Ok(visit.page_again(&page))
}

/// After a good check: connect, check again, or change something.
async fn second_step(visit: &Visit, sent: &Sent, ticket: &str) -> Result<HttpResponse, Failure> {
    let kept = visit.desk.drafts.take(&visit.viewer.csrf, ticket, visit.desk.clock.now());
    let Some(draft) = kept else {
        return choosing(
            visit,
            "What was entered waited for longer than 10 minutes, or was used already. Enter it again.",
        )
        .await;
    };
    let Some((customer, system)) = picked(visit, &draft.customer_id, &draft.system).await? else {
        return choosing(visit, "The customer or the system is gone. Choose again.").await;
    };
    match sent.text("do").as_str() {
        "connect" => connect(visit, &customer, &system, draft).await,
        "again" => check(visit, &customer, &system, draft).await,
        _ => {
            let page = form_page(visit, &customer, &system, &draft.without_secrets(), FieldErrors::none(), None).await;
            Ok(visit.page(&page))
        }
    }
}

async fn connect(
    visit: &Visit,
    customer: &CustomerOverview,
    system: &System,
    draft: Draft,
) -> Result<HttpResponse, Failure> {
    let refused = match present::new_connection(&draft, system) {
        Err(errors) => Refused::Fields(errors),
        Ok(new) => match visit.desk.connections.connect(visit.who(), new).await {
            Ok(made) => {
                let said = match made.status {
                    Status::Inactive => format!("“{}” is kept inactive until credits are granted.", made.name),
                    _ => format!("“{}” is connected.", made.name),
                };
                return Ok(answer::see_other_saying(&format!("/connections/{}", made.id), &said));
            }
            Err(error) => present::refused(error)?,
        },
    };
    refuse(visit, customer, system, draft, refused).await
}
