//! What can be done to a receiver after a question: a new secret, switched off, switched on, removed.

use actix_web::{HttpResponse, web};

use super::form::secret_page;
use super::handlers::find;
use super::words::short_address;
use crate::access::Permission;
use crate::dashboard::answer;
use crate::dashboard::confirm::ConfirmPage;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::webhooks::{ChangeEndpoint, Endpoint};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Rotate,
    Disable,
    Enable,
    Delete,
}

impl Deed {
    pub const ALL: [Self; 4] = [Self::Rotate, Self::Disable, Self::Enable, Self::Delete];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rotate => "rotate",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

pub fn question(
    shell: Shell,
    deed: Deed,
    endpoint: &Endpoint,
    waiting: i64,
    overlap: std::time::Duration,
) -> ConfirmPage {
    let name = short_address(&endpoint.url);
    let path = format!("/webhooks/{}", endpoint.id);
    let waits = match waiting {
        0 => String::new(),
        1 => " 1 delivery that waits is given up.".into(),
        many => format!(" {} deliveries that wait are given up.", format::whole(many)),
    };
    let (question, text, keep, button) = match deed {
        Deed::Rotate => (
            format!("Make a new secret for {name}?"),
            format!(
                "It is shown once. The present one signs beside it for {}, so that your program can change over.",
                format::span(overlap)
            ),
            "Keep the present one",
            "Make a new secret",
        ),
        Deed::Disable => (
            format!("Switch off {name}?"),
            format!("It is told nothing until it is switched on again.{waits} What it misses can be sent afterwards."),
            "Keep it on",
            "Switch it off",
        ),
        Deed::Enable => (
            format!("Switch on {name}?"),
            "It is told of everything from now on. What it missed can be sent from its page.".into(),
            "Leave it off",
            "Switch it on",
        ),
        Deed::Delete => (
            format!("Remove {name}?"),
            format!("Its secret and the record of its deliveries are removed.{waits} The events stay."),
            "Keep it",
            "Remove the receiver",
        ),
    };
    ConfirmPage {
        shell,
        place: format!("Webhooks / {name}"),
        question,
        text,
        cost: Vec::new(),
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: keep.into(),
        keep_path: path.clone(),
        action_path: format!("{path}/{}", deed.as_str()),
        button: button.into(),
        danger: deed == Deed::Delete,
    }
}

pub async fn ask(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse, Failure> {
    let (id, deed) = path.into_inner();
    let deed = Deed::parse(&deed).ok_or(Trouble::NotFound)?;
    visit.who().require(Permission::WebhooksWrite)?;
    let endpoint = find(&visit, &id).await?;
    let summary = visit.desk.webhooks.summary(visit.who(), endpoint.id).await?;
    let waiting = summary.map_or(0, |summary| summary.waiting);
    let overlap = visit.desk.webhooks.settings().secret_overlap;
    let shell = visit.still_shell(Nav::Webhooks).await;
    Ok(visit.page(&question(shell, deed, &endpoint, waiting, overlap)))
}

pub async fn act(
    visit: Visit,
    path: web::Path<(String, String)>,
    sent: web::Form<Sent>,
) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let (id, deed) = path.into_inner();
    let deed = Deed::parse(&deed).ok_or(Trouble::NotFound)?;
    let endpoint = find(&visit, &id).await?;
    let (webhooks, who) = (&visit.desk.webhooks, visit.who());
    let switch = |disabled| ChangeEndpoint { disabled: Some(disabled), ..ChangeEndpoint::default() };
    let page = format!("/webhooks/{}", endpoint.id);
    match deed {
        Deed::Rotate => {
            let made = webhooks.rotate_secret(who, endpoint.id).await?;
            let until = made.endpoint.old_secret_until.map(format::exact).unwrap_or_default();
            let note = format!("Until {until} the secret before it signs too; give this one to your program by then.");
            return secret_page(&visit, &made, note).await;
        }
        Deed::Delete => {
            webhooks.delete(who, endpoint.id).await?;
            return Ok(answer::see_other_saying("/webhooks", "The receiver is removed."));
        }
        Deed::Disable => webhooks.change(who, endpoint.id, switch(true), None).await?,
        Deed::Enable => webhooks.change(who, endpoint.id, switch(false), None).await?,
    };
    let said =
        if deed == Deed::Disable { "It is told nothing from now on." } else { "It is told of everything from now on." };
    Ok(answer::see_other_saying(&page, said))
}
