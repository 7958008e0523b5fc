//! What was typed between a good check and “Connect”: secrets included, so that nobody types them twice and none is
//! written into a page. In memory only, bound to one session, for ten minutes, used once; wiped when it is dropped.

use std::collections::HashMap;
use std::time::Duration;

use data_encoding::HEXLOWER;
use parking_lot::Mutex;

use crate::base::{Random, Timestamp};

/// How long a draft waits.
pub const LIFETIME: Duration = Duration::from_secs(600);
/// More than so many drafts are not kept; the oldest goes first.
const MOST: usize = 256;

struct Kept<T> {
    session: String,
    until: Timestamp,
    draft: T,
}

/// Drafts by ticket.
pub struct Drafts<T> {
    kept: Mutex<HashMap<String, Kept<T>>>,
}

impl<T> Default for Drafts<T> {
    fn default() -> Self {
        Self { kept: Mutex::new(HashMap::new()) }
    }
}

impl<T> Drafts<T> {
    /// Keeps a draft for one session; the ticket says nothing about it.
    pub fn keep(&self, session: &str, draft: T, now: Timestamp, random: &dyn Random) -> String {
        let mut bytes = [0u8; 24];
        random.fill(&mut bytes);
        let ticket = HEXLOWER.encode(&bytes);
        let mut kept = self.kept.lock();
        kept.retain(|_, one| one.until > now);
        while kept.len() >= MOST {
            let Some(oldest) = kept.iter().min_by_key(|(_, one)| one.until).map(|(key, _)| key.clone()) else { break };
            kept.remove(&oldest);
        }
        kept.insert(ticket.clone(), Kept { session: session.to_owned(), until: now.plus(LIFETIME), draft });
        ticket
    }

    /// Takes a draft out: it is gone from here, whatever becomes of it. `None` when it ended, was used, or is another session's.
    pub fn take(&self, session: &str, ticket: &str, now: Timestamp) -> Option<T> {
        let mut kept = self.kept.lock();
        kept.retain(|_, one| one.until > now);
        if kept.get(ticket)?.session != session {
            return None;
        }
        kept.remove(ticket).map(|one| one.draft)
    }

    /// The draft, which goes on waiting: a link may be followed twice. `None` as with `take`.
    pub fn look(&self, session: &str, ticket: &str, now: Timestamp) -> Option<T>
    where
        T: Clone,
    {
        let mut kept = self.kept.lock();
        kept.retain(|_, one| one.until > now);
        kept.get(ticket).filter(|one| one.session == session).map(|one| one.draft.clone())
    }

    /// Drops what has ended. The clockwork does it, so that no secret waits for the next visitor to be wiped.
    pub fn sweep(&self, now: Timestamp) {
        self.kept.lock().retain(|_, one| one.until > now);
    }

    /// Drops all that a session left, at sign-out.
    pub fn forget(&self, session: &str) {
        self.kept.lock().retain(|_, one| one.session != session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }

    #[test]
    fn a_draft_is_used_once_by_its_own_session_in_time() {
        let drafts = Drafts::default();
        let ticket = drafts.keep("one", 7, now(), &OsRandom);
        assert_eq!(drafts.take("two", &ticket, now()), None);
        assert_eq!(drafts.take("one", &ticket, now()), Some(7));
        assert_eq!(drafts.take("one", &ticket, now()), None);
        let ticket = drafts.keep("one", 8, now(), &OsRandom);
        assert_eq!(drafts.take("one", &ticket, now().plus(LIFETIME)), None);
        let ticket = drafts.keep("one", 9, now(), &OsRandom);
        drafts.forget("one");
        assert_eq!(drafts.take("one", &ticket, now()), None);
        drafts.keep("one", 10, now(), &OsRandom);
        drafts.sweep(now().plus(LIFETIME / 2));
        assert_eq!(drafts.kept.lock().len(), 1);
        drafts.sweep(now().plus(LIFETIME));
        assert_eq!(drafts.kept.lock().len(), 0);
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let drafts = Drafts::default();
        let first = drafts.keep("one", 0, now(), &OsRandom);
        for number in 1..=256 {
            drafts.keep("one", number, now().plus_seconds(1), &OsRandom);
        }
        assert_eq!(drafts.take("one", &first, now()), None);
    }
}
