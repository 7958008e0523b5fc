//! Who looks after a connection's trouble, whom it was told to, when it is in maintenance, and when its secret ends:
//! a panel of the connection's page, and two small forms.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::{Status, Timestamp};
use crate::connections::{Connection, ConnectionError};
use crate::customers::Customer;
use crate::dashboard::answer;
use crate::dashboard::calendar::maintenance::time;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::notifications::{Acknowledgement, Audience, Notice, NotificationError};

/// To be registered before the connection's own addresses.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/connections/{id}/acknowledge", web::get().to(ask))
        .route("/connections/{id}/acknowledge", web::post().to(acknowledge))
        .route("/connections/{id}/acknowledge/withdraw", web::post().to(withdraw))
        .route("/connections/{id}/write-again", web::post().to(write_again))
        .route("/connections/{id}/end-date", web::get().to(ask_end))
        .route("/connections/{id}/end-date", web::post().to(set_end));
}

/// The panel “Who is told”.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CareView {
    /// Glyph and sentence.
    pub lines: Vec<(&'static str, String)>,
    pub can_acknowledge: bool,
    pub can_withdraw: bool,
    pub can_write: bool,
}

impl CareView {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.can_acknowledge
    }
}

/// What the panel is made of.
pub struct CareFacts<'a> {
    pub acknowledgement: Option<&'a Acknowledgement>,
    pub maintenance: Option<Timestamp>,
    pub notices: &'a [Notice],
    pub customer: Option<&'a Customer>,
    pub has_mail_server: bool,
}

pub fn care(connection: &Connection, facts: &CareFacts<'_>, may_change: bool, now: Timestamp) -> CareView {
    let mut lines = Vec::new();
    if let Some(until) = facts.maintenance {
        lines.push(("i-clock", format!("In maintenance until {} UTC: nobody is mailed.", format::short(until, now))));
    }
    if let Some(one) = facts.acknowledgement {
        let since = format::short(one.at, now);
        let note = if one.note.is_empty() { ".".to_owned() } else { format!(": {}", one.note) };
        lines.push(("i-check", format!("{} looks after it since {since} UTC{note}", one.by)));
    }
    if connection.status == Status::ReauthorizationRequired {
        lines.push(("i-mail", contact_line(facts, now)));
    }
    let operators = facts.notices.iter().filter(|one| one.audience != Audience::Contact && one.told > 0).count();
    if operators > 0 {
        let operators = format::count(u64::try_from(operators).unwrap_or(0), "operator was", "operators were");
        lines.push(("i-mail", format!("{operators} written to.")));
    }
    let in_trouble = !matches!(connection.status, Status::Active | Status::Pending | Status::Disconnected)
        && connection.episode_id.is_some();
    CareView {
        can_acknowledge: may_change && in_trouble && facts.acknowledgement.is_none(),
        can_withdraw: may_change && facts.acknowledgement.is_some(),
        can_write: may_change
            && facts.has_mail_server
            && connection.status == Status::ReauthorizationRequired
            && facts.customer.is_some_and(|one| one.notify_contact && one.contact_email.is_some()),
        lines,
    }
}

fn contact_line(facts: &CareFacts<'_>, now: Timestamp) -> String {
    let Some(customer) = facts.customer else { return "The customer was deleted; nobody is written to.".into() };
    if !facts.has_mail_server {
        return "No mail server is configured, so the contact is not written to.".into();
    }
    if customer.contact_email.is_none() {
        return "The customer has no contact with an e-mail address, so nobody there is written to.".into();
    }
    if !customer.notify_contact {
        return "The customer’s contact is not to be written to.".into();
    }
    let notice = facts.notices.iter().find(|notice| notice.audience == Audience::Contact);
    match notice {
        None => "The contact was not written to in this episode.".into(),
        Some(notice) if notice.told == 0 => "The contact is about to be written to.".into(),
        Some(notice) => {
            let times = format::count(u64::from(notice.told), "time", "times");
            let first =
                notice.first_told_at.map_or_else(String::new, |at| format!(", first {}", format::short(at, now)));
            let next = notice.due_at.map_or_else(String::new, |at| format!(", next {}", format::short(at, now)));
            format!("The contact was written to {times}{first}{next}.")
        }
    }
}

/// A small form about one connection.
#[derive(Template, Debug, Clone)]
#[template(path = "connection/small_form.html")]
pub struct SmallForm {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub title: String,
    pub text: String,
    pub action: String,
    /// The page's name in the line that leads back.
    pub place: &'static str,
    pub button: &'static str,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
}

async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    let page = acknowledge_form(&visit, &connection, &Sent::default(), FieldErrors::none()).await;
    Ok(visit.page(&page))
}

async fn acknowledge_form(visit: &Visit, connection: &Connection, sent: &Sent, errors: FieldErrors) -> SmallForm {
    let fields = vec![
        FieldView::text("note", "Note")
            .value(sent.text("note"))
            .help("What you do about it, for your colleagues.")
            .max_length(500)
            .optional()
            .errors(&errors),
        FieldView::new(FieldKind::Check, "remind_contact", "Go on reminding the customer’s contact")
            .checked(sent.is_on("remind_contact"))
            .help("Otherwise they are not written to again before it is mended."),
    ];
    SmallForm {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        title: format!("Acknowledge “{}”", connection.name),
        text: "You look after it. Nobody is reminded of it any more until this episode ends; it stays on the overview, marked.".into(),
        action: format!("/connections/{}/acknowledge", connection.id),
        place: "Acknowledge",
        button: "Acknowledge",
        errors,
        fields,
    }
}

async fn acknowledge(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let (note, remind) = (sent.text("note"), sent.is_on("remind_contact"));
    match visit.desk.notifications.acknowledge(visit.who(), connection.id, &note, remind).await {
        Ok(_) => Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), "Acknowledged.")),
        Err(NotificationError::Invalid(faults)) => {
            Ok(visit.page_again(&acknowledge_form(&visit, &connection, &sent, faults.into()).await))
        }
        Err(error) => Err(error.into()),
    }
}

async fn withdraw(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    visit.desk.notifications.withdraw(visit.who(), connection.id).await?;
    Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), "Withdrawn: nobody looks after it now."))
}

async fn write_again(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let address = visit.desk.notifications.write_again(visit.who(), connection.id).await?;
    let said = format!("Mail to {address} is on its way.");
    Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), &said))
}

async fn ask_end(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    let known = visit.desk.connections.secret_ends(visit.who()).await?.get(&connection.id).copied();
    let value = known.map_or_else(String::new, |at| at.to_jiff().strftime("%Y-%m-%d").to_string());
    let page = end_form(&visit, &connection, value, FieldErrors::none()).await;
    Ok(visit.page(&page))
}

async fn end_form(visit: &Visit, connection: &Connection, value: String, errors: FieldErrors) -> SmallForm {
    let field = FieldView::new(FieldKind::Date, "ends_at", "The secret ends on")
        .value(value)
        .help("The day, in UTC. Empty: no end is known.")
        .optional();
    SmallForm {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        title: format!("When does the secret of “{}” end?", connection.name),
        text: "Of a password, key or client secret whose end you know. It is told 30, 7 and 1 days before, and stands in the calendar. A reconnect forgets it: new credentials have an end of their own.".into(),
        action: format!("/connections/{}/end-date", connection.id),
        place: "End of the secret",
        button: "Save",
        fields: vec![field.errors(&errors)],
        errors,
    }
}

async fn set_end(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let typed = sent.text("ends_at");
    let end = if typed.is_empty() { None } else { time(&format!("{typed} 23:59")) };
    if end.is_none() && !typed.is_empty() {
        let errors = FieldErrors::one("ends_at", "A day, like 2027-03-31.");
        return Ok(visit.page_again(&end_form(&visit, &connection, typed, errors).await));
    }
    match visit.desk.connections.set_secret_end(visit.who(), connection.id, end).await {
        Ok(_) => Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), "Saved.")),
        Err(ConnectionError::Invalid(faults)) => {
            Ok(visit.page_again(&end_form(&visit, &connection, typed, faults.into()).await))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;

    #[test]
    fn a_small_form_prints() {
        let form = SmallForm {
            shell: Shell::sample(Nav::Connections),
            id: "con_x".into(),
            name: "ECC Werk 2".into(),
            title: "Acknowledge “ECC Werk 2”".into(),
            text: "You look after it.".into(),
            action: "/connections/con_x/acknowledge".into(),
            place: "Acknowledge",
            button: "Acknowledge",
            errors: FieldErrors::none(),
            fields: vec![FieldView::text("note", "Note"), FieldView::new(FieldKind::Date, "ends_at", "Ends")],
        };
        assert!(look("connection-acknowledge", &form).contains("type=\"date\""));
    }
}
