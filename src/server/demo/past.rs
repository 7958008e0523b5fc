//! Thirty days that never were: hours for the plots, checks of the last day for the strips, in step with the made-up
//! episodes. Every such check says that it is made up.

use std::sync::Arc;

use super::systems::by_hour;
use crate::base::{CheckId, Random, Status, Timestamp};
use crate::connections::Connection;
use crate::health::{CheckRow, Point};
use crate::server::wire::App;
use crate::upstream::Timing;

const HOUR: i64 = 3600;
const DAYS: i64 = 30;
const CHECK_EVERY: i64 = 300;

/// How long answers of a connection usually take, in milliseconds: the same each time it is asked for one place.
pub fn usual(place: usize) -> u64 {
    u64::try_from(place).map_or(60, |place| 35 + place * 37 % 190)
}

pub async fn make_up(app: &App, now: Timestamp) -> Result<(), String> {
    let all = app.connections.registry().all();
    let made = all.into_iter().enumerate().map(|(place, connection)| one(app, connection, usual(place), now));
    futures_util::future::try_join_all(made).await.map(|_| ())
}

async fn one(app: &App, connection: Arc<Connection>, usual: u64, now: Timestamp) -> Result<(), String> {
    let id = connection.id;
    let from = now.plus_seconds(-(DAYS + 1) * 24 * HOUR);
    let statuses = app.connections.statuses_since(id, from).await.map_err(|error| error.to_string())?;
    let status_at = |at: Timestamp| statuses.iter().rev().find(|(since, _)| *since <= at).map(|(_, status)| *status);
    let dice = app.random.as_ref();
    let this_hour = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(HOUR * 1000));
    let hours = (1..=DAYS * 24).filter_map(|back| {
        let at = this_hour.plus_seconds(-back * HOUR);
        // What was worst in the hour; a status that is not looked at leaves a gap.
        let slots = (0..12).filter_map(|slot| status_at(at.plus_seconds(slot * CHECK_EVERY)));
        let looked: Vec<Status> = slots.filter(|status| status.is_checked()).collect();
        (!looked.is_empty()).then(|| (id, hour(at, &looked, usual, dice)))
    });
    let checks = (1..24 * HOUR / CHECK_EVERY).filter_map(|back| {
        let at = now.plus_seconds(-back * CHECK_EVERY);
        let status = status_at(at).filter(|status| status.is_checked())?;
        let millis = by_hour(usual, at.millis(), dice.below(1000));
        Some(check(&connection, at, status, millis, CheckId::new(at, dice)))
    });
    let (checks, hours): (Vec<CheckRow>, _) = (checks.collect(), hours.collect());
    if let Some(last) = checks.iter().map(|check| check.at).max() {
        let good = checks.iter().filter(|check| check.status == Status::Active).map(|check| check.at).max();
        app.connections.note_made_up(id, last, good);
    }
    app.history.insert_made_up(checks, hours).await.map_err(|error| error.to_string())
}

fn hour(at: Timestamp, looked: &[Status], usual: u64, dice: &dyn Random) -> Point {
    let count = |number: usize| u32::try_from(number * 5).unwrap_or(0);
    let bad = looked.iter().filter(|status| **status == Status::Unreachable).count();
    let place = |status: &Status| Status::ALL.iter().position(|one| one == status).unwrap_or(0);
    let worst = looked.iter().map(place).min().and_then(|place| u32::try_from(place).ok()).unwrap_or(0);
    let p50 = u32::try_from(by_hour(usual, at.millis(), dice.below(1000))).unwrap_or(u32::MAX);
    let answered = (bad < looked.len()).then_some(p50);
    Point {
        at,
        checks: count(looked.len()),
        good: count(looked.len() - bad),
        worst,
        p50_ms: answered,
        p95_ms: answered.map(|p50| p50.saturating_mul(2)),
        p99_ms: answered.map(|p50| p50.saturating_mul(3)),
        max_ms: answered.map(|p50| p50.saturating_mul(4)),
    }
}

fn check(connection: &Connection, at: Timestamp, status: Status, millis: u64, id: CheckId) -> CheckRow {
    let total = u32::try_from(millis).unwrap_or(u32::MAX);
    let ok = status != Status::Unreachable;
    CheckRow {
        id,
        connection_id: connection.id,
        at,
        source: "made_up".into(),
        ok,
        status,
        reason: (status == connection.status).then_some(connection.reason).flatten(),
        rule: None,
        rule_name: "made up for the demo".into(),
        http_status: (status == Status::Active).then_some(200),
        timing: Timing {
            dns_ms: Some(1),
            connect_ms: Some(total / 8),
            tls_ms: None,
            first_byte_ms: ok.then_some(total / 2),
            total_ms: total,
        },
    }
}
