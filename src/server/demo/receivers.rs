//! Two receivers of events, played on loopback: one that listens, one whose program is down. They were made a day ago, so
//! that the pages show deliveries of both kinds.

use std::time::Duration;

use super::faults::Fault;
use super::systems::Simulated;
use crate::access::Principal;
use crate::server::wire::App;
use crate::upstream::Resolver;
use crate::webhooks::NewEndpoint;

/// Made so many minutes before now.
pub const MADE: i64 = 25 * 60;
/// Far more than a receiver of the demo needs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Kept as long as the demo lives: a simulated program ends with its value.
pub struct Receivers {
    listening: Simulated,
    down: Simulated,
}

impl Receivers {
    pub async fn start(names: &Resolver) -> Result<Self, String> {
        let start = |host: &str| Simulated::start(host.to_owned(), names.clone(), false);
        let receivers = Self {
            listening: start("erp-sync.meridian.example").await?,
            down: start("tickets.meridian.example").await?,
        };
        receivers.listening.pace(30);
        receivers.down.suffer(Fault::Unavailable);
        Ok(receivers)
    }

    pub async fn register(&self, app: &App) -> Result<(), String> {
        let wanted = ["connection.reauthorization_required", "connection.unreachable", "connection.recovered"];
        let all = [
            (&self.listening, "/junctionbox", "ERP sync, tells the service desk", None),
            (&self.down, "/hooks/junctionbox", "Ticket system", Some(wanted.map(str::to_owned).to_vec())),
        ];
        for (program, path, description, event_types) in all {
            let new = NewEndpoint {
                url: format!("{}{path}", program.base_url),
                event_types,
                customer_ids: None,
                description: Some(description.into()),
                ca_certificate: None,
            };
            app.webhooks.create(&Principal::cli(), new).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Tells the receivers what has happened, and waits until they have answered.
pub async fn deliver(app: &App) {
    app.webhooks.tick().await;
    app.webhooks.settle(PATIENCE).await;
}
