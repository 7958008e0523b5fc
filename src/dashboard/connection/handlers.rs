//! The addresses of one connection: its page, its records, and what an operator does to it.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::care::CareFacts;
use super::deeds::{Deed, question};
use super::plot::{Point, Range};
use super::present::{HistoryFacts, PageFacts, content};
use super::timeline;
use super::view::ConnectionPage;
use crate::access::Permission;
use crate::base::{ConnectionId, PageRequest, Status};
use crate::connections::{CheckOutcome, Connection};
use crate::dashboard::answer;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::live;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::health::Span;

/// Decision records on one page.
const RECORDS: u32 = 20;

/// The connection of an address; what the viewer may not see does not exist.
pub fn find(visit: &Visit, id: &str) -> Result<Arc<Connection>, Failure> {
    let id: ConnectionId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    Ok(visit.desk.connections.find(visit.who(), id)?)
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let connection = find(&visit, &id)?;
    let (desk, who) = (&visit.desk, visit.who());
    let customer = desk.customers.find(who, connection.customer_id).await?;
    let page = PageRequest { limit: RECORDS, cursor: visit.list.cursor() };
    let notifications = &desk.notifications;
    let acknowledgement = notifications.acknowledgement(&connection);
    let notices = notifications.notices_of(who, connection.id).await?;
    let care = CareFacts {
        acknowledgement: acknowledgement.as_ref(),
        maintenance: notifications.in_maintenance(&connection),
        notices: &notices,
        customer: customer.as_ref().map(|found| &found.customer),
        has_mail_server: notifications.has_mail_server(),
    };
    let facts = PageFacts {
        care,
        customer: customer.as_ref().map(|found| &found.customer),
        system: desk.catalogue.find(&connection.system).map(AsRef::as_ref),
        records: desk.connections.transitions(who, connection.id, page).await?,
        history: history(&visit, &connection).await?,
        credits_free: desk.credits.summary(who).await.map(|summary| summary.available).unwrap_or_default(),
        may_change: visit.may(Permission::ConnectionsWrite),
        may_retry: connection.status == Status::ReauthorizationRequired && !connection.fingerprint.is_empty(),
        connection: &connection,
    };
    let content = content(visit.shell(Nav::Connections).await, &visit.list, &facts);
    let page = ConnectionPage::new(content, &visit.list)?;
    Ok(live::respond(&visit.request, &page, &page.live, &page.shell, &visit.list))
}

async fn history(visit: &Visit, connection: &Connection) -> Result<HistoryFacts, Failure> {
    let (desk, now) = (&visit.desk, visit.desk.clock.now());
    let changes = desk.connections.statuses_since(connection.id, now.plus_seconds(-30 * 86_400)).await?;
    let uptime = desk.history.uptime(connection).await?;
    let span = match Range::parse(visit.list.value("range")) {
        Range::Day => Span::Day,
        Range::Week => Span::Week,
        Range::Month => Span::Month,
    };
    let points = desk.history.response_times(connection.id, span).await?;
    let windows = [uptime.day, uptime.week, uptime.month];
    Ok(HistoryFacts {
        uptime: [uptime.h24, uptime.d7, uptime.d30],
        episodes: windows.map(|window| Some(u64::from(window.troubles))),
        slots: timeline::slots(&changes, now),
        points: points.iter().filter_map(measured).collect(),
        signed_out: timeline::signed_out(&changes, now),
    })
}

/// A slot in which a time was measured.
fn measured(point: &crate::health::Point) -> Option<Point> {
    let p50 = point.p50_ms?;
    let p95 = point.p95_ms.unwrap_or(p50);
    Some(Point { from: point.at, p50, p95, p99: point.p99_ms.unwrap_or(p95), checks: u64::from(point.checks) })
}

/// A decision record as JSON.
pub async fn record(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse, Failure> {
    let (connection, record) = path.into_inner();
    let connection = find(&visit, &connection)?;
    let found = visit.desk.connections.transition(visit.who(), &record).await?;
    let found = found.filter(|found| found.connection_id == connection.id).ok_or(Trouble::NotFound)?;
    let body = serde_json::json!({
        "id": found.id, "connection_id": found.connection_id, "at": found.at,
        "before": { "status": found.before_status, "reason": found.before_reason },
        "after": { "status": found.status, "reason": found.reason, "fault_scope": found.fault_scope },
        "message": found.message, "rule": found.rule, "rule_name": found.rule_name, "source": found.source,
        "actor": found.actor_name, "episode_id": found.episode_id, "event_id": found.event_id,
        "generation": found.generation, "record": found.record,
    });
    Ok(HttpResponse::Ok().json(body))
}

pub async fn check(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let connection = find(&visit, &id)?;
    let outcome = visit.desk.connections.check(visit.who(), connection.id).await?;
    Ok(answer::see_other_saying(&path_of(&connection), &checked(&outcome)))
}

fn checked(outcome: &CheckOutcome) -> String {
    match &outcome.looked {
        Some(looked) => format!("Checked: {}", looked.message),
        None => "Not asked: the refused secret is not sent again.".into(),
    }
}

fn path_of(connection: &Connection) -> String {
    format!("/connections/{}", connection.id)
}

/// Asks before a deed: `/connections/{id}/{deed}`.
pub async fn ask(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse, Failure> {
    let (id, deed) = path.into_inner();
    let deed = Deed::parse(&deed).ok_or(Trouble::NotFound)?;
    let connection = find(&visit, &id)?;
    visit.who().require(Permission::ConnectionsWrite)?;
    let customer = visit.desk.customers.find(visit.who(), connection.customer_id).await?;
    let customer = customer.map(|found| found.customer.name).unwrap_or_default();
    let free = visit.desk.credits.summary(visit.who()).await?.available;
    let shell = visit.still_shell(Nav::Connections).await;
    Ok(visit.page(&question(shell, deed, &connection, &customer, free)))
}

pub async fn act(
    visit: Visit,
    path: web::Path<(String, String)>,
    sent: web::Form<Sent>,
) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let (id, deed) = path.into_inner();
    let deed = Deed::parse(&deed).ok_or(Trouble::NotFound)?;
    let connection = find(&visit, &id)?;
    let (connections, who, name) = (&visit.desk.connections, visit.who(), &connection.name);
    let said = match deed {
        Deed::Pause => {
            connections.pause(who, connection.id).await?;
            format!("“{name}” is paused; its credits are back in the pool.")
        }
        Deed::Activate => {
            connections.activate(who, connection.id).await?;
            format!("“{name}” is active again.")
        }
        Deed::Disconnect => {
            connections.disconnect(who, connection.id).await?;
            format!("“{name}” is disconnected. Its credentials are destroyed.")
        }
        Deed::RetryCredentials => checked(&connections.retry_credentials(who, connection.id).await?),
    };
    Ok(answer::see_other_saying(&path_of(&connection), &said))
}
