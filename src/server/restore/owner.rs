//! Root may restore for the service's user: what is made then belongs to that user, or the service could not open it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;

pub struct Owner(Option<(u32, u32)>);

impl Owner {
    /// The owner of the data directory, where it is somebody else than we are.
    pub fn of(dir: &Path) -> Self {
        let own = rustix::process::geteuid().as_raw();
        let other = fs::metadata(dir).ok().filter(|found| own == 0 && found.uid() != own);
        Self(other.map(|found| (found.uid(), found.gid())))
    }

    /// The folder and all below it.
    pub fn adopt_all(&self, path: &Path) {
        let Some((user, group)) = self.0 else { return };
        if let Err(error) = lchown(path, Some(user), Some(group)) {
            tracing::warn!(path = %path.display(), %error, "the owner could not be set");
        }
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if let Some(entries) = is_folder.then(|| fs::read_dir(path).ok()).flatten() {
            entries.flatten().for_each(|entry| self.adopt_all(&entry.path()));
        }
    }
}
