//! Whether the appliance lives: its clockwork ticks and its store answers. What the service manager's watchdog is told;
//! a full disk or a lost network is no reason to be started again, and is not looked at here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::wire::App;

/// The clockwork beats every second; a machine under load gets patience.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When the clockwork last beat. Cloning gives another handle.
#[derive(Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    pub fn beat(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// It has not begun yet, or beat a moment ago.
    fn is_felt(&self) -> bool {
        self.0.lock().is_none_or(|last| last.elapsed() < LONGEST_PAUSE)
    }
}

/// What stands still, in words; it is waited for at most `within`.
pub async fn stands_still(app: &App, within: Duration) -> Option<String> {
    if !app.pulse.is_felt() {
        return Some("the clockwork has not ticked for half a minute".into());
    }
    match tokio::time::timeout(within, app.readiness()).await {
        Ok(Ok(())) => None,
        Ok(Err(reason)) => Some(reason),
        Err(_) => Some("the store does not answer in time".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_that_stopped_is_not_felt() {
        let pulse = Pulse::default();
        assert!(pulse.is_felt(), "before the first beat nothing stands still");
        pulse.beat();
        assert!(pulse.is_felt());
        *pulse.0.lock() = Instant::now().checked_sub(LONGEST_PAUSE);
        assert!(!pulse.is_felt());
    }
}
