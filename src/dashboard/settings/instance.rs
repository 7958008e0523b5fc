//! The instance itself: what it is called, where it stands, whether its vault is open; and how this browser shows it.

use actix_web::{HttpResponse, web};

use super::tabs;
use super::view::{AppearancePage, InstancePage};
use crate::access::Permission;
use crate::audit::Entry;
use crate::dashboard::answer;
use crate::dashboard::connection::view::Fact;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::preferences::{Preferences, parse_theme, theme_word};
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit, inbound};
use crate::instance::InstanceError;

/// `/settings` is no page of its own.
pub async fn home(_: Visit) -> HttpResponse {
    answer::see_other("/settings/instance")
}

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let page = build(&visit, None, FieldErrors::none()).await;
    Ok(visit.page(&page))
}

pub async fn change(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    let sent = sent.into_inner();
    visit.accept(&sent)?;
    visit.who().require(Permission::Admin)?;
    let (instances, audit) = (visit.desk.instances.clone(), visit.desk.audit.clone());
    let (name, region) = (sent.given("name"), sent.given("region"));
    let entry = Entry::new(visit.desk.clock.now(), &visit.who().actor, "instance.renamed")
        .detail(serde_json::json!({ "name": name, "region": region }));
    let changed = visit.desk.store.write::<_, InstanceError, _>(move |tx| {
        instances.rename(tx, name.as_deref(), region.as_deref())?;
        audit.append(tx, &entry)?;
        Ok(())
    });
    match changed.await {
        Ok(()) => Ok(answer::see_other_saying("/settings/instance", "Saved.")),
        Err(InstanceError::Name) => again(&visit, sent, "name", "A name has 1 to 100 characters.").await,
        Err(InstanceError::Region) => {
            let rule = "A region has 1 to 32 lower-case letters, digits and hyphens, like eu-central.";
            again(&visit, sent, "region", rule).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(visit: &Visit, sent: Sent, field: &str, rule: &str) -> Result<HttpResponse, Failure> {
    Ok(visit.page_again(&build(visit, Some(sent), FieldErrors::one(field, rule)).await))
}

async fn build(visit: &Visit, sent: Option<Sent>, errors: FieldErrors) -> InstancePage {
    let shell = visit.still_shell(Nav::Settings).await;
    let instance = visit.desk.instances.current();
    let vault = if visit.desk.vault.is_sealed() { "sealed" } else { "open" };
    let mut facts = vec![
        Fact::new("Name", &instance.name).second_line(fixed(instance.name_is_fixed)),
        Fact::new("Region", &instance.region).second_line(fixed(instance.region_is_fixed)),
        Fact::new("Version", visit.desk.version),
        Fact::new("Vault", vault),
        Fact::new("Price list", visit.desk.credits.price_list().version.to_string()),
        Fact::new("Credit policy", visit.desk.credits.policy().as_str()),
        Fact::new("Running since the set-up of", format::short(instance.created_at, shell.now)),
        Fact::mono("Id", &instance.id),
    ];
    if instance.is_demo {
        facts.insert(0, Fact::new("Kind", "a demo; its data is thrown away at the end"));
    }
    let value = |name: &str, now: &str| sent.as_ref().map_or_else(|| now.to_owned(), |sent| sent.text(name));
    let mut fields = Vec::new();
    if !instance.name_is_fixed {
        let help = "Operators see it on every page.";
        fields.push(
            FieldView::text("name", "Name")
                .value(value("name", &instance.name))
                .help(help)
                .max_length(100)
                .errors(&errors),
        );
    }
    if !instance.region_is_fixed {
        let help = "Customers of another region are refused.";
        fields.push(
            FieldView::text("region", "Region")
                .value(value("region", &instance.region))
                .help(help)
                .max_length(32)
                .errors(&errors),
        );
    }
    InstancePage {
        tabs: tabs("/settings/instance"),
        notice: String::new(),
        facts,
        may_change: visit.may(Permission::Admin),
        errors,
        fields,
        reminders: vec![
            "Keep a copy of the instance key and the vault’s key where the backups are not: without them nothing can be opened.".into(),
            "The vault is sealed and unsealed on the server: junctionbox vault seal, junctionbox vault unseal.".into(),
        ],
        shell,
    }
}

fn fixed(fixed: bool) -> &'static str {
    if fixed { "set in the configuration" } else { "" }
}

pub async fn appearance(visit: Visit) -> Result<HttpResponse, Failure> {
    let wish = Preferences::of(&visit.request);
    let theme = wish.theme.map(theme_word).unwrap_or_default();
    let choices = [("", "As the system"), ("light", "Light"), ("dark", "Dark")];
    let shell = visit.still_shell(Nav::Settings).await;
    let fields = vec![
        FieldView::new(FieldKind::Radio, "theme", "Theme").choices(choices, theme),
        FieldView::new(FieldKind::Check, "keys", "Single keys")
            .checked(wish.keys)
            .help("g o opens the overview, j and k walk through rows, ? lists them all."),
    ];
    Ok(visit.page(&AppearancePage { shell, tabs: tabs("/settings/appearance"), fields }))
}

pub async fn change_appearance(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let wish = Preferences { theme: parse_theme(&sent.text("theme")), keys: sent.is_on("keys") };
    let mut response = answer::see_other_saying("/settings/appearance", "Saved for this browser.");
    for cookie in wish.cookies(inbound(&visit.request).https) {
        if response.add_cookie(&cookie).is_err() {
            tracing::warn!("a preference could not be kept");
        }
    }
    Ok(response)
}
