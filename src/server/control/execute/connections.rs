//! `connection list`, `show` and `check`.

use serde_json::{Value, json};

use super::refused;
use crate::access::Principal;
use crate::base::{ConnectionId, PageRequest, Status};
use crate::connections::{CheckOutcome, Connection, ConnectionError, ConnectionFilter, ConnectionSort};
use crate::server::control::ControlAnswer;
use crate::server::wire::App;

/// What `connection list` filters by, as it was typed.
pub struct Wanted {
    pub customer: Option<String>,
    pub status: Option<String>,
    pub system: Option<String>,
    pub q: Option<String>,
    pub cursor: Option<String>,
}

pub async fn list(app: &App, wanted: Wanted) -> ControlAnswer {
    let (filter, cursor) = match filter(wanted) {
        Ok(read) => read,
        Err(message) => return ControlAnswer::wrong_use(message),
    };
    let page = PageRequest { limit: PageRequest::MAX_LIMIT, cursor };
    match app.connections.list(&Principal::cli(), filter, ConnectionSort::Created, page).await {
        Ok(page) => {
            let lines = page.items.iter().map(line).collect();
            let data: Vec<Value> = page.items.iter().map(shown).collect();
            ControlAnswer::done(lines, json!({"data": data, "next_cursor": page.next_cursor}))
        }
        Err(error) => failed(error),
    }
}

fn filter(wanted: Wanted) -> Result<(ConnectionFilter, Option<String>), String> {
    let statuses = match wanted.status.as_deref() {
        None => Vec::new(),
        Some(text) => text
            .split(',')
            .map(|word| {
                Status::parse(word.trim()).ok_or_else(|| format!("“{word}” is no status; there are: {}", words()))
            })
            .collect::<Result<_, _>>()?,
    };
    let customer_id = wanted.customer.map(|text| text.parse().map_err(|error| format!("{error}"))).transpose()?;
    let with_disconnected = statuses.contains(&Status::Disconnected);
    let filter = ConnectionFilter {
        customer_id,
        statuses,
        system: wanted.system,
        q: wanted.q,
        with_disconnected,
        ..ConnectionFilter::default()
    };
    Ok((filter, wanted.cursor))
}

fn words() -> String {
    Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ")
}

pub fn show(app: &App, id: &str) -> ControlAnswer {
    let id = match id.parse::<ConnectionId>() {
        Ok(id) => id,
        Err(error) => return ControlAnswer::wrong_use(error.to_string()),
    };
    match app.connections.find(&Principal::cli(), id) {
        Ok(found) => ControlAnswer::done(vec![line(&found), found.message.clone()], shown(&found)),
        Err(error) => failed(error),
    }
}

/// A check now. Answers 3 when the connection is not well.
pub async fn check(app: &App, id: &str) -> ControlAnswer {
    let id = match id.parse::<ConnectionId>() {
        Ok(id) => id,
        Err(error) => return ControlAnswer::wrong_use(error.to_string()),
    };
    match app.connections.check(&Principal::cli(), id).await {
        Ok(outcome) => checked(&outcome),
        Err(error) => failed(error),
    }
}

fn checked(outcome: &CheckOutcome) -> ControlAnswer {
    let connection = &outcome.connection;
    let mut lines = vec![line(connection), connection.message.clone()];
    let mut value = shown(connection);
    match &outcome.looked {
        Some(looked) => {
            if looked.message != connection.message {
                lines.push(looked.message.clone());
            }
            if let Some(fields) = value.as_object_mut() {
                fields.insert("observation".into(), crate::connections::observation_json(&looked.observation));
            }
        }
        None => lines.push("Nothing was sent: this secret was refused before.".into()),
    }
    if connection.status == Status::Active {
        ControlAnswer::done(lines, value)
    } else {
        ControlAnswer::found(lines, value)
    }
}

fn line(connection: &Connection) -> String {
    let reason = connection.reason.map(|reason| format!(" ({})", reason.as_str())).unwrap_or_default();
    format!(
        "{}  {}{reason} since {}  {}  {}  {} credits",
        connection.id,
        connection.status.as_str(),
        connection.since,
        connection.name,
        connection.system,
        connection.credits_held
    )
}

fn shown(connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "customer_id": connection.customer_id,
        "system": connection.system,
        "name": connection.name,
        "base_url": connection.base_url,
        "status": connection.status,
        "reauthorization_required": connection.reauthorization_required(),
        "reason": connection.reason,
        "fault_scope": connection.fault_scope,
        "message": connection.message,
        "since": connection.since,
        "credits": connection.credits_held,
        "last_checked_at": connection.marks.last_checked_at,
        "last_ok_at": connection.marks.last_ok_at,
    })
}

fn failed(error: ConnectionError) -> ControlAnswer {
    match error {
        ConnectionError::Invalid(faults) => refused(&faults),
        ConnectionError::NotFound => {
            ControlAnswer::failed("there is no such connection; `junctionbox connection list` shows all")
        }
        other => ControlAnswer::failed(other.to_string()),
    }
}
