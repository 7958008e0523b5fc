//! The first request after a pause goes alone where each request carries the secret itself: had the password died
//! meanwhile, ten requests at once would be ten refused attempts, and many systems lock a user after three to five. The
//! others wait for its answer, a moment at most; while traffic flows nobody waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::connections::Connection;
use crate::systems::Scheme;

/// A secret that was accepted so short a time ago is taken for a good one.
const FRESH: Duration = Duration::from_millis(500);
/// A slow answer does not hold the others up longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_REMEMBERED: usize = 10_000;

/// Whom an attempt counts against: host and user.
type Key = (String, String);

#[derive(Clone, Default)]
pub(super) struct Pilots(Arc<Mutex<HashMap<Key, Account>>>);

#[derive(Default)]
struct Account {
    accepted: Option<Instant>,
    /// Changes when the one who went alone is back.
    flying: Option<watch::Receiver<()>>,
}

/// Goes alone until it is dropped.
pub(super) struct Pilot {
    pilots: Pilots,
    key: Key,
    _back: watch::Sender<()>,
}

impl Drop for Pilot {
    fn drop(&mut self) {
        if let Some(account) = self.pilots.0.lock().get_mut(&self.key) {
            account.flying = None;
        }
    }
}

impl Pilots {
    /// Waits while somebody goes alone. What comes back is held until the answer has been looked at.
    pub(super) async fn board(&self, connection: &Connection) -> Option<Pilot> {
        let key = key_of(connection)?;
        let mut waiting = {
            let mut accounts = self.0.lock();
            if accounts.len() > MOST_REMEMBERED {
                accounts.retain(|_, account| account.flying.is_some());
            }
            let account = accounts.entry(key.clone()).or_default();
            if account.accepted.is_some_and(|accepted| accepted.elapsed() < FRESH) {
                return None;
            }
            match &account.flying {
                Some(flying) => flying.clone(),
                None => {
                    let (back, flying) = watch::channel(());
                    account.flying = Some(flying);
                    return Some(Pilot { pilots: self.clone(), key, _back: back });
                }
            }
        };
        // Ends with an error when the sender is dropped, which is what it waits for.
        let _ = tokio::time::timeout(PATIENCE, waiting.changed()).await;
        None
    }

    /// The system let this secret in.
    pub(super) fn accepted(&self, connection: &Connection) {
        if let Some(key) = key_of(connection) {
            self.0.lock().entry(key).or_default().accepted = Some(Instant::now());
        }
    }
}

/// Sessions and tokens are renewed by one for all anyway; without a secret there is nobody to protect.
fn key_of(connection: &Connection) -> Option<Key> {
    let own =
        matches!(connection.scheme, Scheme::Basic | Scheme::ApiKey | Scheme::Bearer | Scheme::Hmac | Scheme::Oauth1);
    (own && !connection.fingerprint.is_empty()).then(|| (connection.host.clone(), connection.budget_user.clone()))
}
