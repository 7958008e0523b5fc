//! Thirty days that never were: past changes of status and response times, marked as made up.

use std::sync::Arc;

use crate::base::{CheckId, ConnectionId, EpisodeId, Reason, Status, Timestamp, TransitionId};
use crate::connections::{Connection, Transition};
use crate::health::{CheckRow, Point};
use crate::server::wire::App;
use crate::upstream::Timing;

const DAY: i64 = 86_400;

pub(super) async fn make_up(app: &Arc<App>, connected: &[ConnectionId]) -> Result<(), String> {
    let now = app.clock.now();
    let begin = now.plus_seconds(-30 * DAY);
    let (mut transitions, mut checks, mut hours) = (Vec::new(), Vec::new(), Vec::new());
    for (number, id) in connected.iter().enumerate() {
        let Some(connection) = app.connections.registry().find(*id) else { continue };
        let number = i64::try_from(number).unwrap_or(0);
        past_statuses(app, &connection, number, begin, now, &mut transitions);
        response_times(app, *id, number, now, &mut checks, &mut hours);
    }
    app.connections.import_history(transitions, begin).await.map_err(|error| error.to_string())?;
    app.history.insert_made_up(checks, hours).await.map_err(|error| error.to_string())
}

/// Connected thirty days ago; since then an outage now and then.
fn past_statuses(
    app: &App,
    connection: &Connection,
    number: i64,
    begin: Timestamp,
    now: Timestamp,
    out: &mut Vec<Transition>,
) {
    let mut push =
        |at: Timestamp, before: Option<Status>, status: Status, reason: Option<Reason>, episode: Option<EpisodeId>| {
            out.push(Transition {
                id: TransitionId::new(at, app.random.as_ref()),
                connection_id: connection.id,
                at,
                before_status: before,
                before_reason: None,
                status,
                reason,
                fault_scope: None,
                message: "Made up for the demo.".into(),
                rule: None,
                rule_name: "made up for the demo".into(),
                source: "demo".into(),
                actor_name: "Junctionbox".into(),
                episode_id: episode,
                event_id: None,
                generation: 1,
                record: serde_json::json!({ "made_up": true }),
            });
        };
    push(begin, None, Status::Active, None, None);
    let kinds = [
        (Status::Unreachable, Reason::ConnectTimeout),
        (Status::Degraded, Reason::RateLimited),
        (Status::Unreachable, Reason::ServerError),
        (Status::Degraded, Reason::Slow),
    ];
    for trouble in 0..(number % 4) {
        let offset = (number * 37 + trouble * 211) % (28 * 24) + 12;
        let from = begin.plus_seconds(offset * 3600);
        let until = from.plus_seconds(900 + (number * 611 + trouble * 1777) % 9000);
        let (status, reason) = kinds
            .get(usize::try_from((number + trouble) % 4).unwrap_or(0))
            .copied()
            .unwrap_or((Status::Degraded, Reason::Slow));
        if until < now {
            let episode = EpisodeId::new(from, app.random.as_ref());
            push(from, Some(Status::Active), status, Some(reason), Some(episode));
            push(until, Some(status), Status::Active, None, Some(episode));
        }
    }
}

fn response_times(
    app: &App,
    id: ConnectionId,
    number: i64,
    now: Timestamp,
    checks: &mut Vec<CheckRow>,
    hours: &mut Vec<(ConnectionId, Point)>,
) {
    let usual = 120 + number * 9;
    let millis = |hour: i64, wobble: i64| {
        u32::try_from(usual + ((hour - 14).abs() - 12).abs() * 14 + wobble % 60).unwrap_or(200)
    };
    for step in 1..=288 {
        let at = now.plus_seconds(-step * 300);
        let hour = (at.millis() / 3_600_000).rem_euclid(24);
        checks.push(CheckRow {
            id: CheckId::new(at, app.random.as_ref()),
            connection_id: id,
            at,
            source: "demo".into(),
            ok: true,
            status: Status::Active,
            reason: None,
            rule: Some(13),
            rule_name: "made up for the demo".into(),
            http_status: Some(200),
            timing: Timing { total_ms: millis(hour, step * 17), ..Timing::default() },
        });
    }
    for step in 1..=180 {
        let at = Timestamp::from_millis(now.plus_seconds(-step * 4 * 3600).millis().div_euclid(3_600_000) * 3_600_000);
        let hour = (at.millis() / 3_600_000).rem_euclid(24);
        let middle = millis(hour, step * 13);
        let point = Point {
            at,
            checks: 60,
            good: 60,
            worst: 5,
            p50_ms: Some(middle),
            p95_ms: Some(middle + middle / 2),
            p99_ms: Some(middle * 2),
            max_ms: Some(middle * 3),
        };
        hours.push((id, point));
    }
}
