//! What the demo's operators look after: one trouble is acknowledged, one customer has a weekly maintenance window, two
//! secrets have an end that somebody knows.

use crate::access::Principal;
use crate::base::{Status, Timestamp};
use crate::connections::Connection;
use crate::notifications::{NewWindow, WindowScope};
use crate::server::wire::App;

const DAY: i64 = 86_400;

pub async fn look_after(app: &App, who: &Principal, now: Timestamp) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut all = app.connections.registry().all();
    all.sort_by_key(|one| one.id);
    let of = |status: Status| all.iter().filter(move |one| one.status == status);
    let in_maintenance = of(Status::Degraded).next().map(|one| one.customer_id);
    let in_trouble =
        |one: &&std::sync::Arc<Connection>| one.episode_id.is_some() && Some(one.customer_id) != in_maintenance;
    if let Some(one) = of(Status::ReauthorizationRequired).find(in_trouble) {
        let note = "Their SAP team sets a new password this afternoon.";
        app.notifications.acknowledge(who, one.id, note, true).await.map_err(|error| text(&error))?;
    }
    if let Some(one) = of(Status::Degraded).next() {
        let window = NewWindow {
            scope: WindowScope::Customer(one.customer_id),
            starts_at: now.plus_seconds(-3600),
            ends_at: now.plus_seconds(2 * 3600),
            weekly: true,
            note: "Weekly release".into(),
        };
        app.notifications.add_window(who, window).await.map_err(|error| text(&error))?;
    }
    for (one, days) in of(Status::Active).zip([5, 19, 64]) {
        let end = Some(now.plus_seconds(days * DAY));
        app.connections.set_secret_end(who, one.id, end).await.map_err(|error| text(&error))?;
    }
    Ok(())
}
