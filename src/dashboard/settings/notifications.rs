//! What the signed-in user wants to be told: at once, for which customers, and once a day.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};

use super::mail_view::NotificationsPage;
use super::tabs;
use crate::base::{CustomerId, Language, PageRequest, Status, UserId};
use crate::customers::{CustomerFilter, CustomerSort};
use crate::dashboard::answer;
use crate::dashboard::connections::gather;
use crate::dashboard::fields::{Choice, FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::notifications::Preferences;

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let wanted = visit.desk.notifications.preferences(visit.who()).await?;
    let names = names(&visit, wanted.customers.as_deref().unwrap_or_default()).await?;
    let page = build(&visit, &wanted, &names, FieldErrors::none()).await?;
    Ok(visit.page(&page))
}

pub async fn change(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let (customers, unknown) = customers(&visit, sent.raw("customers")).await?;
    let wanted = Preferences {
        alarms: sent.is_on("alarms"),
        ends: sent.is_on("ends"),
        statuses: sent.all("statuses").iter().filter_map(|word| Status::parse(word)).collect(),
        customers,
        digest: sent.is_on("digest"),
        digest_hour: sent.text("digest_hour").parse().unwrap_or(6),
        locale: Language::nearest(&sent.text("locale")),
    };
    if !unknown.is_empty() {
        let rule =
            format!("No customer is called or numbered {}. Write each as it stands in the list.", unknown.join(", "));
        let page = build(&visit, &wanted, sent.raw("customers"), FieldErrors::one("customers", rule)).await?;
        return Ok(visit.page_again(&page));
    }
    visit.desk.notifications.choose(visit.who(), wanted).await?;
    Ok(answer::see_other_saying("/settings/notifications", "Saved."))
}

/// Customers by name, external id or id, one a line; nothing means all.
async fn customers(visit: &Visit, typed: &str) -> Result<(Option<Vec<CustomerId>>, Vec<String>), Failure> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match find(visit, line).await? {
            Some(id) if !found.contains(&id) => found.push(id),
            Some(_) => {}
            None => unknown.push(format!("“{}”", line.chars().take(60).collect::<String>())),
        }
    }
    Ok(((!found.is_empty()).then_some(found), unknown))
}

async fn find(visit: &Visit, line: &str) -> Result<Option<CustomerId>, Failure> {
    if let Ok(id) = line.parse::<CustomerId>() {
        return Ok(visit.desk.customers.find(visit.who(), id).await?.map(|found| found.customer.id));
    }
    let filter = CustomerFilter { q: Some(line.to_owned()), ..CustomerFilter::default() };
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let found = visit.desk.customers.list(visit.who(), filter, CustomerSort::Name, page).await?;
    let is = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case(line) || text == line);
    let one = found.items.into_iter().map(|found| found.customer);
    Ok(one.into_iter().find(|one| is(Some(&one.name)) || is(one.external_id.as_deref())).map(|one| one.id))
}

async fn names(visit: &Visit, ids: &[CustomerId]) -> Result<String, Failure> {
    let names: HashMap<CustomerId, String> = gather::customer_names(visit, ids.iter().copied()).await?;
    let lines: Vec<String> = ids.iter().filter_map(|id| names.get(id).cloned()).collect();
    Ok(lines.join("\n"))
}

async fn build(
    visit: &Visit,
    wanted: &Preferences,
    customers: &str,
    errors: FieldErrors,
) -> Result<NotificationsPage, Failure> {
    let shell = visit.still_shell(Nav::Settings).await;
    let own: Option<UserId> = visit.who().actor.id.as_deref().and_then(|id| id.parse().ok());
    let email = match own {
        Some(id) => visit.desk.access.user(visit.who(), id).await?.map(|user| user.email),
        None => None,
    };
    let check = |name: &str, label: &str, on: bool, help: &str| {
        FieldView::new(FieldKind::Check, name, label).checked(on).help(help)
    };
    let hours = (0..24).map(|hour| (hour.to_string(), format!("{hour:02}:00 UTC")));
    Ok(NotificationsPage {
        tabs: tabs("/settings/notifications"),
        email: email.unwrap_or_default(),
        has_mail_server: visit.desk.notifications.has_mail_server(),
        alarms: vec![
            check(
                "alarms",
                "Alarms of the appliance",
                wanted.alarms,
                "Its own network, clock or disk, our application at a vendor, webhook receivers that fail, credits that run out.",
            ),
            check("ends", "Ends of certificates, credentials and keys", wanted.ends, "30, 7 and 1 days before."),
        ],
        statuses: Preferences::STATUSES
            .into_iter()
            .map(|status| Choice {
                value: status.as_str().into(),
                label: status.label().into(),
                chosen: wanted.statuses.contains(&status),
            })
            .collect(),
        customers: vec![
            FieldView::new(FieldKind::Area, "customers", "Of these customers only")
                .value(customers)
                .help("Name, external id or id, one a line. Empty for all. The digest obeys it too.")
                .optional()
                .errors(&errors),
        ],
        digest: vec![
            check(
                "digest",
                "Daily digest",
                wanted.digest,
                "What needs a hand, what works again, what ends within 30 days. Not sent when there is nothing.",
            ),
            FieldView::new(FieldKind::Select, "digest_hour", "At").choices(hours, &wanted.digest_hour.to_string()),
            FieldView::new(FieldKind::Select, "locale", "Language of your mails")
                .choices(Language::ALL.map(|locale| (locale.code(), locale.own_name())), wanted.locale.code()),
        ],
        errors,
        shell,
    })
}
