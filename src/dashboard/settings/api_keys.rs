//! API keys: what programs may do. A key is shown once, on the page that answers its making, and never again.

use actix_web::{HttpResponse, web};

use super::tabs;
use super::view::{ApiKeyMadePage, ApiKeyRow, ApiKeysPage};
use crate::access::{AccessError, ApiKey, NewApiKey, Permission, Scope};
use crate::base::{ApiKeyId, PageRequest, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::confirm::ConfirmPage;
use crate::dashboard::fields::{Choice, FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

/// The offered spans; anything else is for the API.
const ENDS: [(&str, &str); 4] = [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year")];

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    let page = build(&visit, &Sent::default(), FieldErrors::none()).await?;
    Ok(visit.page(&page))
}

async fn build(visit: &Visit, sent: &Sent, errors: FieldErrors) -> Result<ApiKeysPage, Failure> {
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let keys = visit.desk.access.api_keys(visit.who(), true, page).await?.items;
    let shell = visit.still_shell(Nav::Settings).await;
    let count = u64::try_from(keys.iter().filter(|key| !key.has_ended(shell.now)).count()).unwrap_or(0);
    let chosen = sent.all("scopes");
    let scopes = Permission::ALL.into_iter().map(Permission::as_str).chain(["all"]);
    let fields = vec![
        FieldView::text("name", "Name")
            .value(sent.text("name"))
            .help("Which program uses it.")
            .max_length(100)
            .errors(&errors),
        FieldView::new(FieldKind::Select, "ends", "Ends").choices(ENDS, &sent.text("ends")),
    ];
    Ok(ApiKeysPage {
        tabs: tabs("/settings/api-keys"),
        summary: format!("{} in use", format::count(count, "key", "keys")),
        rows: keys.iter().map(|key| row(key, shell.now)).collect(),
        may_change: true,
        fields,
        scopes: scopes
            .map(|word| Choice {
                value: word.into(),
                label: scope_words(word).into(),
                chosen: chosen.iter().any(|one| one == word),
            })
            .collect(),
        scope_error: errors.message("scopes").map(str::to_owned),
        errors,
        shell,
    })
}

fn scope_words(word: &str) -> &str {
    match word {
        "customers:read" => "read customers",
        "customers:write" => "change customers",
        "connections:read" => "read connections",
        "connections:write" => "connect, check, reconnect",
        "proxy" => "forward requests to systems",
        "credits:read" => "read credits",
        "credits:write" => "grant credits",
        "webhooks:read" => "read webhooks",
        "webhooks:write" => "change webhooks",
        "audit:read" => "read the audit",
        "admin" => "users, keys, the instance",
        "all" => "everything",
        other => other,
    }
}

fn row(key: &ApiKey, now: Timestamp) -> ApiKeyRow {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    ApiKeyRow {
        id: key.id.to_string(),
        name: key.name.clone(),
        hint: format!("{}…", key.hint),
        scopes: scopes.join(", "),
        customers: match &key.customer_ids {
            None => "all".into(),
            Some(ids) => format::count(u64::try_from(ids.len()).unwrap_or(0), "customer", "customers"),
        },
        ends: key.expires_at.map_or_else(|| "never".into(), |end| format::short(end, now)),
        last_used: key.last_used_at.map_or_else(|| "never".into(), |at| format::short(at, now)),
        ended: key.has_ended(now),
        ended_word: if key.revoked_at.is_some() { "revoked" } else { "ended" },
    }
}

pub async fn make(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let days = sent.text("ends").parse::<i64>().ok().filter(|days| (1..=3660).contains(days));
    let new = NewApiKey {
        name: sent.text("name"),
        scopes: sent.all("scopes").iter().filter_map(|word| Scope::parse(word)).collect(),
        customer_ids: None,
        expires_at: days.map(|days| visit.desk.clock.now().plus_seconds(days * 86_400)),
    };
    match visit.desk.access.create_api_key(visit.who(), new).await {
        Ok(made) => {
            let shell = visit.still_shell(Nav::Settings).await;
            let key = made.text.expose().to_owned();
            Ok(visit.page(&ApiKeyMadePage { shell, name: made.key.name, key }))
        }
        Err(AccessError::Invalid(faults)) => Ok(visit.page_again(&build(&visit, &sent, faults.into()).await?)),
        Err(error) => Err(error.into()),
    }
}

async fn find(visit: &Visit, id: &str) -> Result<ApiKey, Failure> {
    let id: ApiKeyId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.access.api_key(visit.who(), id).await?.ok_or(Failure::Trouble(Trouble::NotFound))
}

pub async fn ask_revoke(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let key = find(&visit, &id).await?;
    let shell = visit.still_shell(Nav::Settings).await;
    let used = match key.last_used_at {
        Some(at) => format!("It was used {} ago;", format::rough_span(shell.now.since(at))),
        None => "It was never used;".into(),
    };
    let page = ConfirmPage {
        shell,
        place: format!("API keys / {}", key.name),
        question: format!("Revoke the API key “{}”?", key.name),
        text: format!("{used} its programs get 401 from now on."),
        cost: Vec::new(),
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: "Keep it".into(),
        keep_path: "/settings/api-keys".into(),
        action_path: format!("/settings/api-keys/{}/revoke", key.id),
        button: "Revoke the key".into(),
        danger: true,
    };
    Ok(visit.page(&page))
}

pub async fn revoke(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let key = find(&visit, &id).await?;
    visit.desk.access.revoke_api_key(visit.who(), key.id).await?;
    Ok(answer::see_other_saying("/settings/api-keys", &format!("“{}” is revoked.", key.name)))
}
