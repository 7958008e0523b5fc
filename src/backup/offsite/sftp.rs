//! SFTP, by russh over our own way out. The server's key is pinned by the configuration: another one is refused before
//! anything is said. A backup is written beside its name, compared by size, then renamed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::Disconnect;
use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKey, load_secret_key};
use russh_sftp::client::SftpSession;
use russh_sftp::protocol::OpenFlags;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Listed, Shelf, Work};
use crate::base::Secret;
use crate::upstream::Upstream;

/// Where, and how to sign in. Has no `Debug`: it may hold a password.
#[derive(Clone)]
pub struct SftpTarget {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub folder: String,
    /// `ssh-ed25519 AAAA…` or `SHA256:…`.
    pub host_key: String,
    pub key_file: Option<PathBuf>,
    pub password: Option<Secret>,
}

const CONNECT: Duration = Duration::from_secs(20);
/// Nothing moved for so long: the way is dead.
const IDLE: Duration = Duration::from_secs(60);

pub(super) struct Sftp {
    upstream: Upstream,
    target: SftpTarget,
}

struct Pinned {
    wanted: String,
    found: Arc<parking_lot::Mutex<Option<String>>>,
}

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, offered: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = offered else { return Ok(false) };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let right = match PublicKey::from_openssh(&self.wanted) {
            Ok(wanted) => wanted.key_data() == key.key_data(),
            Err(_) => self.wanted == fingerprint,
        };
        *self.found.lock() = Some(fingerprint);
        Ok(right)
    }
}

/// A talk that is signed in. Ended when it is dropped.
struct Talk {
    session: Handle<Pinned>,
    sftp: SftpSession,
}

impl Sftp {
    pub fn new(upstream: Upstream, target: SftpTarget) -> Self {
        Self { upstream, target }
    }

    fn shown(&self) -> String {
        format!("{}:{}", self.target.host, self.target.port)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.target.folder.trim_end_matches('/'))
    }

    async fn open(&self) -> Result<Talk, String> {
        let shown = self.shown();
        let late = |_| format!("{shown} did not answer in time");
        tokio::time::timeout(CONNECT, self.sign_in()).await.map_err(late)?
    }

    async fn sign_in(&self) -> Result<Talk, String> {
        let (target, shown) = (&self.target, self.shown());
        let wire = self.upstream.open_bare(&target.host, target.port, CONNECT).await;
        let wire = wire.map_err(|failure| failure.message().trim_end_matches('.').to_owned())?;
        let found = Arc::new(parking_lot::Mutex::new(None));
        let pinned = Pinned { wanted: target.host_key.trim().to_owned(), found: found.clone() };
        let config = client::Config { inactivity_timeout: Some(IDLE), ..client::Config::default() };
        let connected = client::connect_stream(Arc::new(config), wire, pinned).await;
        let mut session = connected.map_err(|error| match (error, found.lock().take()) {
            (russh::Error::UnknownKey, Some(key)) => format!(
                "{shown} showed another key ({key}) than [backup] sftp_host_key names. If its administrator changed it, correct it there"
            ),
            (error, _) => format!("{shown} does not talk SSH with us: {error}"),
        })?;
        self.authenticate(&mut session).await?;
        let failed = |error: russh::Error| format!("{shown} opens no SFTP: {error}");
        let channel = session.channel_open_session().await.map_err(failed)?;
        channel.request_subsystem(true, "sftp").await.map_err(failed)?;
        let sftp = SftpSession::new(channel.into_stream()).await;
        Ok(Talk { sftp: sftp.map_err(|error| format!("{shown} opens no SFTP: {error}"))?, session })
    }

    async fn authenticate(&self, session: &mut Handle<Pinned>) -> Result<(), String> {
        let (target, shown) = (&self.target, self.shown());
        let failed = |error: russh::Error| format!("{shown} broke the sign-in off: {error}");
        let answer = match (&target.key_file, &target.password) {
            (Some(path), _) => {
                let key = load_secret_key(path, None)
                    .map_err(|error| format!("the key {} cannot be used: {error}", path.display()))?;
                let hash = session.best_supported_rsa_hash().await.map_err(failed)?.flatten();
                let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
                session.authenticate_publickey(target.user.clone(), key).await
            }
            (None, Some(password)) => session.authenticate_password(target.user.clone(), password.expose()).await,
            (None, None) => return Err("there is neither a key nor a password to sign in with".into()),
        };
        match answer.map_err(failed)?.success() {
            true => Ok(()),
            false => Err(format!("{shown} refuses the user {}; check its key or password", target.user)),
        }
    }

    async fn send(&self, talk: &Talk, from: &Path, name: &str) -> Result<(), String> {
        let (shown, path, beside) = (self.shown(), self.path(name), self.path(&format!(".{name}.part")));
        let failed = |error: std::io::Error| format!("the file could not be sent to {shown}: {error}");
        let refused = |error: russh_sftp::client::error::Error| format!("{shown}, {path}: {error}");
        let mut source = tokio::fs::File::open(from).await.map_err(failed)?;
        let length = source.metadata().await.map_err(failed)?.len();
        let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
        let mut file = talk.sftp.open_with_flags(beside.clone(), flags).await.map_err(refused)?;
        tokio::io::copy_buf(&mut tokio::io::BufReader::with_capacity(32 * 1024, &mut source), &mut file)
            .await
            .map_err(failed)?;
        file.flush().await.map_err(failed)?;
        // Not every server knows how to sync.
        let _ = file.sync_all().await;
        file.close().await.map_err(failed)?;
        let kept = talk.sftp.metadata(beside.clone()).await.map_err(refused)?.len();
        if kept != length {
            return Err(format!("{shown} keeps {kept} of {length} bytes; is its disk full?"));
        }
        // A rename over an existing file is refused by the protocol's older form.
        if talk.sftp.try_exists(path.clone()).await.map_err(refused)? {
            talk.sftp.remove_file(path.clone()).await.map_err(refused)?;
        }
        talk.sftp.rename(beside, path.clone()).await.map_err(refused)
    }
}

impl Sftp {
    async fn get(&self, talk: &Talk, file: &Listed, to: &Path) -> Result<(), String> {
        let (shown, path) = (self.shown(), self.path(&file.name));
        let failed = |error: std::io::Error| format!("{shown}, {path}: {error}");
        let source = talk.sftp.open_with_flags(path.clone(), OpenFlags::READ).await;
        let mut source = source.map_err(|error| format!("{shown}, {path}: {error}"))?;
        let mut out = super::fresh(to).await?;
        // Not a byte more than it listed, whatever it sends.
        let most = file.bytes.saturating_add(1);
        let got = tokio::io::copy(&mut (&mut source).take(most), &mut out).await.map_err(failed)?;
        if got != file.bytes {
            return Err(format!("{shown}, {path}: it gave {got} bytes and listed {}", file.bytes));
        }
        out.sync_all().await.map_err(failed)
    }
}

impl Talk {
    async fn end(self) {
        let _ = self.sftp.close().await;
        let _ = self.session.disconnect(Disconnect::ByApplication, "", "en").await;
    }
}

impl Shelf for Sftp {
    fn put<'a>(&'a self, from: &'a Path, name: &'a str) -> Work<'a, ()> {
        Box::pin(async move {
            let talk = self.open().await?;
            let sent = self.send(&talk, from, name).await;
            if sent.is_err() {
                let _ = talk.sftp.remove_file(self.path(&format!(".{name}.part"))).await;
            }
            talk.end().await;
            sent
        })
    }

    fn list(&self) -> Work<'_, Vec<Listed>> {
        Box::pin(async move {
            let talk = self.open().await?;
            let entries = tokio::time::timeout(super::LISTING, talk.sftp.read_dir(self.target.folder.clone())).await;
            let entries = entries.map_err(|_| format!("{} did not end its list in time", self.shown()))?;
            let listed = entries
                .map(|entries| {
                    entries.map(|entry| Listed { name: entry.file_name(), bytes: entry.metadata().len() }).collect()
                })
                .map_err(|error| format!("{}, {}: {error}", self.shown(), self.target.folder));
            talk.end().await;
            listed
        })
    }

    fn fetch<'a>(&'a self, file: &'a Listed, to: &'a Path) -> Work<'a, ()> {
        Box::pin(async move {
            let talk = self.open().await?;
            let got = self.get(&talk, file, to).await;
            talk.end().await;
            got
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Work<'a, ()> {
        Box::pin(async move {
            let talk = self.open().await?;
            let removed = talk.sftp.remove_file(self.path(name)).await;
            talk.end().await;
            removed.map_err(|error| format!("{}, {name}: {error}", self.shown()))
        })
    }
}
