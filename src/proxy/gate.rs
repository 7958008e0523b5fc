//! Whether a connection's status lets a request through. Answers from memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{ConnectionId, Status, Timestamp};
use crate::connections::Connection;

/// Why nothing is sent.
#[derive(Debug, Clone)]
pub enum Refusal {
    Pending,
    ReauthorizationRequired,
    Unreachable {
        retry_after: Duration,
    },
    Inactive,
    Disconnected,
    /// A refusal is being looked at: the secret is not sent again before that is decided.
    InDoubt {
        retry_after: Duration,
    },
}

/// While a system is unreachable, one request in each window is let through to try.
const FIRST_WINDOW: Duration = Duration::from_secs(5);
const LONGEST_WINDOW: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
pub struct Gate {
    inner: Arc<Mutex<Doors>>,
}

#[derive(Default)]
struct Doors {
    /// The next trial, and how long the window after it is.
    trials: HashMap<ConnectionId, (Timestamp, Duration)>,
    in_doubt: HashMap<ConnectionId, Timestamp>,
}

/// A request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// It finds out whether the system is back.
    pub trial: bool,
}

impl Gate {
    /// Lets a request through, or says why not.
    pub fn admit(&self, connection: &Connection, now: Timestamp) -> Result<Admitted, Refusal> {
        self.inner.lock().look(connection, now, true)
    }

    /// The same without letting anything through: a trial stays free.
    pub fn ask(&self, connection: &Connection, now: Timestamp) -> Result<(), Refusal> {
        self.inner.lock().look(connection, now, false).map(|_| ())
    }

    /// When the next trial is, for an answer that says so.
    pub fn next_trial(&self, id: ConnectionId, now: Timestamp) -> Duration {
        self.inner.lock().trials.get(&id).map_or(FIRST_WINDOW, |(next, _)| next.since(now))
    }

    /// From now on nothing is sent until `settle`, or for `longest`. False when it is in doubt already.
    pub fn doubt(&self, id: ConnectionId, now: Timestamp, longest: Duration) -> bool {
        let mut doors = self.inner.lock();
        let known = doors.in_doubt.get(&id).is_some_and(|until| *until > now);
        doors.in_doubt.insert(id, now.plus(longest));
        !known
    }

    pub fn settle(&self, id: ConnectionId) {
        self.inner.lock().in_doubt.remove(&id);
    }
}

impl Doors {
    fn look(&mut self, connection: &Connection, now: Timestamp, take: bool) -> Result<Admitted, Refusal> {
        if let Some(until) = self.in_doubt.get(&connection.id).copied()
            && until > now
        {
            return Err(Refusal::InDoubt { retry_after: until.since(now) });
        }
        match connection.status {
            Status::Active | Status::Degraded => {
                self.trials.remove(&connection.id);
                Ok(Admitted { trial: false })
            }
            Status::Pending => Err(Refusal::Pending),
            Status::ReauthorizationRequired => Err(Refusal::ReauthorizationRequired),
            Status::Inactive => Err(Refusal::Inactive),
            Status::Disconnected => Err(Refusal::Disconnected),
            Status::Unreachable => match self.trials.get(&connection.id).copied() {
                Some((next, _)) if next > now => Err(Refusal::Unreachable { retry_after: next.since(now) }),
                tried => {
                    let window = tried.map_or(FIRST_WINDOW, |(_, window)| (window * 2).min(LONGEST_WINDOW));
                    if take {
                        self.trials.insert(connection.id, (now.plus(window), window));
                    }
                    Ok(Admitted { trial: true })
                }
            },
        }
    }
}
