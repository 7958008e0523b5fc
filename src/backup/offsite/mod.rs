//! Off-site: where a backup goes so that the loss of the machine is not the loss of the appliance. A folder, SFTP or
//! S3-compatible storage. What is sent is read back by its size; only files of this instance are ever taken away there.

mod depot;
mod erased;
mod folder;
mod s3;
mod sftp;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::create::Workshop;
use super::error::BackupError;
use super::list::Place;
use super::manifest::{ENDING, prefix};
use super::retention::kept;
use super::service::Backups;
use super::store;
use crate::access::{Permission, Principal};
use crate::store::StoreError;
use crate::upstream::Upstream;

pub use depot::{Depot, Fetched, Stored};
pub(super) use erased::ErasuresOffsite;
pub use s3::S3Target;
pub use sftp::SftpTarget;

/// Where backups go.
#[derive(Clone)]
pub enum Target {
    Folder(PathBuf),
    Sftp(SftpTarget),
    S3(S3Target),
}

/// A file that lies there.
struct Listed {
    name: String,
    bytes: u64,
}

/// An erasure list has a line of some 60 bytes for each that ended.
const LONGEST_LIST: u64 = 4 << 20;
/// A list of what lies there, however many pages it has.
const LISTING: std::time::Duration = std::time::Duration::from_secs(600);

impl Listed {
    /// Whether it may be an erasure list: a server that means harm could fill this disk with one.
    fn require_list(&self) -> Result<(), String> {
        match self.bytes <= LONGEST_LIST {
            true => Ok(()),
            false => {
                Err(format!("{} has {} bytes, too many for an erasure list; look at it there", self.name, self.bytes))
            }
        }
    }
}

/// A text from elsewhere; what is no UTF-8 in it is no line of ours.
fn lossy(path: &std::path::Path) -> std::io::Result<String> {
    Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
}

/// In words, without anything secret.
impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(out, "{}", path.display()),
            Self::Sftp(sftp) => write!(out, "sftp://{}@{}:{}{}", sftp.user, sftp.host, sftp.port, sftp.folder),
            Self::S3(s3) => write!(out, "s3://{}/{} at {}", s3.bucket, s3.prefix, s3.endpoint.host_str().unwrap_or("")),
        }
    }
}

/// What can be done at a target; errors are sentences.
trait Shelf: Send + Sync {
    /// Sends a file under a name: whole or not at all.
    fn put<'a>(&'a self, from: &'a std::path::Path, name: &'a str) -> Work<'a, ()>;
    fn list(&self) -> Work<'_, Vec<Listed>>;
    /// Gets a file that was listed, into a new one.
    fn fetch<'a>(&'a self, file: &'a Listed, to: &'a std::path::Path) -> Work<'a, ()>;
    fn remove<'a>(&'a self, name: &'a str) -> Work<'a, ()>;
}

/// A new file for what comes from there; nobody else reads it.
async fn fresh(path: &std::path::Path) -> Result<tokio::fs::File, String> {
    let opened = tokio::fs::File::options().write(true).create_new(true).mode(0o600).open(path).await;
    opened.map_err(|error| format!("{}: {error}", path.display()))
}

type Work<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

fn shelf(target: &Target, upstream: &Upstream) -> Result<Arc<dyn Shelf>, String> {
    Ok(match target {
        Target::Folder(path) => Arc::new(folder::Folder::new(path.clone())),
        Target::Sftp(target) => Arc::new(sftp::Sftp::new(upstream.clone(), target.clone())),
        Target::S3(target) => Arc::new(s3::S3::new(upstream.clone(), target)?),
    })
}

/// Whether a name is one of ours; it comes from another machine and must not lead anywhere.
fn is_backup(name: &str) -> bool {
    name.starts_with("junctionbox-") && name.ends_with(&format!(".{ENDING}")) && !name.contains('/')
}

impl Backups {
    fn shelf(&self) -> Option<Result<Arc<dyn Shelf>, String>> {
        Some(shelf(self.0.settings.target.as_ref()?, &self.0.upstream))
    }

    /// Puts a small file there and takes it away again: whether the target can be used at all.
    pub async fn test_target(&self, who: &Principal) -> Result<Option<Result<(), String>>, BackupError> {
        who.require(Permission::Admin)?;
        let Some(shelf) = self.shelf() else { return Ok(None) };
        let Ok(_turn) = self.0.turn.try_lock() else { return Err(BackupError::Running) };
        let tried = async {
            let shelf = shelf?;
            let workshop = Workshop::open(&self.0.settings.folder, self.0.random.as_ref());
            let workshop = workshop.map_err(|error| error.to_string())?;
            let (name, path) = ("junctionbox-test.txt", workshop.path().join("test"));
            std::fs::write(&path, "A test of Junctionbox. It may be deleted.\n").map_err(|error| error.to_string())?;
            shelf.put(&path, name).await?;
            shelf.remove(name).await
        };
        Ok(Some(tried.await))
    }

    /// Sends one off-site, where there is a target. That it failed is noted, not an error of the backup.
    pub(super) async fn send_off(&self, name: &str) -> Result<(), BackupError> {
        let Some(shelf) = self.shelf() else { return Ok(()) };
        let path = self.0.settings.folder.join(name);
        let sent = match shelf {
            Ok(shelf) => self.put(shelf.as_ref(), &path, name).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &sent {
            tracing::error!(backup = name, error, "the backup could not be sent off-site");
        }
        let (name, now) = (name.to_owned(), self.0.clock.now());
        self.0
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::sent_off(tx, &name, sent.as_ref().map(|()| now).map_err(String::as_str))
            })
            .await?;
        Ok(())
    }

    async fn put(&self, shelf: &dyn Shelf, path: &std::path::Path, name: &str) -> Result<(), String> {
        shelf.put(path, name).await?;
        self.put_erasures(shelf).await?;
        if let Err(error) = self.thin_out_offsite(shelf).await {
            tracing::warn!(error, "old backups could not be taken away off-site");
        }
        Ok(())
    }

    async fn thin_out_offsite(&self, shelf: &dyn Shelf) -> Result<(), String> {
        let prefix = prefix(&self.0.instances.current().id);
        let there = shelf.list().await?.into_iter().map(|listed| listed.name);
        let there: Vec<String> = there.filter(|name| name.starts_with(&prefix) && name.ends_with(ENDING)).collect();
        // Only what this store remembers is judged: a file that it never saw may be all that is left of a lost one.
        let rows = self.rows().await.map_err(|error| error.to_string())?;
        let known: Vec<_> = rows.iter().filter(|row| there.contains(&row.name)).collect();
        let times: Vec<_> = known.iter().map(|row| (row.created_at, row.reason)).collect();
        for (row, stays) in known.iter().zip(kept(&times, self.0.settings.keep)) {
            if stays {
                continue;
            }
            shelf.remove(&row.name).await?;
            let (name, only) = (row.name.clone(), row.place == Place::OffsiteOnly);
            let noted = self.0.store.write::<_, StoreError, _>(move |tx| {
                if only { store::forget(tx, &name) } else { store::not_off(tx, &name) }
            });
            noted.await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
