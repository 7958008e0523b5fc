//! Simulated systems: each listens on a loopback port of its own, lets everyone in, and fails in its own way when told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {
    None,
    Refused,
    Forbidden,
    Unavailable,
    Hanging,
    Throttled,
    SignInPage,
    Reset,
    Slow,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::None,
        Self::Refused,
        Self::Forbidden,
        Self::Unavailable,
        Self::Hanging,
        Self::Throttled,
        Self::SignInPage,
        Self::Reset,
        Self::Slow,
    ];
}

/// A simulated system; it lives as long as the process.
#[derive(Clone)]
pub struct Simulated {
    pub address: SocketAddr,
    fault: Arc<AtomicU8>,
}

impl Simulated {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let fault = Arc::new(AtomicU8::new(0));
        let shared = Arc::clone(&fault);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&shared)));
            }
        });
        Ok(Self { address, fault })
    }

    pub fn suffer(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::Relaxed);
    }
}

async fn converse(stream: TcpStream, fault: Arc<AtomicU8>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let now = Fault::ALL.get(usize::from(fault.load(Ordering::Relaxed))).copied().unwrap_or(Fault::None);
        // As long as a real one would take, and never quite the same.
        tokio::time::sleep(Duration::from_millis(
            20 + u64::from(stream.get_ref().peer_addr().map_or(0, |peer| peer.port())) % 90,
        ))
        .await;
        let answer = match now {
            Fault::None => good(&request),
            Fault::Refused => {
                compose(401, "WWW-Authenticate: Basic realm=\"plant\"\r\n", JSON, "{\"error\":\"unauthorized\"}")
            }
            Fault::Forbidden => {
                compose(403, "", JSON, "{\"error\":{\"message\":\"No authorization for this service\"}}")
            }
            Fault::Unavailable => compose(503, "Retry-After: 30\r\n", HTML, "<h1>Service unavailable</h1>"),
            Fault::Throttled => compose(429, "Retry-After: 20\r\n", JSON, "{\"error\":\"too many requests\"}"),
            Fault::SignInPage => {
                compose(200, "", HTML, "<form><input name=\"user\"><input type=\"password\" name=\"password\"></form>")
            }
            Fault::Hanging => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return;
            }
            Fault::Reset => {
                let _ = rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO));
                return;
            }
            Fault::Slow => {
                tokio::time::sleep(Duration::from_millis(1300)).await;
                good(&request)
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// One answer that satisfies the probes and sign-ins of many systems.
const BODY: &str = r#"{"access_token":"demo-token","token_type":"Bearer","expires_in":3600,"token":"demo-token","accessToken":"demo-token","SessionId":"demo-session","session_id":"demo-session","sessionId":"demo-session","id":1,"uid":1,"name":"Demo","value":[],"data":[],"items":[],"results":[],"records":[],"member":[],"content":[],"user":{"id":1},"users":[],"result":[{"id":1}],"d":{"results":[]},"count":0,"total":0,"success":true,"status":"ok","version":"1.0"}"#;

fn good(head: &str) -> String {
    let lower = head.to_ascii_lowercase();
    let wants_xml = lower.contains("$metadata")
        || (lower.contains("accept: ") && lower.contains("/xml") && !lower.contains("json"));
    let cookie = "Set-Cookie: SESSION=demo; HttpOnly; Path=/\r\n";
    if wants_xml {
        return compose(
            200,
            cookie,
            "application/xml",
            "<?xml version=\"1.0\"?><edmx:Edmx xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\" Version=\"1.0\"/>",
        );
    }
    compose(200, cookie, JSON, BODY)
}

fn compose(status: u16, headers: &str, media_type: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Demo\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

/// The head of a request; its body is read and forgotten.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let begin = head.len();
        if stream.read_line(&mut head).await.ok()? == 0 || head.len() > 64 * 1024 {
            return None;
        }
        let line = head.get(begin..)?.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    tokio::io::copy(&mut stream.take(length), &mut tokio::io::sink()).await.ok()?;
    Some(head)
}
