//! `/calendar/maintenance`: times in which nothing alarms, planned, running and over; plan one, end one.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};

use super::view::{MaintenancePage, WindowRow};
use super::{tabs, target};
use crate::access::Permission;
use crate::base::{CustomerId, MaintenanceId, Status, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::connections::gather;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::notifications::{NewWindow, NotificationError, Window, WindowScope, begins_next, holds_until};

/// Windows that are over stay on the page for so long.
const SHOWN_DAYS: i64 = 14;

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let wish = Sent(
        ["scope", "target", "starts_at", "ends_at", "note"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), visit.list.value(name)?.to_owned())))
            .collect(),
    );
    let page = build(&visit, &wish, FieldErrors::none()).await?;
    Ok(visit.page(&page))
}

pub async fn add(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let new = match read(&sent) {
        Ok(new) => new,
        Err(errors) => return Ok(visit.page_again(&build(&visit, &sent, errors).await?)),
    };
    match visit.desk.notifications.add_window(visit.who(), new).await {
        Ok(_) => Ok(answer::see_other_saying("/calendar/maintenance", "Planned. Nothing is mailed in that time.")),
        Err(NotificationError::Invalid(faults)) => Ok(visit.page_again(&build(&visit, &sent, faults.into()).await?)),
        Err(error) => Err(error.into()),
    }
}

pub async fn end(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let id: MaintenanceId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.notifications.end_window(visit.who(), id).await?;
    Ok(answer::see_other_saying("/calendar/maintenance", "Ended. What still stands is told now."))
}

/// A time in UTC, as the field writes it or as a person does.
pub fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().replacen(' ', "T", 1);
    let text = text.trim_end_matches('Z');
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    Timestamp::parse(&format!("{text}{seconds}Z"))
}

fn read(sent: &Sent) -> Result<NewWindow, FieldErrors> {
    let mut errors = FieldErrors::none();
    let scope = WindowScope::parse(&sent.text("scope"), &sent.text("target"));
    if scope.is_none() {
        errors.add("q", "Choose a customer, a connection or a host.");
    }
    let rule = "A day and an hour in UTC, like 2026-11-24 22:00.";
    let (start, end) = (time(&sent.text("starts_at")), time(&sent.text("ends_at")));
    if start.is_none() {
        errors.add("starts_at", rule);
    }
    if end.is_none() {
        errors.add("ends_at", rule);
    }
    match (scope, start, end) {
        (Some(scope), Some(starts_at), Some(ends_at)) if errors.is_empty() => {
            Ok(NewWindow { scope, starts_at, ends_at, weekly: sent.is_on("weekly"), note: sent.text("note") })
        }
        _ => Err(errors),
    }
}

async fn build(visit: &Visit, sent: &Sent, errors: FieldErrors) -> Result<MaintenancePage, Failure> {
    let now = visit.desk.clock.now();
    let mut windows = visit.desk.notifications.windows(visit.who())?;
    let over = |window: &Window| holds_until(window, now).is_none() && begins_next(window, now).is_none();
    windows.retain(|window| {
        let ended = window.ended_at.unwrap_or(window.ends_at);
        !over(window) || ended > now.plus_seconds(-SHOWN_DAYS * 86_400)
    });
    windows.sort_by_key(|window| (over(window), window.starts_at));
    let customers = windows.iter().filter_map(|window| match window.scope {
        WindowScope::Customer(id) => Some(id),
        _ => None,
    });
    let names = gather::customer_names(visit, customers).await?;
    let running = windows.iter().filter(|window| holds_until(window, now).is_some()).count();
    let shell = visit.still_shell(Nav::Calendar).await;
    let may_change = visit.may(Permission::ConnectionsWrite);
    let (scope, named) = (sent.text("scope"), sent.text("target"));
    let chosen = target::chosen(visit, &scope, &named).await?;
    let mut errors = errors;
    if chosen.is_none() && !scope.is_empty() && errors.message("q").is_none() {
        errors.add("q", "It is not there any more. Choose another one.");
    }
    Ok(MaintenancePage {
        tabs: tabs("/calendar/maintenance"),
        title: match running {
            0 => "Nothing is in maintenance".into(),
            1 => "1 window is running".into(),
            many => format!("{many} windows are running"),
        },
        rows: windows.iter().map(|window| row(visit, window, &names, now, may_change)).collect(),
        may_change,
        fields: fields(sent, &errors, now),
        search: if chosen.is_none() && may_change { Some(target::search(visit).await?) } else { None },
        chosen,
        errors,
        shell,
    })
}

fn fields(sent: &Sent, errors: &FieldErrors, now: Timestamp) -> Vec<FieldView> {
    let written = |at: Timestamp| at.to_jiff().strftime("%Y-%m-%dT%H:%M").to_string();
    let value = |name: &str, usual: String| sent.given(name).unwrap_or(usual);
    let fields = vec![
        FieldView::new(FieldKind::DateTime, "starts_at", "From (UTC)").value(value("starts_at", written(now))),
        FieldView::new(FieldKind::DateTime, "ends_at", "To (UTC)")
            .value(value("ends_at", written(now.plus_seconds(2 * 3600)))),
        FieldView::new(FieldKind::Check, "weekly", "Every week at that time").checked(sent.is_on("weekly")),
        FieldView::text("note", "Note")
            .value(sent.text("note"))
            .help("Why, for your colleagues.")
            .max_length(500)
            .optional(),
    ];
    fields.into_iter().map(|field| field.errors(errors)).collect()
}

fn row(
    visit: &Visit,
    window: &Window,
    names: &HashMap<CustomerId, String>,
    now: Timestamp,
    may_change: bool,
) -> WindowRow {
    let running = holds_until(window, now);
    let next = begins_next(window, now);
    let (tone, state) = match (running, next) {
        (Some(_), _) => (Status::Degraded, "Now"),
        (None, Some(_)) => (Status::Pending, "Planned"),
        (None, None) => (Status::Disconnected, "Over"),
    };
    let covered = format::count(
        u64::try_from(visit.desk.notifications.covered(&window.scope)).unwrap_or(0),
        "connection",
        "connections",
    );
    let (what, what_sub, path) = match &window.scope {
        WindowScope::Connection(id) => {
            let found = visit.desk.connections.find(visit.who(), *id).ok();
            let name = found.map_or_else(|| id.to_string(), |found| found.name.clone());
            (name, "connection".to_owned(), Some(format!("/connections/{id}")))
        }
        WindowScope::Customer(id) => {
            let name = names.get(id).cloned().unwrap_or_else(|| id.to_string());
            (name, format!("customer, {covered}"), Some(format!("/customers/{id}")))
        }
        WindowScope::Host(host) => (host.clone(), format!("host, {covered}"), None),
        WindowScope::Instance => ("Everything".into(), format!("{covered}, and the appliance’s alarms"), None),
    };
    let length = window.ends_at.since(window.starts_at);
    let start = match (running, next) {
        (Some(end), _) => end.minus(length),
        (None, Some(next)) => next,
        (None, None) => window.starts_at,
    };
    let end = window.ended_at.unwrap_or_else(|| start.plus(length));
    WindowRow {
        id: window.id.to_string(),
        tone,
        state,
        what,
        what_sub,
        path,
        from: format::time(start, now),
        to: format::time(end, now),
        repeats: if window.weekly { "every week" } else { "once" },
        note: window.note.clone(),
        by: window.created_by.clone(),
        can_end: may_change && (running.is_some() || next.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_fields_and_people_write_them() {
        let wanted = Timestamp::parse("2026-11-24T22:00:00Z");
        for text in ["2026-11-24T22:00", "2026-11-24 22:00", "2026-11-24T22:00:00Z", " 2026-11-24T22:00:00 "] {
            assert_eq!(time(text), wanted, "{text}");
        }
        for text in ["", "tomorrow", "2026-11-24", "2026-13-24T22:00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
