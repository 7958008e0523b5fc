//! Thirty days that never were: hours for the plots, checks of the last day for the strips. Every check says that it is
//! made up.

use crate::base::{CheckId, ConnectionId, Random, Status, Timestamp};
use crate::health::{CheckRow, Point};
use crate::server::wire::App;
use crate::upstream::Timing;

const HOUR: i64 = 3600;
const DAYS: i64 = 30;
const CHECK_EVERY: i64 = 600;

pub async fn make_up(app: &App) -> Result<(), String> {
    let now = app.clock.now();
    let this_hour = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(HOUR * 1000));
    for connection in app.connections.registry().all() {
        let id = connection.id;
        let usual = 40 + app.random.below(260);
        let hours = (1..=DAYS * 24).map(|back| {
            let at = this_hour.plus_seconds(-back * HOUR);
            (id, hour(at, usual, app.random.as_ref()))
        });
        let checks = (1..=86_400 / CHECK_EVERY).map(|back| {
            let at = now.plus_seconds(-back * CHECK_EVERY);
            check(id, at, usual, app.random.as_ref())
        });
        let (checks, hours) = (checks.collect(), hours.collect());
        app.history.insert_made_up(checks, hours).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn milliseconds(usual: u64, random: &dyn Random) -> u32 {
    u32::try_from(usual + random.below(usual / 2 + 1)).unwrap_or(u32::MAX)
}

/// Of sixty checks now and then a few failed.
fn hour(at: Timestamp, usual: u64, random: &dyn Random) -> Point {
    let failed = if random.below(60) == 0 { 5 + u32::try_from(random.below(20)).unwrap_or(0) } else { 0 };
    let worst = if failed == 0 { Status::Active } else { Status::Unreachable };
    let p50 = milliseconds(usual, random);
    Point {
        at,
        checks: 60,
        good: 60 - failed,
        worst: Status::ALL
            .iter()
            .position(|status| *status == worst)
            .and_then(|place| u32::try_from(place).ok())
            .unwrap_or(0),
        p50_ms: Some(p50),
        p95_ms: Some(p50.saturating_mul(2)),
        p99_ms: Some(p50.saturating_mul(3)),
        max_ms: Some(p50.saturating_mul(4)),
    }
}

fn check(connection_id: ConnectionId, at: Timestamp, usual: u64, random: &dyn Random) -> CheckRow {
    let total = milliseconds(usual, random);
    CheckRow {
        id: CheckId::new(at, random),
        connection_id,
        at,
        source: "made_up".into(),
        ok: true,
        status: Status::Active,
        reason: None,
        rule: Some(13),
        rule_name: "made up for the demo".into(),
        http_status: Some(200),
        timing: Timing {
            dns_ms: None,
            connect_ms: Some(total / 8),
            tls_ms: Some(total / 4),
            first_byte_ms: Some(total / 2),
            total_ms: total,
        },
    }
}
