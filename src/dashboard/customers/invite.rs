//! `/customers/{id}/invite`: a connection that its customer completes by a link. The system may be fixed or left to the
//! customer; the link is mailed where that is possible, and shown to be copied in any case.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::{ConnectionId, Language};
use crate::connections::{ConnectionError, NewInvitation, WishedLink};
use crate::customers::Customer;
use crate::dashboard::answer;
use crate::dashboard::connection::link::{MailOffer, days_field, life, mail_offer};
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::filters;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::links::Purpose;
use crate::notifications::NotificationError;

#[derive(Template, Debug, Clone)]
#[template(path = "customers/invite.html")]
pub struct InvitePage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub mail: MailOffer,
}

pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let customer = find(&visit, &id).await?.customer;
    let sent = Sent(vec![("mail".into(), "on".into()), ("language".into(), customer.locale.clone())]);
    Ok(visit.page(&page(&visit, &customer, &sent, FieldErrors::none()).await))
}

pub async fn invite(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let customer = find(&visit, &id).await?.customer;
    let (desk, who) = (&visit.desk, visit.who());
    let new = NewInvitation {
        customer_id: customer.id,
        system: sent.given("system"),
        hosting: sent.given("system").and(sent.given("hosting")),
        base_url: sent.given("base_url"),
        parameters: BTreeMap::new(),
        name: sent.given("name"),
        check_interval_seconds: None,
        metadata: None,
        tier: None,
    };
    let made = match desk.connections.invite(who, new).await {
        Ok(made) => made,
        Err(ConnectionError::Invalid(faults)) => {
            return Ok(visit.page_again(&page(&visit, &customer, &sent, faults.into()).await));
        }
        Err(ConnectionError::CreditsExhausted { needed, available }) => {
            let text = format!(
                "It needs {needed} credits and {available} are free. Grant credits, or let the customer choose the system."
            );
            let errors = FieldErrors::one("system", text);
            return Ok(visit.page_again(&page(&visit, &customer, &sent, errors).await));
        }
        Err(error) => return Err(error.into()),
    };
    let change = sent.is_on("change_base_url").then_some(true);
    let wish = WishedLink { purpose: Purpose::Connect, life: life(&sent), change_base_url: change };
    desk.connections.make_link(who, made.id, wish).await?;
    let said = mailed(&visit, made.id, &sent).await?;
    Ok(answer::see_other_saying(&format!("/connections/{}/link", made.id), &said))
}

/// The connection and its link are there, whatever becomes of the mail.
async fn mailed(visit: &Visit, id: ConnectionId, sent: &Sent) -> Result<String, Failure> {
    if !sent.is_on("mail") {
        return Ok("The link is ready. Copy it, and send it to the customer.".into());
    }
    let language = Language::of_locale(&sent.text("language"));
    match visit.desk.notifications.write_invitation(visit.who(), id, language).await {
        Ok(to) => Ok(format!("Mail to {to} is on its way.")),
        Err(NotificationError::NoContact | NotificationError::NoMailServer) => {
            Ok("The link is ready, but nobody could be mailed. Copy it, and send it yourself.".into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(visit: &Visit, customer: &Customer, sent: &Sent, errors: FieldErrors) -> InvitePage {
    let desk = &visit.desk;
    let mail = mail_offer(Some(customer), desk.notifications.has_mail_server(), true);
    let mut systems: Vec<(String, String)> =
        desk.catalogue.all().map(|system| (system.slug.clone(), system.name.clone())).collect();
    systems.sort_by_key(|(_, name)| name.to_lowercase());
    systems.insert(0, (String::new(), "The customer chooses".into()));
    let mut fields = vec![
        FieldView::new(FieldKind::Select, "system", "System")
            .choices(systems, &sent.text("system"))
            .help("Credits are reserved as soon as it is known: now, or when the customer has chosen.")
            .errors(&errors),
        FieldView::new(FieldKind::Select, "hosting", "Where it runs")
            .choices(
                [("", "As the system allows"), ("cloud", "Cloud"), ("on_premises", "On premises")],
                &sent.text("hosting"),
            )
            .help("For a fixed system that runs in both. On premises costs double.")
            .errors(&errors),
        FieldView::text("base_url", "Address")
            .value(sent.text("base_url"))
            .help("Left empty, the customer gives it.")
            .mono()
            .optional()
            .errors(&errors),
        FieldView::text("name", "Name")
            .value(sent.text("name"))
            .help("Yours for it; left empty, the system’s.")
            .max_length(200)
            .optional()
            .errors(&errors),
        FieldView::new(FieldKind::Check, "change_base_url", "The customer may give another address")
            .checked(sent.is_on("change_base_url")),
        days_field(&sent.text("days")),
    ];
    if mail.can {
        let languages = Language::ALL.map(|language| (language.code(), language.own_name()));
        let chosen = Language::nearest(&sent.text("language")).code();
        fields.push(
            FieldView::new(FieldKind::Check, "mail", "Mail the link")
                .checked(sent.is_on("mail"))
                .help(mail.text.clone()),
        );
        fields.push(
            FieldView::new(FieldKind::Select, "language", "Language of the mail and the page")
                .choices(languages, chosen),
        );
    }
    InvitePage {
        shell: visit.still_shell(Nav::Customers).await,
        id: customer.id.to_string(),
        name: customer.name.clone(),
        errors,
        fields,
        mail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;

    #[test]
    fn the_form_says_when_nobody_can_be_mailed() {
        let mail = MailOffer { can: false, text: "No mail server is configured.".into(), mend: None };
        let page = InvitePage {
            shell: Shell::sample(Nav::Customers),
            id: "cus_1".into(),
            name: "Brauerei <Hohenfels>".into(),
            errors: FieldErrors::one("base_url", "An address begins with https://."),
            fields: vec![FieldView::text("base_url", "Address"), days_field("7")],
            mail,
        };
        let html = look("customer-invite", &page);
        assert!(html.contains("No mail server is configured.") && html.contains("value=\"7\" selected"), "{html}");
        assert!(html.contains("Brauerei &#60;Hohenfels&#62;"), "{html}");
    }
}
