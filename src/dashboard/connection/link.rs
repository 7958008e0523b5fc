//! `/connections/{id}/link`: the customer's link into the portal, to be mailed, copied, made anew or taken back, and what
//! became of those before.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::{Language, Status, Timestamp};
use crate::connections::{Connection, WishedLink};
use crate::customers::Customer;
use crate::dashboard::answer;
use crate::dashboard::confirm::ConfirmPage;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::links::{End, Link, LinkState, Purpose};

/// The link as it is shown to those who may pass it on.
pub struct LiveLink {
    pub url: String,
    pub until: String,
    pub change_base_url: bool,
}

/// Whether the link can be mailed, and to whom or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailOffer {
    pub can: bool,
    pub text: String,
    /// Where a contact is given an address.
    pub mend: Option<String>,
}

/// A link that was made once.
pub struct LinkRow {
    pub made: String,
    pub by: String,
    pub state: String,
    pub open: bool,
}

#[derive(Template)]
#[template(path = "connection/link.html")]
pub struct LinkPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub purpose: &'static str,
    pub live: Option<LiveLink>,
    pub mail: MailOffer,
    pub fields: Vec<FieldView>,
    pub rows: Vec<LinkRow>,
}

/// A connection without credentials waits for its first ones.
fn purpose(connection: &Connection) -> Purpose {
    if connection.has_credentials() { Purpose::Reconnect } else { Purpose::Connect }
}

/// The choices of how long a link opens.
pub fn days_field(chosen: &str) -> FieldView {
    let days = [("1", "1 day"), ("3", "3 days"), ("7", "7 days"), ("14", "14 days"), ("30", "30 days")];
    let chosen = if chosen.is_empty() { "30" } else { chosen };
    FieldView::new(FieldKind::Select, "days", "It opens for").choices(days, chosen)
}

/// How long a link opens, as it was chosen.
pub fn life(sent: &Sent) -> Option<Duration> {
    sent.text("days").parse::<u64>().ok().map(|days| Duration::from_secs(days.saturating_mul(86_400)))
}

/// Whether somebody at the customer can be written to.
pub fn mail_offer(customer: Option<&Customer>, has_mail_server: bool, fits: bool) -> MailOffer {
    let no = |text: &str, mend: Option<String>| MailOffer { can: false, text: text.into(), mend };
    let Some(customer) = customer else { return no("The customer was deleted; nobody is written to.", None) };
    let edit = Some(format!("/customers/{}/edit", customer.id));
    let Some(email) = &customer.contact_email else {
        return no("The customer has no contact with an e-mail address. Copy the link and send it yourself.", edit);
    };
    if !has_mail_server {
        return no(
            "No mail server is configured ([smtp]), so it cannot be mailed from here. Copy the link and send it yourself.",
            None,
        );
    }
    if !customer.notify_contact {
        return no("The customer’s contact is not to be written to. Copy the link and send it yourself.", edit);
    }
    if !fits {
        return no(
            "It is mailed from here only while new credentials are needed. Copy the link and send it yourself.",
            None,
        );
    }
    let to = customer.contact_name.as_ref().map_or_else(|| email.clone(), |name| format!("{name}, {email}"));
    let language = Language::nearest(&customer.locale).own_name();
    MailOffer { can: true, text: format!("The mail goes to {to}, in {language}."), mend: None }
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    if connection.status == Status::Disconnected {
        return Err(Trouble::Conflict("This connection has ended; no link leads to it. Connect anew.".into()).into());
    }
    let (desk, now) = (&visit.desk, visit.desk.clock.now());
    let purpose = purpose(&connection);
    let link = desk.connections.live_link(visit.who(), connection.id, purpose);
    let live = link.and_then(|link| {
        let url = desk.connections.link_url(visit.who(), &link)?;
        Some(LiveLink { url, until: format::exact(link.expires_at), change_base_url: link.change_base_url })
    });
    let customer = desk.customers.find(visit.who(), connection.customer_id).await?.map(|found| found.customer);
    let fits = purpose == Purpose::Connect || connection.status == Status::ReauthorizationRequired;
    let all = desk.connections.links_of(visit.who(), connection.id).await?;
    let page = LinkPage {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        purpose: purpose.as_str(),
        live,
        mail: mail_offer(customer.as_ref(), desk.notifications.has_mail_server(), fits),
        fields: vec![
            days_field(""),
            FieldView::new(FieldKind::Check, "change_base_url", "The customer may give another address")
                .help("Otherwise it stays as it is, and the customer does not see it."),
        ],
        rows: all.iter().map(|link| row(link, now)).collect(),
    };
    Ok(visit.page(&page))
}

fn row(link: &Link, now: Timestamp) -> LinkRow {
    let at = link.ended.map(|(_, at)| format::short(at, now)).unwrap_or_default();
    let state = match link.state(now) {
        LinkState::Live => format!("not used yet, opens until {}", format::short(link.expires_at, now)),
        LinkState::Ended(End::Used) => format!("used {at}"),
        LinkState::Ended(End::Mended) => format!("not needed any more since {at}"),
        LinkState::Ended(End::Revoked) => format!("taken back {at}"),
        LinkState::Ended(End::Disconnected) => format!("ended with the connection {at}"),
        LinkState::Ended(End::Expired) => format!("ran out {}", format::short(link.expires_at, now)),
    };
    LinkRow {
        made: format!("{}, to {}", format::short(link.created_at, now), link.purpose.as_str()),
        by: link.created_by.clone(),
        state,
        open: link.state(now) == LinkState::Live,
    }
}

pub async fn act(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let (desk, purpose) = (&visit.desk, purpose(&connection));
    let said = match (sent.text("do").as_str(), purpose) {
        ("mail", Purpose::Connect) => {
            let to = desk.notifications.write_invitation(visit.who(), connection.id, None).await?;
            format!("Mail to {to} is on its way.")
        }
        ("mail", Purpose::Reconnect) => {
            let to = desk.notifications.write_again(visit.who(), connection.id).await?;
            format!("Mail to {to} is on its way.")
        }
        _ => {
            let change = sent.is_on("change_base_url").then_some(true);
            let wish = WishedLink { purpose, life: life(&sent), change_base_url: change };
            desk.connections.make_link(visit.who(), connection.id, wish).await?;
            "The link is ready. Mail it from here, or copy it.".to_owned()
        }
    };
    Ok(answer::see_other_saying(&format!("/connections/{}/link", connection.id), &said))
}

/// Asks before the open link is taken back.
pub async fn ask_revoke(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    let shell = visit.still_shell(Nav::Connections).await;
    Ok(visit.page(&revoke_page(shell, &connection.id.to_string(), &connection.name)))
}

fn revoke_page(shell: Shell, id: &str, name: &str) -> ConfirmPage {
    ConfirmPage {
        shell,
        place: format!("Connections / {name} / Link"),
        question: format!("Take back the customer’s link for “{name}”?"),
        text: "Whoever opens it is told at once that it has ended. The connection stays as it is, and a new link can be made at any time.".into(),
        cost: Vec::new(),
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: "Keep it".into(),
        keep_path: format!("/connections/{id}/link"),
        action_path: format!("/connections/{id}/link/revoke"),
        button: "Take the link back".into(),
        danger: true,
    }
}

pub async fn revoke(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let connections = &visit.desk.connections;
    let live = connections.live_link(visit.who(), connection.id, purpose(&connection));
    let said = match live {
        Some(link) => {
            connections.revoke_link(visit.who(), link.id).await?;
            "The link was taken back; it opens nothing any more."
        }
        None => "There was no open link any more.",
    };
    Ok(answer::see_other_saying(&format!("/connections/{}/link", connection.id), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_a_link_to_be_mailed_copied_and_taken_back() {
        let live = LiveLink {
            url: "https://box.example/portal/abc".into(),
            until: "24 Dec 2026, 12:19 UTC".into(),
            change_base_url: false,
        };
        let row = |state: &str, open| LinkRow {
            made: "24 Nov, to reconnect".into(),
            by: "Junctionbox".into(),
            state: state.into(),
            open,
        };
        let mail = MailOffer { can: true, text: "The mail goes to Jonas Ettl.".into(), mend: None };
        let page = LinkPage {
            shell: Shell::sample(Nav::Connections),
            id: "con_1".into(),
            name: "ECC Plant 2".into(),
            purpose: "reconnect",
            live: Some(live),
            mail,
            fields: vec![days_field("")],
            rows: vec![row("not used yet, opens until 24 Dec", true), row("used 3 Oct", false)],
        };
        let html = page.render().unwrap();
        assert!(html.contains("value=\"https://box.example/portal/abc\"") && html.contains("value=\"mail\""), "{html}");
        assert_eq!(html.matches("/connections/con_1/link/revoke").count(), 1, "{html}");
        let mail = mail_offer(None, true, true);
        let html = LinkPage { live: None, rows: Vec::new(), mail, ..page }.render().unwrap();
        assert!(html.contains("Make the link") && !html.contains("link/revoke"), "{html}");
        assert!(html.contains("value=\"30\" selected"), "{html}");
    }

    #[test]
    fn taking_back_is_asked_first() {
        let page = revoke_page(Shell::sample(Nav::Connections), "con_1", "ECC Plant 2");
        let html = crate::dashboard::printed::look("link-revoke", &page);
        assert!(html.contains("Keep it") && html.contains("action=\"/connections/con_1/link/revoke\""), "{html}");
    }
}
