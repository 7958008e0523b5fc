//! Sign-ins under way, by the digest of their state; and how some ended, for the page that tells it. In memory only: a
//! restart ends them all, and nothing of them is on disk.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::model::{After, Face, Outcome};
use crate::access::Principal;
use crate::base::{Random, Secret, Timestamp};
use crate::connections::Consent;

/// A sign-in waits so long for its person.
pub const LIFETIME: Duration = Duration::from_secs(600);
/// That a state was used is known for so long, to tell a replay from an old address.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// More than so many are not kept: used ones go first, then those of customers, the oldest first.
const MOST: usize = 2048;
/// Of one link or user, and of one browser, so many wait at a time; the own oldest goes first.
const MOST_OF_ONE: usize = 8;

/// What waits for its callback. Has no `Debug`: it holds secrets.
pub(super) struct Waiting {
    pub who: Principal,
    pub consent: Consent,
    pub face: Face,
    pub return_to: String,
    pub browser: Secret,
    pub verifier: Secret,
    pub issuer: Option<String>,
    /// Hosts after which an issuer may be named, where none was written down.
    pub hosts: Vec<String>,
    pub system_name: String,
    pub after: Option<After>,
}

enum Kept {
    Waiting(Box<Waiting>),
    Used,
}

impl Kept {
    /// Whether it was begun by the same link or user, or in the same browser.
    fn is_of(&self, other: &Waiting) -> bool {
        match self {
            Self::Waiting(one) => {
                let (mine, theirs) = (&one.who.actor, &other.who.actor);
                let same = mine.kind == theirs.kind && mine.id.is_some() && mine.id == theirs.id;
                same || one.browser.matches(&other.browser)
            }
            Self::Used => false,
        }
    }

    /// The lower goes first.
    fn worth(&self) -> u8 {
        match self {
            Self::Used => 0,
            Self::Waiting(one) if one.face == Face::Portal => 1,
            Self::Waiting(_) => 2,
        }
    }
}

#[derive(Default)]
pub(super) struct States(Mutex<HashMap<[u8; 32], (Timestamp, Kept)>>);

/// Why a state cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoState {
    Unknown,
    Used,
    /// Of another browser; where that one may begin again is not told.
    Foreign,
}

fn digest(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

/// 256 bits for an address or a cookie.
pub(super) fn token(random: &dyn Random) -> String {
    let mut bytes = [0u8; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

impl States {
    pub fn wait(&self, state: &str, waiting: Waiting, now: Timestamp) {
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        while kept.values().filter(|(_, one)| one.is_of(&waiting)).count() >= MOST_OF_ONE {
            let own = kept.iter().filter(|(_, (_, one))| one.is_of(&waiting));
            let Some(oldest) = own.min_by_key(|(_, (until, _))| *until).map(|(key, _)| *key) else { break };
            kept.remove(&oldest);
        }
        while kept.len() >= MOST {
            let first = kept.iter().min_by_key(|(_, (until, one))| (one.worth(), *until)).map(|(key, _)| *key);
            let Some(first) = first else { break };
            kept.remove(&first);
        }
        kept.insert(digest(state), (now.plus(LIFETIME), Kept::Waiting(Box::new(waiting))));
    }

    /// Whether this browser has a sign-in under way: then its secret goes on.
    pub fn knows(&self, browser: &Secret, now: Timestamp) -> bool {
        self.0.lock().values().any(|(until, kept)| match kept {
            Kept::Waiting(waiting) => *until > now && waiting.browser.matches(browser),
            Kept::Used => false,
        })
    }

    /// Takes it out, for the browser that began it; from then on it is used.
    pub fn take(&self, state: &str, browser: Option<&Secret>, now: Timestamp) -> Result<Waiting, NoState> {
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        let key = digest(state);
        match kept.get(&key) {
            None => return Err(NoState::Unknown),
            Some((_, Kept::Used)) => return Err(NoState::Used),
            Some((_, Kept::Waiting(waiting))) => {
                if !browser.is_some_and(|browser| waiting.browser.matches(browser)) {
                    // It stays: its own browser shall still be able to end it.
                    return Err(NoState::Foreign);
                }
            }
        }
        match kept.insert(key, (now.plus(REMEMBERED), Kept::Used)) {
            Some((_, Kept::Waiting(waiting))) => Ok(*waiting),
            _ => Err(NoState::Used),
        }
    }
}

/// How sign-ins ended, by ticket, each read once.
#[derive(Default)]
pub(super) struct Outcomes(Mutex<HashMap<String, (Timestamp, Outcome)>>);

impl Outcomes {
    pub fn leave(&self, outcome: Outcome, now: Timestamp, random: &dyn Random) -> String {
        let ticket = token(random);
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        if kept.len() < MOST {
            kept.insert(ticket.clone(), (now.plus(LIFETIME), outcome));
        }
        ticket
    }

    pub fn take(&self, ticket: &str, now: Timestamp) -> Option<Outcome> {
        let mut kept = self.0.lock();
        kept.retain(|_, (until, _)| *until > now);
        kept.remove(ticket).map(|(_, outcome)| outcome)
    }
}
