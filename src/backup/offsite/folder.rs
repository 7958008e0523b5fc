//! A folder: a mounted share, another disk. A backup is copied beside its name, synced, then renamed.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{Listed, Shelf, Work};

pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

/// Runs file work off the async threads.
async fn off<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let shown = path.display().to_string();
    let done = tokio::task::spawn_blocking(move || work(&path)).await;
    let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown} is not there; is the share mounted?"),
        io::ErrorKind::ReadOnlyFilesystem => format!(
            "{shown} cannot be written by the service; its sandbox has to be told: systemctl edit junctionbox, [Service] ReadWritePaths={shown}"
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!("{shown} is full; make room there"),
        _ => format!("{shown}: {error}"),
    })
}

impl Shelf for Folder {
    fn put<'a>(&'a self, from: &'a Path, name: &'a str) -> Work<'a, ()> {
        let (from, name) = (from.to_owned(), name.to_owned());
        Box::pin(off(self.path.clone(), move |folder| {
            // A share that is not mounted leaves an empty folder or none: none is never made.
            fs::metadata(folder)?;
            let beside = folder.join(format!(".{name}.part"));
            let copied = copy(&from, &beside).and_then(|()| fs::rename(&beside, folder.join(&name)));
            if copied.is_err() {
                let _ = fs::remove_file(&beside);
            }
            copied?;
            // Some shares cannot sync a folder; the file itself is on the disk.
            let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
            Ok(())
        }))
    }

    fn list(&self) -> Work<'_, Vec<Listed>> {
        Box::pin(off(self.path.clone(), |folder| {
            fs::read_dir(folder)?
                .map(|entry| {
                    let entry = entry?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    Ok(Listed { name, bytes: entry.metadata()?.len() })
                })
                .collect()
        }))
    }

    fn fetch<'a>(&'a self, file: &'a Listed, to: &'a Path) -> Work<'a, ()> {
        let (name, to) = (file.name.clone(), to.to_owned());
        Box::pin(off(self.path.clone(), move |folder| copy(&folder.join(name), &to)))
    }

    fn remove<'a>(&'a self, name: &'a str) -> Work<'a, ()> {
        let name = name.to_owned();
        Box::pin(off(self.path.clone(), move |folder| fs::remove_file(folder.join(name))))
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let length = io::copy(&mut source, &mut file)?;
    file.sync_all()?;
    if file.metadata()?.len() != length || source.metadata()?.len() != length {
        return Err(io::Error::other("the copy has another length"));
    }
    Ok(())
}
