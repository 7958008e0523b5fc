//! `/connections/{id}/link`: the customer's link into the portal, to be copied, made anew or taken back.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::Status;
use crate::connections::{Connection, WishedLink};
use crate::dashboard::answer;
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::links::{LinkState, Purpose};

/// The link as it is shown to those who may pass it on.
pub struct LiveLink {
    pub url: String,
    pub until: String,
    pub change_base_url: bool,
}

#[derive(Template)]
#[template(path = "connection/link.html")]
pub struct LinkPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub purpose: &'static str,
    pub live: Option<LiveLink>,
    /// Made, by whom, until when, how it ended.
    pub rows: Vec<[String; 4]>,
}

/// A connection without credentials waits for its first ones.
fn purpose(connection: &Connection) -> Purpose {
    if connection.has_credentials() { Purpose::Reconnect } else { Purpose::Connect }
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
    let all = desk.connections.links_of(visit.who(), connection.id).await?;
    let rows = all.iter().map(|link| {
        let end = match link.state(now) {
            LinkState::Live => "open",
            LinkState::Ended(end) => end.as_str(),
        };
        let (made, until) = (format::exact(link.created_at), format::exact(link.expires_at));
        [made, link.created_by.clone(), until, end.to_owned()]
    });
    let page = LinkPage {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        purpose: purpose.as_str(),
        live,
        rows: rows.collect(),
    };
    Ok(visit.page(&page))
}

pub async fn act(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let (connections, purpose) = (&visit.desk.connections, purpose(&connection));
    let said = if sent.text("do") == "revoke" {
        if let Some(link) = connections.live_link(visit.who(), connection.id, purpose) {
            connections.revoke_link(visit.who(), link.id).await?;
        }
        "The link was taken back; it opens nothing any more."
    } else {
        let change = sent.is_on("change_base_url").then_some(true);
        let wish = WishedLink { purpose, life: None, change_base_url: change };
        connections.make_link(visit.who(), connection.id, wish).await?;
        "The link is ready. Copy it, and send it to the customer."
    };
    Ok(answer::see_other_saying(&format!("/connections/{}/link", connection.id), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_a_link_to_be_copied_and_taken_back() {
        let live = LiveLink {
            url: "https://box.example/portal/abc".into(),
            until: "24 Dec 2026, 12:19 UTC".into(),
            change_base_url: false,
        };
        let page = LinkPage {
            shell: Shell::sample(Nav::Connections),
            id: "con_1".into(),
            name: "ECC Plant 2".into(),
            purpose: "reconnect",
            live: Some(live),
            rows: vec![["24 Nov".into(), "Junctionbox".into(), "24 Dec".into(), "open".into()]],
        };
        let html = page.render().unwrap();
        assert!(
            html.contains("value=\"https://box.example/portal/abc\"") && html.contains("value=\"revoke\""),
            "{html}"
        );
        let html = LinkPage { live: None, rows: Vec::new(), ..page }.render().unwrap();
        assert!(html.contains("Make the link") && !html.contains("value=\"revoke\""), "{html}");
    }
}
