//! The erasure list off-site: outside of every backup, so that a destroyed key stays destroyed wherever one is restored. It
//! goes there soon after it grew, not only with the next backup. The list there is never made shorter: what another machine
//! put on it stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Shelf;
use crate::backup::create::Workshop;
use crate::backup::manifest::erasures_name;
use crate::backup::service::Backups;
use crate::base::Timestamp;

/// After a try that failed.
const PAUSE: Duration = Duration::from_secs(300);

/// How far the list got.
#[derive(Default)]
pub(in crate::backup) struct ErasuresOffsite {
    /// Length and time of the list here that is known to lie there.
    sent: Option<Stamp>,
    again: Option<Timestamp>,
    pub error: Option<String>,
}

type Stamp = (u64, Option<std::time::SystemTime>);

impl Backups {
    /// Sends the list where it grew since it was last sent. A backup under way sends it anyway, so it is not waited for.
    pub async fn send_erasures(&self) {
        let Some(shelf) = self.shelf() else { return };
        if self.0.instances.stand_by().holds() || !self.are_erasures_due() {
            return;
        }
        let Ok(_turn) = self.0.turn.try_lock() else { return };
        let sent = match shelf {
            Ok(shelf) => self.put_erasures(shelf.as_ref()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            let mut state = self.0.erasures.lock();
            state.again = Some(self.0.clock.now().plus(PAUSE));
            if state.error.as_ref() != Some(&error) {
                tracing::error!(error, "the erasure list could not be sent off-site");
            }
            state.error = Some(error);
        }
    }

    fn are_erasures_due(&self) -> bool {
        let Some(here) = stamp(&self.0.settings.erasures) else { return false };
        let state = self.0.erasures.lock();
        state.sent != Some(here) && state.again.is_none_or(|again| again <= self.0.clock.now())
    }

    /// Brings the list there up to the one here.
    pub(super) async fn put_erasures(&self, shelf: &dyn Shelf) -> Result<(), String> {
        let path = &self.0.settings.erasures;
        let Some(seen) = stamp(path) else { return Ok(()) };
        let here = super::lossy(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = erasures_name(&self.0.instances.current().id);
        let workshop = Workshop::open(&self.0.settings.folder, self.0.random.as_ref());
        let workshop = workshop.map_err(|error| error.to_string())?;
        let there = match shelf.list().await?.into_iter().find(|listed| listed.name == name) {
            Some(listed) => {
                let copy = workshop.path().join("erased");
                listed.require_list()?;
                shelf.fetch(&listed, &copy).await?;
                super::lossy(&copy).map_err(|error| format!("{name}: {error}"))?
            }
            None => String::new(),
        };
        if let Some(grown) = grown(&there, &here) {
            let fresh = workshop.path().join("erased-fresh");
            fs::write(&fresh, grown).map_err(|error| format!("{}: {error}", fresh.display()))?;
            shelf.put(&fresh, &name).await?;
        }
        *self.0.erasures.lock() = ErasuresOffsite { sent: Some(seen), ..ErasuresOffsite::default() };
        Ok(())
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// One list and what the other has beyond it; nothing when it has nothing.
pub(super) fn grown(there: &str, here: &str) -> Option<String> {
    let known: BTreeSet<&str> = there.lines().map(str::trim).collect();
    let missing: Vec<&str> = here.lines().map(str::trim).filter(|line| !known.contains(line)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut all = there.trim_end().to_owned();
    for line in missing {
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(line);
    }
    all.push('\n');
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_grows_and_never_shrinks() {
        let title = "# title";
        assert_eq!(grown("", "# title\na 1\n").as_deref(), Some("# title\na 1\n"));
        assert_eq!(grown("# title\na 1\n", "# title\na 1\n"), None);
        let both = grown("# title\na 1\nb 2\n", "# title\nc 3\n").unwrap();
        assert_eq!(both, format!("{title}\na 1\nb 2\nc 3\n"));
        assert_eq!(grown(&both, "# title\nb 2\n"), None, "an older list changes nothing");
    }
}
