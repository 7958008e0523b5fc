//! The form that makes or changes a receiver, and the page that shows its secret once. Whether an address is allowed is
//! the domain's to say.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use super::words::{of_event, short_address};
use crate::access::Permission;
use crate::base::{PageRequest, Patch};
use crate::customers::{CustomerFilter, CustomerSort};
use crate::dashboard::answer;
use crate::dashboard::fields::{Choice, FieldErrors, FieldKind, FieldView};
use crate::dashboard::filters;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::events::EventKind;
use crate::webhooks::{ChangeEndpoint, CreatedEndpoint, Endpoint, NewEndpoint, WebhookError};

#[derive(Template, Debug, Clone)]
#[template(path = "webhooks/form.html")]
pub struct EndpointFormPage {
    pub shell: Shell,
    pub title: String,
    pub action: String,
    pub cancel: String,
    pub button: &'static str,
    pub version: String,
    pub notice: Option<String>,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub types: Vec<Choice>,
    pub type_error: Option<String>,
    pub customers: Vec<Choice>,
    pub customer_error: Option<String>,
    /// There are more customers than the form shows; the API takes them all.
    pub more_customers: bool,
}

/// The secret, once.
#[derive(Template, Debug, Clone)]
#[template(path = "webhooks/secret.html")]
pub struct SecretPage {
    pub shell: Shell,
    pub address: String,
    pub path: String,
    pub secret: String,
    pub note: String,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub url: String,
    pub description: String,
    pub ca_certificate: String,
    pub types: Vec<String>,
    pub customers: Vec<String>,
    pub version: String,
}

impl From<&Sent> for Typed {
    fn from(sent: &Sent) -> Self {
        Self {
            url: sent.text("url"),
            description: sent.text("description"),
            ca_certificate: sent.text("ca_certificate"),
            types: sent.all("event_types"),
            customers: sent.all("customer_ids"),
            version: sent.text("version"),
        }
    }
}

impl Typed {
    fn of(endpoint: &Endpoint) -> Self {
        let words = |kinds: &Vec<EventKind>| kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        Self {
            url: endpoint.url.clone(),
            description: endpoint.description.clone().unwrap_or_default(),
            ca_certificate: endpoint.ca_certificate.clone().unwrap_or_default(),
            types: endpoint.event_types.as_ref().map(words).unwrap_or_default(),
            customers: endpoint.customer_ids.iter().flatten().map(ToString::to_string).collect(),
            version: endpoint.version.to_string(),
        }
    }
}

/// None chosen means all.
fn chosen(all: &[String]) -> Option<Vec<String>> {
    (!all.is_empty()).then(|| all.to_vec())
}

async fn build(
    visit: &Visit,
    edited: Option<&Endpoint>,
    typed: &Typed,
    errors: FieldErrors,
    notice: Option<String>,
) -> Result<EndpointFormPage, Failure> {
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let known = visit.desk.customers.list(visit.who(), CustomerFilter::default(), CustomerSort::Name, page).await?;
    let customers = known.items.iter().map(|one| (one.customer.id.to_string(), one.customer.name.clone()));
    let shell = visit.still_shell(Nav::Webhooks).await;
    Ok(form_page(shell, edited, typed, customers, known.next_cursor.is_some(), errors, notice))
}

pub fn form_page(
    shell: Shell,
    edited: Option<&Endpoint>,
    typed: &Typed,
    customers: impl Iterator<Item = (String, String)>,
    more_customers: bool,
    errors: FieldErrors,
    notice: Option<String>,
) -> EndpointFormPage {
    let path = edited.map(|endpoint| format!("/webhooks/{}", endpoint.id));
    let fields = vec![
        FieldView::new(FieldKind::Url, "url", "Address")
            .value(&typed.url)
            .placeholder("https://erp-sync.example/junctionbox")
            .help("Each event is posted there, signed. It must lie within this instance’s egress policy.")
            .max_length(2048)
            .errors(&errors),
        FieldView::text("description", "What it is")
            .value(&typed.description)
            .help("For people: which program listens there.")
            .max_length(200)
            .optional()
            .errors(&errors),
        FieldView::new(FieldKind::Area, "ca_certificate", "Own certificate authority")
            .value(&typed.ca_certificate)
            .placeholder("-----BEGIN CERTIFICATE-----")
            .help("PEM. Only where the receiver’s certificate comes from an authority of your own; it is trusted beside the usual ones.")
            .mono()
            .optional()
            .errors(&errors),
    ];
    let types = EventKind::ALL.iter().filter(|kind| **kind != EventKind::Test).map(|kind| Choice {
        value: kind.as_str().into(),
        label: of_event(*kind),
        chosen: typed.types.iter().any(|word| word == kind.as_str()),
    });
    let customers = customers.map(|(value, label)| Choice { chosen: typed.customers.contains(&value), value, label });
    let below = |name: &str| errors.message(name).or_else(|| errors.message(&format!("{name}[0]"))).map(str::to_owned);
    EndpointFormPage {
        title: if edited.is_some() { "Edit the receiver".into() } else { "Add a receiver".into() },
        action: path.as_ref().map_or_else(|| "/webhooks/new".into(), |path| format!("{path}/edit")),
        cancel: path.unwrap_or_else(|| "/webhooks".into()),
        button: if edited.is_some() { "Save" } else { "Add the receiver" },
        version: typed.version.clone(),
        notice,
        fields,
        types: types.collect(),
        type_error: below("event_types"),
        customers: customers.collect(),
        customer_error: below("customer_ids"),
        more_customers,
        errors,
        shell,
    }
}

pub async fn ask_new(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::WebhooksWrite)?;
    let page = build(&visit, None, &Typed::default(), FieldErrors::none(), None).await?;
    Ok(visit.page(&page))
}

pub async fn make(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let typed = Typed::from(&*sent);
    let new = NewEndpoint {
        url: typed.url.clone(),
        event_types: chosen(&typed.types),
        customer_ids: chosen(&typed.customers),
        description: Some(typed.description.clone()),
        ca_certificate: Some(typed.ca_certificate.clone()),
    };
    match visit.desk.webhooks.create(visit.who(), new).await {
        Ok(made) => {
            let note = "Your program checks each request with it. The present page is the only one that shows it.";
            secret_page(&visit, &made, note.into()).await
        }
        Err(error) => {
            let errors = at_fields(error)?;
            Ok(visit.page_again(&build(&visit, None, &typed, errors, None).await?))
        }
    }
}

pub async fn ask_edit(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::WebhooksWrite)?;
    let endpoint = find(&visit, &id).await?;
    let page = build(&visit, Some(&endpoint), &Typed::of(&endpoint), FieldErrors::none(), None).await?;
    Ok(visit.page(&page))
}

pub async fn save(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let endpoint = find(&visit, &id).await?;
    let typed = Typed::from(&*sent);
    let change = ChangeEndpoint {
        url: Some(typed.url.clone()),
        event_types: Patch::from(chosen(&typed.types)),
        customer_ids: Patch::from(chosen(&typed.customers)),
        description: Patch::from(sent.given("description")),
        ca_certificate: Patch::from(sent.given("ca_certificate")),
        disabled: None,
    };
    match visit.desk.webhooks.change(visit.who(), endpoint.id, change, typed.version.parse().ok()).await {
        Ok(after) => Ok(answer::see_other_saying(&format!("/webhooks/{}", after.id), "Saved.")),
        Err(WebhookError::Stale { found }) => {
            let notice =
                "Somebody else changed this receiver meanwhile. Your input is still here; compare and save again.";
            let again = Typed { version: found.to_string(), ..typed };
            let page = build(&visit, Some(&endpoint), &again, FieldErrors::none(), Some(notice.into())).await?;
            Ok(visit.page_again(&page))
        }
        Err(error) => {
            let errors = at_fields(error)?;
            Ok(visit.page_again(&build(&visit, Some(&endpoint), &typed, errors, None).await?))
        }
    }
}

/// What stands at a field; everything else is a page of its own.
fn at_fields(error: WebhookError) -> Result<FieldErrors, Failure> {
    match error {
        WebhookError::Invalid(faults) => Ok(faults.into()),
        WebhookError::EgressDenied { sentence } => {
            let message = format!("{sentence} An owner allows receivers in the configuration, [egress] allow.");
            Ok(FieldErrors::one("url", message))
        }
        other => Err(other.into()),
    }
}

pub async fn secret_page(visit: &Visit, made: &CreatedEndpoint, note: String) -> Result<HttpResponse, Failure> {
    let shell = visit.still_shell(Nav::Webhooks).await;
    Ok(visit.page(&SecretPage {
        shell,
        address: short_address(&made.endpoint.url),
        path: format!("/webhooks/{}", made.endpoint.id),
        secret: made.secret.expose().to_owned(),
        note,
    }))
}
