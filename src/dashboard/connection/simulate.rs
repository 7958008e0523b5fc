//! `/connections/{id}/simulate`: puts a connection of the sandbox into a status, with its events.

use actix_web::{HttpResponse, web};

use super::care::SmallForm;
use super::handlers::find;
use crate::access::Permission;
use crate::base::{Reason, Status};
use crate::connections::{Connection, ConnectionError, reasons_of};
use crate::dashboard::answer;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::dashboard::words::reason_label;

/// To be registered before the connection's own addresses.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/connections/{id}/simulate", web::get().to(ask))
        .route("/connections/{id}/simulate", web::post().to(simulate));
}

async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    let page = form(&visit, &connection, &Sent::default(), FieldErrors::none()).await;
    Ok(visit.page(&page))
}

async fn form(visit: &Visit, connection: &Connection, sent: &Sent, errors: FieldErrors) -> SmallForm {
    SmallForm {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        title: format!("Put “{}” into a status", connection.name),
        text: "Receivers and programs are told as if it had happened. The status holds until the next one you choose, or until a check by hand.".into(),
        action: format!("/connections/{}/simulate", connection.id),
        place: "Simulate",
        button: "Put it there",
        fields: fields(connection, sent, &errors),
        errors,
    }
}

fn fields(connection: &Connection, sent: &Sent, errors: &FieldErrors) -> Vec<FieldView> {
    let chosen = sent.text("status");
    let chosen = if chosen.is_empty() { connection.status.as_str().to_owned() } else { chosen };
    let statuses = Status::ALL.iter().map(|status| (status.as_str(), status.label()));
    let named = |status: &Status, reason: &Reason| format!("{}: {}", status.label(), reason_label(*reason));
    let reasons = Status::ALL
        .iter()
        .flat_map(|status| reasons_of(*status).iter().map(move |reason| (reason.as_str(), named(status, reason))));
    let reasons = std::iter::once(("", "The usual one".to_owned())).chain(reasons);
    vec![
        FieldView::new(FieldKind::Select, "status", "Status").choices(statuses, &chosen).errors(errors),
        FieldView::new(FieldKind::Select, "reason", "Reason")
            .choices(reasons, &sent.text("reason"))
            .help("It has to fit the status.")
            .optional()
            .errors(errors),
    ]
}

async fn simulate(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let status = Status::parse(&sent.text("status"));
    let reason = Reason::parse(&sent.text("reason"));
    let Some(status) = status else {
        let errors = FieldErrors::one("status", "Choose one of the statuses.");
        return Ok(visit.page_again(&form(&visit, &connection, &sent, errors).await));
    };
    match visit.desk.connections.simulate(visit.who(), connection.id, status, reason).await {
        Ok(now) => {
            let said = format!("Simulated: {}.", now.status.label().to_lowercase());
            Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), &said))
        }
        Err(ConnectionError::Invalid(faults)) => {
            Ok(visit.page_again(&form(&visit, &connection, &sent, faults.into()).await))
        }
        Err(error) => Err(error.into()),
    }
}
