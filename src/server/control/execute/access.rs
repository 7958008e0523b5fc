//! `setup-link`, `admin` and `api-key`.

use serde_json::{Value, json};

use super::refused;
use crate::access::{AccessError, ApiKey, NewApiKey, NewUser, OneTimeToken, Principal, Role, Scope, User};
use crate::base::{CustomerId, PageRequest, Timestamp};
use crate::server::control::{ControlAnswer, Hidden};
use crate::server::wire::App;

pub async fn setup_link(app: &App) -> ControlAnswer {
    match app.access.setup_token(&Principal::cli()).await {
        Ok(token) => link(app, &token, "Open this link to make the first owner."),
        Err(error) => failed(error),
    }
}

pub async fn create_admin(
    app: &App,
    email: String,
    name: String,
    role: &str,
    password: Option<Hidden>,
) -> ControlAnswer {
    let Some(role) = Role::parse(role) else {
        return ControlAnswer::wrong_use("a role is owner, admin, operator or viewer");
    };
    let new = NewUser { email, name, role, password: password.map(|text| text.reveal()) };
    match app.access.create_user(&Principal::cli(), new).await {
        Ok(made) => match made.invitation {
            Some(token) => link(app, &token, "Open this link to choose the password."),
            None => {
                let line = format!("Made the {} {}.", made.user.role.as_str(), made.user.email);
                ControlAnswer::done(vec![line], shown_user(&made.user))
            }
        },
        Err(error) => failed(error),
    }
}

pub async fn recover_admin(app: &App, email: Option<String>) -> ControlAnswer {
    let email = match email {
        Some(email) => email,
        None => match only_owner(app).await {
            Ok(email) => email,
            Err(answer) => return answer,
        },
    };
    match app.access.recovery_token(&Principal::cli(), &email).await {
        Ok(token) => link(app, &token, "Open this link to choose a new password; all sessions of the user end then."),
        Err(error) => failed(error),
    }
}

async fn only_owner(app: &App) -> Result<String, ControlAnswer> {
    let mut owners = Vec::new();
    let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let found = app.access.users(&Principal::cli(), None, page).await.map_err(failed)?;
        owners.extend(found.items.into_iter().filter(|user| user.role == Role::Owner).map(|user| user.email));
        match found.next_cursor {
            Some(cursor) => page = PageRequest { limit: PageRequest::MAX_LIMIT, cursor: Some(cursor) },
            None => break,
        }
    }
    match owners.len() {
        0 => Err(ControlAnswer::failed("there is no owner yet; run `junctionbox setup-link`")),
        1 => Ok(owners.remove(0)),
        _ => Err(ControlAnswer::wrong_use(format!("say which owner by --email: {}", owners.join(", ")))),
    }
}

fn link(app: &App, token: &OneTimeToken, what: &str) -> ControlAnswer {
    let url = format!("{}/setup/{}", app.public_url, token.token.expose());
    let remark = format!("{what} It works once, until {}.", token.expires_at);
    ControlAnswer::done(vec![remark], json!({"url": url, "expires_at": token.expires_at}))
}

fn shown_user(user: &User) -> Value {
    json!({"id": user.id, "email": user.email, "name": user.name, "role": user.role.as_str()})
}

pub async fn create_key(
    app: &App,
    name: String,
    scopes: &[String],
    customers: &[String],
    expires_at: Option<&str>,
) -> ControlAnswer {
    let mut new = NewApiKey { name, ..NewApiKey::default() };
    for word in scopes {
        match Scope::parse(word) {
            Some(scope) => new.scopes.push(scope),
            None => return ControlAnswer::wrong_use(format!("there is no scope “{word}”; see api-key create --help")),
        }
    }
    for text in customers {
        let known = match text.parse::<CustomerId>() {
            Ok(id) => match app.customers.find(&Principal::cli(), id).await {
                Ok(found) => found.map(|_| id),
                Err(error) => return ControlAnswer::failed(error.to_string()),
            },
            Err(_) => None,
        };
        match known {
            Some(id) => new.customer_ids.get_or_insert_default().push(id),
            None => return ControlAnswer::wrong_use(format!("there is no customer {text}")),
        }
    }
    if let Some(text) = expires_at {
        match Timestamp::parse(text) {
            Some(end) => new.expires_at = Some(end),
            None => return ControlAnswer::wrong_use("an end is written like 2027-01-05T10:00:00Z"),
        }
    }
    match app.access.create_api_key(&Principal::cli(), new).await {
        Ok(made) => {
            let mut value = shown_key(&made.key);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("key".into(), made.text.expose().into());
            }
            let line = format!("This key ({}) is shown once. Copy it now.", made.key.id);
            ControlAnswer::done(vec![line], value)
        }
        Err(error) => failed(error),
    }
}

pub async fn list_keys(app: &App, ended: bool, cursor: Option<String>) -> ControlAnswer {
    let page = PageRequest { limit: PageRequest::MAX_LIMIT, cursor };
    match app.access.api_keys(&Principal::cli(), ended, page).await {
        Ok(page) => {
            let now = app.clock.now();
            let lines = page.items.iter().map(|key| line(key, now)).collect();
            let data: Vec<Value> = page.items.iter().map(shown_key).collect();
            ControlAnswer::done(lines, json!({"data": data, "next_cursor": page.next_cursor}))
        }
        Err(error) => failed(error),
    }
}

pub async fn revoke_key(app: &App, text: &str) -> ControlAnswer {
    let id = match text.parse() {
        Ok(id) => id,
        Err(_) => match by_name(app, text).await {
            Ok(id) => id,
            Err(answer) => return answer,
        },
    };
    match app.access.revoke_api_key(&Principal::cli(), id).await {
        Ok(()) => ControlAnswer::done(vec![format!("{id} is revoked.")], json!({"id": id, "revoked": true})),
        Err(error) => failed(error),
    }
}

async fn by_name(app: &App, name: &str) -> Result<crate::base::ApiKeyId, ControlAnswer> {
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let live = app.access.api_keys(&Principal::cli(), false, page).await.map_err(failed)?;
    let mut named = live.items.iter().filter(|key| key.name == name);
    match (named.next(), named.next()) {
        (Some(key), None) => Ok(key.id),
        (None, _) => Err(ControlAnswer::failed(format!("no live key is named “{name}”; `junctionbox api-key list`"))),
        _ => Err(ControlAnswer::wrong_use(format!("several keys are named “{name}”; give the id of one"))),
    }
}

fn scopes(key: &ApiKey) -> Vec<&'static str> {
    key.scopes.iter().map(|scope| scope.as_str()).collect()
}

fn line(key: &ApiKey, now: Timestamp) -> String {
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
    let state = if key.revoked_at.is_some() {
        ", revoked"
    } else if key.has_ended(now) {
        ", ended"
    } else {
        ""
    };
    format!("{}  {}…  {}  {}  {used}{state}", key.id, key.hint, key.name, scopes(key).join(","))
}

fn shown_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": scopes(key),
        "customer_ids": key.customer_ids,
        "created_by": key.created_by,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    })
}

fn failed(error: AccessError) -> ControlAnswer {
    match error {
        AccessError::Invalid(faults) => refused(&faults),
        other => ControlAnswer::failed(other.to_string()),
    }
}
