//! What is kept of each look: checks and their roll-ups, in a file of its own that may be lost without loss of truth.
//! Uptime and strips come from the decision records, which are the truth.

mod rollup;
mod store;
mod tally;
mod timeline;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::{CheckId, Clock, ConnectionId, FieldError, Page, PageRequest, Reason, Status, Timestamp};
use crate::connections::{Connection, ConnectionError, Connections};
use crate::store::{Store, StoreError};
use crate::upstream::Timing;

pub use rollup::Keep;
pub use store::Point;
pub use timeline::{Uptime, Window};
pub use writer::{HistoryWriter, Writing};

/// A check as the history holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRow {
    pub id: CheckId,
    pub connection_id: ConnectionId,
    pub at: Timestamp,
    pub source: String,
    pub ok: bool,
    pub status: Status,
    pub reason: Option<Reason>,
    pub rule: Option<u8>,
    pub rule_name: String,
    pub http_status: Option<u16>,
    pub timing: Timing,
}

/// How long back response times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Day,
    Week,
    Month,
}

impl Span {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "24h" => Some(Self::Day),
            "7d" => Some(Self::Week),
            "30d" => Some(Self::Month),
            _ => None,
        }
    }
    pub fn seconds(self) -> i64 {
        match self {
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
        }
    }
    /// Width of one point of the plot.
    fn step(self) -> i64 {
        match self {
            Self::Day => 600,
            Self::Week => 3_600,
            Self::Month => 4 * 3_600,
        }
    }
}

/// Reads of the history. Cheap to clone.
#[derive(Clone)]
pub struct History {
    store: Store,
    connections: Connections,
    clock: Arc<dyn Clock>,
}

impl History {
    pub fn new(store: Store, connections: Connections, clock: Arc<dyn Clock>) -> Self {
        Self { store, connections, clock }
    }

    /// Checks of a connection, newest first. Whether the caller may see it is asked before.
    pub async fn checks(
        &self,
        id: ConnectionId,
        ok: Option<bool>,
        page: PageRequest,
    ) -> Result<Page<CheckRow>, ConnectionError> {
        let found =
            self.store.history().read::<_, StoreError, _>(move |reader| store::checks(reader, id, ok, &page)).await?;
        found.map_err(|error| ConnectionError::Invalid(vec![FieldError::invalid("cursor", error.to_string())]))
    }

    /// The share of time in which it got through, over three windows.
    pub async fn uptime(&self, connection: &Connection) -> Result<Uptime, ConnectionError> {
        let now = self.clock.now();
        let from = now.plus_seconds(-30 * 86_400);
        let statuses = self.connections.statuses_since(connection.id, from).await?;
        Ok(timeline::uptime(&statuses, now))
    }

    /// The same for the rows of a list, in one read.
    pub async fn uptimes(&self, ids: Vec<ConnectionId>) -> Result<HashMap<ConnectionId, Uptime>, ConnectionError> {
        let now = self.clock.now();
        let found = self.connections.statuses_of(ids, now.plus_seconds(-30 * 86_400)).await?;
        Ok(found.into_iter().map(|(id, statuses)| (id, timeline::uptime(&statuses, now))).collect())
    }

    /// Median, 95th and 99th percentile of response times; slots without a check are left out.
    pub async fn response_times(&self, id: ConnectionId, span: Span) -> Result<Vec<Point>, StoreError> {
        let from = self.clock.now().plus_seconds(-span.seconds()).millis();
        let width = span.step() * 1000;
        self.store
            .history()
            .read::<_, StoreError, _>(move |reader| match span {
                Span::Day => store::points_of_checks(reader, id, from, width),
                Span::Week | Span::Month => store::points_of_hours(reader, id, from, width),
            })
            .await
    }

    /// Sums up what is complete: minutes, hours, days. Catches up after a stop; asked twice it does nothing more.
    pub async fn roll_up(&self) -> Result<(), StoreError> {
        rollup::roll_up(&self.store, self.clock.now()).await
    }

    /// Takes away what is older than it is to be kept, in small bites.
    pub async fn prune(&self, keep: Keep) -> Result<u64, StoreError> {
        rollup::prune(&self.store, self.clock.now(), keep).await
    }

    /// Past checks and hours of the demo, which are made up. Minutes and days follow from them by themselves.
    pub async fn insert_made_up(
        &self,
        checks: Vec<CheckRow>,
        hours: Vec<(ConnectionId, Point)>,
    ) -> Result<(), StoreError> {
        let since = checks.iter().map(|row| row.at).chain(hours.iter().map(|(_, point)| point.at)).min();
        self.store
            .history()
            .write::<_, StoreError, _>(move |tx| {
                checks.iter().try_for_each(|row| store::insert_check(tx, row))?;
                hours.iter().try_for_each(|(id, point)| {
                    store::insert_rollup(tx, &id.to_string(), rollup::Grain::Hour.seconds(), point)
                })?;
                since.map_or(Ok(()), |since| store::rewind_marks(tx, since.millis()))
            })
            .await
    }
}

#[cfg(test)]
mod tests;
