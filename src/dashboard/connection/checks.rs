//! Every check of one connection, page by page, the good and the bad ones: what the decision records leave out because
//! nothing changed.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::{Page, PageRequest, Status, Timestamp};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{ListState, Pager, ViewLink};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::health::CheckRow;

/// `/connections/{id}/checks`.
#[derive(Template, Debug, Clone)]
#[template(path = "connection/checks.html")]
pub struct ChecksPage {
    pub shell: Shell,
    pub name: String,
    pub path: String,
    pub views: Vec<ViewLink>,
    pub filtered: bool,
    pub rows: Vec<CheckLine>,
    pub pager: Pager,
}

#[derive(Debug, Clone)]
pub struct CheckLine {
    pub when: Markup,
    pub ok: bool,
    pub status: Status,
    pub why: String,
    pub rule: String,
    pub http: String,
    pub took: String,
    pub parts: String,
    pub source: String,
}

/// `good`, `bad`, or all.
fn outcome(list: &ListState) -> Option<bool> {
    match list.value("outcome") {
        Some("good") => Some(true),
        Some("bad") => Some(false),
        _ => None,
    }
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsRead)?;
    let connection = find(&visit, &id)?;
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.history.checks(connection.id, outcome(&visit.list), page).await?;
    let shell = visit.still_shell(Nav::Connections).await;
    let path = format!("/connections/{}", connection.id);
    Ok(visit.page(&page_of(shell, &visit.list, connection.name.clone(), path, &found)))
}

pub fn page_of(shell: Shell, list: &ListState, name: String, path: String, found: &Page<CheckRow>) -> ChecksPage {
    let now = shell.now;
    let current = list.value("outcome");
    let view = |value: Option<&str>, label: &str, status| ViewLink {
        href: list.with(&[("outcome", value)]),
        label: label.into(),
        status,
        count: None,
        current: current == value,
    };
    ChecksPage {
        name,
        path,
        views: vec![
            view(None, "All", None),
            view(Some("bad"), "Not good", Some(Status::Unreachable)),
            view(Some("good"), "Good", Some(Status::Active)),
        ],
        filtered: outcome(list).is_some(),
        rows: found.items.iter().map(|row| line(row, now)).collect(),
        pager: list.pager(found.items.len(), None, found.next_cursor.as_deref()),
        shell,
    }
}

fn line(row: &CheckRow, now: Timestamp) -> CheckLine {
    let timing = &row.timing;
    let parts = [
        ("name", timing.dns_ms),
        ("connection", timing.connect_ms),
        ("TLS", timing.tls_ms),
        ("first byte", timing.first_byte_ms),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, millis)| Some(format!("{name} {}", format::millis(u64::from(millis?)))))
        .collect();
    CheckLine {
        when: format::time_to_the_second(row.at, now),
        ok: row.ok,
        status: row.status,
        why: row.reason.map(|reason| reason.as_str().replace('_', " ")).unwrap_or_default(),
        rule: row.rule_name.clone(),
        http: row.http_status.map_or_else(|| format::NONE.into(), |status| status.to_string()),
        took: format::millis(u64::from(timing.total_ms)),
        parts: parts.join(", "),
        source: match row.source.as_str() {
            "scheduler" => "by schedule".into(),
            "manual" => "by hand".into(),
            "proxy" => "after a request".into(),
            other => other.replace('_', " "),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{CheckId, ConnectionId, OsRandom, Reason};
    use crate::dashboard::printed::look;
    use crate::upstream::Timing;

    #[test]
    fn checks_are_told_apart_by_outcome() {
        let at = Timestamp::parse("2026-11-24T14:22:08Z").unwrap();
        let row = |ok, status, reason| CheckRow {
            id: CheckId::new(at, &OsRandom),
            connection_id: ConnectionId::new(at, &OsRandom),
            at,
            source: "scheduler".into(),
            ok,
            status,
            reason,
            rule: Some(10),
            rule_name: "server error".into(),
            http_status: (!ok).then_some(503),
            timing: Timing { connect_ms: Some(3), total_ms: 1140, ..Timing::default() },
        };
        let found = Page {
            items: vec![row(true, Status::Active, None), row(false, Status::Unreachable, Some(Reason::ServerError))],
            next_cursor: Some("abc".into()),
        };
        let list = ListState::read("/connections/con_x/checks", "outcome=bad");
        assert_eq!(outcome(&list), Some(false));
        let page = |found: &Page<CheckRow>| {
            page_of(Shell::sample(Nav::Connections), &list, "ECC Werk 2".into(), "/connections/con_x".into(), found)
        };
        let html = look("checks", &page(&found));
        assert!(html.contains("server error") && html.contains("503") && html.contains("1\u{a0}140\u{a0}ms"), "{html}");
        let none = Page { items: Vec::new(), next_cursor: None };
        assert!(look("checks-none", &page(&none)).contains("No check is like this"));
    }
}
