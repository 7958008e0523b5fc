//! What lies off-site, for whoever has the configuration and no appliance: listed, and fetched for a restore. A file counts
//! as fetched when it is as long as it was listed and its own checksum holds; the erasure list beside it comes along.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Shelf, Target, erased::grown, is_backup, shelf};
use crate::backup::error::BackupError;
use crate::backup::manifest::{ENDING, Manifest};
use crate::backup::{container, space};
use crate::upstream::Upstream;

/// A target as seen from outside of any appliance.
pub struct Depot {
    shelf: Arc<dyn Shelf>,
    shown: String,
}

/// A backup that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub name: String,
    pub bytes: u64,
}

/// What was brought here.
pub struct Fetched {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// The erasure list, where one lies there.
    pub erasure_list: Option<PathBuf>,
}

impl Stored {
    /// Whose it is, by its name.
    pub fn instance(&self) -> &str {
        parted(&self.name).0
    }
}

/// Instance and time of a name.
fn parted(name: &str) -> (&str, &str) {
    let bare = name.strip_prefix("junctionbox-").unwrap_or(name);
    let bare = bare.strip_suffix(ENDING).unwrap_or(bare).trim_end_matches('.').trim_end_matches('Z');
    bare.rsplit_once('-').unwrap_or(("", bare))
}

impl Depot {
    pub fn open(target: &Target, upstream: &Upstream) -> Result<Self, BackupError> {
        let shown = target.to_string();
        match shelf(target, upstream) {
            Ok(shelf) => Ok(Self { shelf, shown }),
            Err(reason) => Err(BackupError::Offsite { target: shown, reason }),
        }
    }

    /// Newest first.
    pub async fn list(&self) -> Result<Vec<Stored>, BackupError> {
        let listed = self.shelf.list().await.map_err(|reason| self.failed(reason))?;
        let ours = listed.into_iter().filter(|listed| is_backup(&listed.name));
        let mut stored: Vec<Stored> = ours.map(|listed| Stored { name: listed.name, bytes: listed.bytes }).collect();
        stored.sort_by(|one, other| parted(&other.name).1.cmp(parted(&one.name).1));
        Ok(stored)
    }

    /// One by its name, or the newest, into a folder; never over a file that is there.
    pub async fn fetch(&self, wanted: Option<&str>, into: &Path) -> Result<Fetched, BackupError> {
        let chosen = self.choose(self.list().await?, wanted)?;
        let path = into.join(&chosen.name);
        if path.exists() {
            return Err(BackupError::Exists { path });
        }
        space::require(into, chosen.bytes.saturating_add(1 << 20))?;
        let beside = into.join(format!(".{}.part", chosen.name));
        let manifest = self.bring(&chosen, &beside).await;
        if manifest.is_err() {
            let _ = fs::remove_file(&beside);
        }
        let manifest = manifest?;
        fs::rename(&beside, &path).map_err(|source| BackupError::io(&path, source))?;
        let erasure_list = self.bring_erasures(chosen.instance(), into).await?;
        Ok(Fetched { path, manifest, erasure_list })
    }

    fn choose(&self, stored: Vec<Stored>, wanted: Option<&str>) -> Result<Stored, BackupError> {
        let target = || self.shown.clone();
        if let Some(name) = wanted {
            let found = stored.into_iter().find(|stored| stored.name == name);
            return found.ok_or_else(|| BackupError::NotThere { name: name.to_owned(), target: target() });
        }
        let Some(newest) = stored.first() else { return Err(BackupError::NothingThere { target: target() }) };
        match stored.iter().find(|other| other.instance() != newest.instance()) {
            Some(_) => Err(BackupError::SeveralThere { target: target() }),
            None => Ok(newest.clone()),
        }
    }

    async fn bring(&self, chosen: &Stored, to: &Path) -> Result<Manifest, BackupError> {
        let listed = super::Listed { name: chosen.name.clone(), bytes: chosen.bytes };
        let _ = fs::remove_file(to);
        self.shelf.fetch(&listed, to).await.map_err(|reason| self.failed(reason))?;
        let found = fs::metadata(to).map_err(|source| BackupError::io(to, source))?.len();
        if found != chosen.bytes {
            return Err(BackupError::Truncated { path: to.to_owned(), found, expected: chosen.bytes });
        }
        let path = to.to_owned();
        let proof = tokio::task::spawn_blocking(move || container::prove_checksum(&path)).await;
        let manifest = proof.unwrap_or_else(|error| Err(BackupError::Stopped(error.to_string())))?;
        // The place may have laid an older one under a newer name.
        match manifest.file_name() {
            name if name == chosen.name => Ok(manifest),
            found => Err(BackupError::OtherName { path: PathBuf::from(&chosen.name), found }),
        }
    }

    /// A list that lies here already grows by what lies there.
    async fn bring_erasures(&self, instance: &str, into: &Path) -> Result<Option<PathBuf>, BackupError> {
        let name = format!("junctionbox-{instance}-erased.txt");
        let listed = self.shelf.list().await.map_err(|reason| self.failed(reason))?;
        let Some(listed) = listed.into_iter().find(|listed| listed.name == name) else { return Ok(None) };
        let (path, beside) = (into.join(&name), into.join(format!(".{name}.part")));
        let _ = fs::remove_file(&beside);
        let failed = |source| BackupError::io(&path, source);
        listed.require_list().map_err(|reason| self.failed(reason))?;
        self.shelf.fetch(&listed, &beside).await.map_err(|reason| self.failed(reason))?;
        let there = super::lossy(&beside).map_err(failed)?;
        let here = match super::lossy(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(failed)?,
        };
        if let Some(all) = grown(&there, &here) {
            fs::write(&beside, all).map_err(failed)?;
        }
        fs::rename(&beside, &path).map_err(failed)?;
        Ok(Some(path))
    }

    fn failed(&self, reason: String) -> BackupError {
        BackupError::Offsite { target: self.shown.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_instance_and_time_and_lead_nowhere() {
        assert_eq!(parted("junctionbox-7h2k9m-20261124T021500Z.jbxbackup"), ("7h2k9m", "20261124T021500"));
        assert_eq!(parted("junctionbox-7h2k9m-20261124T021500.123Z.jbxbackup"), ("7h2k9m", "20261124T021500.123"));
        for wrong in
            ["junctionbox-7h2k9m-erased.txt", "../junctionbox-x-1.jbxbackup", "junctionbox-a/../x.jbxbackup", ""]
        {
            assert!(!is_backup(wrong), "{wrong}");
        }
        assert!(is_backup("junctionbox-7h2k9m-20261124T021500Z.jbxbackup"));
    }
}
