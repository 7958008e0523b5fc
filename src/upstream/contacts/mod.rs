//! Whom the appliance contacted: every attempt of the connector to open a way out, per host and port, with what came of it.
//! Owns the table that keeps it over restarts. Knows no path, no credential and no purpose; bounded in number and in time.

mod store;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{Clock, Timestamp};
use crate::store::{Store, StoreError};

/// More hosts than an installation has; beyond it the longest silent ones are forgotten.
const MOST: usize = 20_000;
const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// A host and port, and what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub host: String,
    pub port: u16,
    pub address: Option<IpAddr>,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub reached_at: Option<Timestamp>,
    pub attempts: u64,
    pub denied: u64,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Through,
    /// The policy refused it: nothing was sent.
    Denied,
    Short,
}

type Place = (String, u16);

#[derive(Default)]
struct Book {
    known: HashMap<Place, Contact>,
    unsaved: HashSet<Place>,
}

/// Cloning gives another handle.
#[derive(Clone)]
pub struct Contacts {
    clock: Arc<dyn Clock>,
    book: Arc<Mutex<Book>>,
}

impl Contacts {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, book: Arc::default() }
    }

    pub(super) fn note(&self, host: &str, port: u16, address: Option<IpAddr>, came: Came) {
        let now = self.clock.now();
        let place = (host.trim_end_matches('.').to_ascii_lowercase(), port);
        let mut book = self.book.lock();
        let contact = book.known.entry(place.clone()).or_insert_with(|| Contact {
            host: place.0.clone(),
            port,
            address: None,
            first_at: now,
            last_at: now,
            reached_at: None,
            attempts: 0,
            denied: 0,
        });
        contact.last_at = now;
        contact.address = address.or(contact.address);
        contact.attempts = contact.attempts.saturating_add(1);
        match came {
            Came::Through => contact.reached_at = Some(now),
            Came::Denied => contact.denied = contact.denied.saturating_add(1),
            Came::Short => {}
        }
        book.unsaved.insert(place);
    }

    /// All of them, the last contacted first.
    pub fn all(&self) -> Vec<Contact> {
        let mut found: Vec<Contact> = self.book.lock().known.values().cloned().collect();
        found.sort_by(|one, other| (other.last_at, &one.host, one.port).cmp(&(one.last_at, &other.host, other.port)));
        found
    }

    /// Takes over what was kept. Once, at the start.
    pub async fn load(&self, store: &Store) -> Result<(), StoreError> {
        let kept = store.read(|reader| store::all(reader)).await?;
        let mut book = self.book.lock();
        for contact in kept {
            book.known.entry((contact.host.clone(), contact.port)).or_insert(contact);
        }
        Ok(())
    }

    /// Writes what is new, and forgets what is too old or too much.
    pub async fn save(&self, store: &Store) -> Result<(), StoreError> {
        let before = self.clock.now().minus(KEPT);
        let (fresh, gone) = self.take_unsaved(before);
        if fresh.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let places: Vec<Place> = fresh.iter().map(|contact| (contact.host.clone(), contact.port)).collect();
        let written = store.write(move |tx| {
            fresh.iter().try_for_each(|contact| store::keep(tx, contact))?;
            gone.iter().try_for_each(|(host, port)| store::forget(tx, host, *port))
        });
        let written: Result<(), StoreError> = written.await;
        if written.is_err() {
            self.book.lock().unsaved.extend(places);
        }
        written
    }

    fn take_unsaved(&self, before: Timestamp) -> (Vec<Contact>, Vec<Place>) {
        let mut book = self.book.lock();
        let mut by_age: Vec<(Timestamp, Place)> =
            book.known.iter().map(|(place, contact)| (contact.last_at, place.clone())).collect();
        by_age.sort();
        let too_many = by_age.len().saturating_sub(MOST);
        let gone: Vec<Place> = by_age
            .into_iter()
            .enumerate()
            .take_while(|(index, (last_at, _))| *index < too_many || *last_at < before)
            .map(|(_, (_, place))| place)
            .collect();
        for place in &gone {
            book.known.remove(place);
            book.unsaved.remove(place);
        }
        let unsaved = std::mem::take(&mut book.unsaved);
        (unsaved.iter().filter_map(|place| book.known.get(place).cloned()).collect(), gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ManualClock;
    use crate::store::{DirectoryLock, InstanceKey};

    #[tokio::test]
    async fn contacts_are_counted_kept_over_a_restart_and_forgotten_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirectoryLock::take(dir.path()).unwrap();
        let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
        let clock = ManualClock::at(Timestamp::parse("2026-03-01T00:00:00Z").unwrap());
        let contacts = || Contacts::new(Arc::new(clock.clone()));
        let first = contacts();
        first.note("SAP.plant.example.", 443, Some("10.0.0.7".parse().unwrap()), Came::Through);
        first.note("sap.plant.example", 443, None, Came::Short);
        first.note("169.254.169.254", 80, None, Came::Denied);
        first.save(&store).await.unwrap();
        clock.advance(Duration::from_secs(3600));
        first.note("sap.plant.example", 443, None, Came::Through);
        first.save(&store).await.unwrap();

        let second = contacts();
        second.load(&store).await.unwrap();
        assert_eq!(second.all(), first.all());
        let seen = second.all();
        assert_eq!((seen[0].host.as_str(), seen[0].attempts, seen[0].denied), ("sap.plant.example", 3, 0));
        assert_eq!(seen[0].address, Some("10.0.0.7".parse().unwrap()));
        assert_eq!(seen[0].reached_at, Some(clock.now()));
        assert_eq!((seen[1].attempts, seen[1].denied, seen[1].reached_at), (1, 1, None));

        clock.advance(KEPT);
        second.save(&store).await.unwrap();
        let third = contacts();
        third.load(&store).await.unwrap();
        assert_eq!(third.all().len(), 1, "what is silent for 90 days is forgotten");
    }
}
