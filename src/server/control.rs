//! The door for the command line: `DATA_DIR/control.sock`, one JSON request and one answer a line. The server alone
//! writes while it runs, so commands come here; only the same user and root get in. Without a server the command line
//! executes the same requests itself.

mod execute;
mod request;

use std::fs::{File, Permissions};
use std::io::{self, BufRead as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::web;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

pub use execute::{execute, proven};
pub use request::{ControlAnswer, ControlRequest, Hidden};

use super::wire::App;

const NAME: &str = "control.sock";
/// Socket addresses hold 108 bytes.
const LONGEST_PATH: usize = 100;
const LONGEST_REQUEST: u64 = 1 << 20;

/// A path that fits into a socket address; the folder stays open as long as it is used.
fn address(dir: &Path) -> io::Result<(Option<File>, PathBuf)> {
    let path = dir.join(NAME);
    if path.as_os_str().len() <= LONGEST_PATH {
        return Ok((None, path));
    }
    let folder = File::open(dir)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(NAME);
    Ok((Some(folder), short))
}

/// The open door; dropped, it is shut and the socket is gone.
pub struct Control {
    task: tokio::task::JoinHandle<()>,
    path: PathBuf,
}

impl Control {
    /// The directory's lock is held by now, so a socket that lies there is a dead one.
    pub fn open(app: web::Data<App>) -> io::Result<Self> {
        let dir = app.config.storage.data_dir.clone();
        let path = dir.join(NAME);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let (folder, short) = address(&dir)?;
        let listener = UnixListener::bind(short)?;
        drop(folder);
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        let task = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) if may_enter(&stream) => {
                        tokio::spawn(converse(stream, app.clone()));
                    }
                    Ok(_) => tracing::warn!("someone else than this user or root knocked at the control socket"),
                    Err(error) => {
                        tracing::warn!(%error, "the control socket");
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            }
        });
        Ok(Self { task, path })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

fn may_enter(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn converse(stream: UnixStream, app: web::Data<App>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = zeroize::Zeroizing::new(String::new());
        match (&mut read).take(LONGEST_REQUEST).read_line(&mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let answer = match serde_json::from_str::<ControlRequest>(&line) {
            Ok(request) => execute(&app, request).await,
            Err(error) => ControlAnswer::failed(format!(
                "The running server does not know this command ({error}). Use the same version for both."
            )),
        };
        let mut text = serde_json::to_vec(&answer).unwrap_or_default();
        text.push(b'\n');
        if write.write_all(&text).await.is_err() {
            return;
        }
    }
}

/// Hands a request to the running server. `None` when none runs there.
pub fn ask(dir: &Path, request: &ControlRequest) -> io::Result<Option<ControlAnswer>> {
    if !dir.join(NAME).exists() {
        return Ok(None);
    }
    let (_folder, short) = address(dir)?;
    let mut stream = match std::os::unix::net::UnixStream::connect(short) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut text = zeroize::Zeroizing::new(serde_json::to_vec(request)?);
    text.push(b'\n');
    stream.write_all(&text)?;
    let mut line = String::new();
    io::BufReader::new(stream).read_line(&mut line)?;
    if line.is_empty() {
        let text = "the server closed the control socket; it lets in its own user and root only";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(Some(serde_json::from_str(&line)?))
}
