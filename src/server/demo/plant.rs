//! A simulated system: a small HTTP server on loopback that answers as it is told, well or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Well,
    /// This status with an empty body.
    Status(u16),
    Throttled,
    Slow,
    SignInPage,
    Hang,
    Reset,
    /// Takes no connection.
    Closed,
}

pub(super) struct Plant {
    pub port: u16,
    manner: Arc<RwLock<Manner>>,
    /// The usual time of an answer.
    pub millis: Arc<AtomicU32>,
    serving: RwLock<Option<JoinHandle<()>>>,
}

/// What satisfies the probes of the systems that the demo uses.
const ANSWER: &str = r#"{"ok":true,"uid":2,"loginID":"DEMO","username":"demo","message":"demo","value":[],"items":[],"results":[],"data":{},"result":[]}"#;
const PAGE: &str =
    "<!doctype html><title>Sign in</title><form><input name=user><input type=password name=password></form>";

impl Plant {
    pub async fn start(millis: u32) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let plant = Self {
            port,
            manner: Arc::new(RwLock::new(Manner::Well)),
            millis: Arc::new(AtomicU32::new(millis)),
            serving: RwLock::new(None),
        };
        plant.serve(listener);
        Ok(plant)
    }

    fn serve(&self, listener: TcpListener) {
        let (manner, millis) = (Arc::clone(&self.manner), Arc::clone(&self.millis));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manner, millis) = (*manner.read(), millis.load(Ordering::Relaxed));
                tokio::spawn(async move {
                    // A caller that goes away is no matter here.
                    let _ = answer(stream, manner, millis).await;
                });
            }
        });
        *self.serving.write() = Some(task);
    }

    pub async fn behave(&self, manner: Manner) {
        *self.manner.write() = manner;
        if manner == Manner::Closed {
            if let Some(task) = self.serving.write().take() {
                task.abort();
            }
        } else if self.serving.read().is_none()
            && let Ok(listener) = TcpListener::bind(("127.0.0.1", self.port)).await
        {
            self.serve(listener);
        }
    }
}

async fn answer(mut stream: TcpStream, manner: Manner, millis: u32) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut piece = [0u8; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < 32_768 {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(piece.get(..read).unwrap_or_default());
    }
    tokio::time::sleep(Duration::from_millis(u64::from(millis))).await;
    match manner {
        Manner::Well => say(stream, 200, "application/json", "", ANSWER).await,
        Manner::Status(401) => say(stream, 401, "text/plain", "WWW-Authenticate: Basic realm=\"demo\"\r\n", "").await,
        Manner::Status(status) => say(stream, status, "application/json", "", "{}").await,
        Manner::Throttled => say(stream, 429, "application/json", "Retry-After: 45\r\n", "{}").await,
        Manner::Slow => {
            tokio::time::sleep(Duration::from_millis(1_300)).await;
            say(stream, 200, "application/json", "", ANSWER).await
        }
        Manner::SignInPage => say(stream, 200, "text/html", "", PAGE).await,
        Manner::Hang => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok(())
        }
        // Closed in the middle of the answer.
        Manner::Reset | Manner::Closed => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{").await,
    }
}

async fn say(mut stream: TcpStream, status: u16, kind: &str, more: &str, body: &str) -> std::io::Result<()> {
    let text = format!(
        "HTTP/1.1 {status} Demo\r\nContent-Type: {kind}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
