//! `/connections/{id}/reconnect`: new credentials for a connection that keeps its id, its cost and its history.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::draft::{Draft, ways};
use super::form::{Purpose, sign_in_form};
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
    let draft = Draft { hosting: Some(subject.connection.hosting), ..Draft::read(sent.0, &subject.system) };
    if only_show {
        let page = subject.page(&visit, &draft, FieldErrors::none(), None, false).await?;
        return Ok(visit.page(&page));
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
