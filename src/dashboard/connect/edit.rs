//! `/connections/{id}/edit`: name, interval, metadata. Everything else changes by a reconnect.

use actix_web::{HttpResponse, web};

use super::view::EditPage;
use crate::access::Permission;
use crate::connections::{ChangeConnection, Connection, ConnectionError};
use crate::dashboard::answer;
use crate::dashboard::connection::handlers::find;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::metadata;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

/// What stands in the fields.
struct Typed {
    name: String,
    interval: String,
    metadata: String,
    version: i64,
}

async fn page(visit: &Visit, connection: &Connection, typed: Typed, errors: FieldErrors, notice: &str) -> EditPage {
    let fields = vec![
        FieldView::text("name", "Name").value(typed.name).help("How your team calls it.").max_length(200),
        FieldView::new(FieldKind::Number, "check_interval_seconds", "Check interval")
            .value(typed.interval)
            .range(1, 86_400)
            .help("Seconds. A longer one that the system asks for wins."),
        FieldView::new(FieldKind::Area, "metadata", "Metadata")
            .value(typed.metadata)
            .help("Your own words, one key = value a line. They come back in events.")
            .optional()
            .mono(),
    ];
    EditPage {
        shell: visit.still_shell(Nav::Connections).await,
        id: connection.id.to_string(),
        name: connection.name.clone(),
        version: typed.version,
        fields: fields.into_iter().map(|field| field.errors(&errors)).collect(),
        errors,
        notice: notice.into(),
    }
}

pub async fn ask(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsWrite)?;
    let connection = find(&visit, &id)?;
    let typed = Typed {
        name: connection.name.clone(),
        interval: connection.check_interval_seconds.to_string(),
        metadata: metadata::print(&connection.metadata),
        version: connection.version,
    };
    Ok(visit.page(&page(&visit, &connection, typed, FieldErrors::none(), "").await))
}

pub async fn act(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let mut typed = Typed {
        name: sent.text("name"),
        interval: sent.text("check_interval_seconds"),
        metadata: sent.raw("metadata").to_owned(),
        version: sent.text("version").parse().unwrap_or(connection.version),
    };
    let mut notice = "";
    let errors = match change(&typed, &connection) {
        Err(errors) => errors,
        Ok(change) => match visit.desk.connections.change(visit.who(), connection.id, change).await {
            Ok(_) => return Ok(answer::see_other_saying(&format!("/connections/{}", connection.id), "Saved.")),
            Err(ConnectionError::Invalid(faults)) => faults.into(),
            Err(ConnectionError::Stale { current }) => {
                typed.version = current;
                notice = "Somebody else changed this connection meanwhile. Your input is still here; compare and save again.";
                FieldErrors::none()
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok(visit.page_again(&page(&visit, &connection, typed, errors, notice).await))
}

fn change(typed: &Typed, connection: &Connection) -> Result<ChangeConnection, FieldErrors> {
    let mut errors = FieldErrors::none();
    let interval = typed.interval.parse().ok();
    if interval.is_none() {
        errors.add("check_interval_seconds", "This is a whole number of seconds.");
    }
    let metadata = metadata::read(&typed.metadata, &connection.metadata);
    if let Err(problem) = &metadata {
        errors.add("metadata", problem.clone());
    }
    let change = ChangeConnection {
        name: Some(typed.name.clone()),
        check_interval_seconds: interval,
        metadata: metadata.ok(),
        version: Some(typed.version),
    };
    if errors.is_empty() { Ok(change) } else { Err(errors) }
}
