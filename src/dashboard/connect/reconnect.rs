//! `/connections/{id}/reconnect`: new credentials for a connection that keeps its id, its cost and its history.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::draft::{Draft, ways};
use super::form::{Purpose, sign_in_form};
use super::handlers::with_application;
use super::present::{self, Refused};
use super::view::{AnswerView, ReconnectPage};
use crate::access::Permission;
use crate::base::Status;
use crate::connections::{Connection, NewCredentials};
use crate::dashboard::answer;
use crate::dashboard::connection::handlers::find;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::{Hosting, System};

/// An operator accepts another installation.
const ALLOW: &str = "allow_identity_change";

/// What the page needs beside what was typed.
struct Subject {
    connection: Arc<Connection>,
    system: Arc<System>,
}

fn subject(visit: &Visit, id: &str) -> Result<Subject, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(visit, id)?;
    if connection.status == Status::Disconnected {
        return Err(Trouble::Conflict(
            "This connection has ended and its credentials are destroyed. Connect anew.".into(),
        )
        .into());
    }
    let gone = "The catalogue no longer has this system; put its entry back, then reconnect.";
    let system = visit.desk.catalogue.find(&connection.system).cloned();
    let system = system.ok_or_else(|| Failure::from(Trouble::Conflict(gone.into())))?;
    Ok(Subject { connection, system })
}

impl Subject {
    /// The form as the connection is now, without its secrets.
    fn draft(&self) -> Draft {
        let connection = &self.connection;
        let way = ways(&self.system).into_iter().find(|(_, auth)| auth.scheme == connection.scheme);
        Draft {
            connection_id: connection.id.to_string(),
            system: connection.system.clone(),
            customer_id: connection.customer_id.to_string(),
            hosting: Some(connection.hosting),
            base_url: connection.base_url.clone(),
            parameters: connection.parameters.clone(),
            way: way.map_or(0, |(place, _)| place),
            public: connection.auth_public.clone(),
            tier: connection.tier.to_string(),
            ..Draft::blank("", &self.system)
        }
    }

    async fn page(
        &self,
        visit: &Visit,
        draft: &Draft,
        errors: FieldErrors,
        answer: Option<AnswerView>,
        ask_to_allow: bool,
    ) -> Result<ReconnectPage, Failure> {
        let prices = visit.desk.credits.price_list().prices;
        let price = |tier: u8, hosting: Hosting| prices.price(tier, hosting);
        let customer = visit.desk.customers.find(visit.who(), self.connection.customer_id).await?;
        let mut form = sign_in_form(&self.system, draft, &errors, Purpose::Reconnect, &price);
        with_application(visit, &self.system, draft, &errors, &mut form);
        let again = draft.is_by_consent(&self.system) && self.connection.has_credentials();
        let same = self.system.auth.get(draft.way).is_some_and(|way| way.scheme == self.connection.scheme);
        if ask_to_allow {
            form.address.push(FieldView::new(FieldKind::Check, ALLOW, "It is another installation, and this is meant"));
            form.address_open = true;
        }
        Ok(ReconnectPage {
            shell: visit.still_shell(Nav::Connections).await,
            id: self.connection.id.to_string(),
            name: self.connection.name.clone(),
            customer_name: customer.map(|found| found.customer.name).unwrap_or_default(),
            system_name: self.system.name.clone(),
            status: self.connection.status,
            credits: format::credits(self.connection.credits),
            errors,
            answer,
            form,
            again: (again && same).then(|| format!("/connections/{}/sign-in", self.connection.id)),
            consent: None,
            steps: self.system.instructions.en.clone(),
        })
    }
}

pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let subject = subject(&visit, &id)?;
    let page = subject.page(&visit, &subject.draft(), FieldErrors::none(), None, false).await?;
    Ok(visit.page(&page))
}

pub async fn act(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    let sent = sent.into_inner();
    visit.accept(&sent)?;
    let subject = subject(&visit, &id)?;
    let (only_show, allow) = (sent.text("do") == "scheme", sent.is_on(ALLOW));
    let draft = Draft {
        connection_id: subject.connection.id.to_string(),
        hosting: Some(subject.connection.hosting),
        allows_identity_change: allow,
        ..Draft::read(sent.0, &subject.system)
    };
    if only_show {
        let page = subject.page(&visit, &draft, FieldErrors::none(), None, false).await?;
        return Ok(visit.page(&page));
    }
    if draft.is_by_consent(&subject.system) {
        return ask_consent(&visit, &subject, draft).await;
    }
    let new = NewCredentials {
        auth: present::auth(&draft, &subject.system),
        base_url: (!draft.base_url.is_empty()).then(|| draft.base_url.clone()),
        parameters: Some(draft.parameters.clone()),
        allow_identity_change: allow,
    };
    let (errors, answer, ask_to_allow) =
        match visit.desk.connections.reconnect(visit.who(), subject.connection.id, new).await {
            Ok(done) => {
                let said = format!("Reconnected: {} lets us in again.", subject.system.name);
                return Ok(answer::see_other_saying(&format!("/connections/{}", done.id), &said));
            }
            Err(error) => match present::refused(error)? {
                Refused::Fields(errors) => (errors, None, false),
                Refused::Answer(answer) => (FieldErrors::none(), Some(answer), false),
                Refused::OtherInstallation(answer) => (FieldErrors::none(), Some(answer), true),
            },
        };
    let page = subject.page(&visit, &draft.without_secrets(), errors, answer, ask_to_allow).await?;
    Ok(visit.page_again(&page))
}

/// The fields are looked at; then the person is shown the way to the system's own page.
async fn ask_consent(visit: &Visit, subject: &Subject, draft: Draft) -> Result<HttpResponse, Failure> {
    let desk = &visit.desk;
    let (errors, answer) = match present::consent_of(&draft, &subject.system) {
        Err(errors) => (errors, None),
        Ok(consent) => match desk.connections.consent_request(visit.who(), &consent).await {
            Ok(_) => {
                let shown = draft.clone().without_secrets();
                let ticket = desk.drafts.keep(&visit.viewer.csrf, draft, desk.clock.now(), desk.random.as_ref());
                let consent = Some(present::consent(&ticket, &shown, &subject.system));
                let page = subject.page(visit, &shown, FieldErrors::none(), None, false).await?;
                return Ok(visit.page(&ReconnectPage { consent, again: None, ..page }));
            }
            Err(error) => match present::refused(error)? {
                Refused::Fields(errors) => (errors, None),
                Refused::Answer(answer) | Refused::OtherInstallation(answer) => (FieldErrors::none(), Some(answer)),
            },
        },
    };
    let page = subject.page(visit, &draft.without_secrets(), errors, answer, false).await?;
    Ok(visit.page_again(&page))
}
