//! A system that does as it is told: answers anything, hangs, resets, closes in the middle; and remembers who asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a request.
#[derive(Debug, Clone)]
pub enum Behaviour {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Takes the request and never answers.
    Hang,
    /// Answers 200 with an empty list after this time.
    Slow(Duration),
    /// Breaks the connection with a reset.
    Reset,
    /// Promises more than it sends, and closes.
    CloseMidAnswer,
    /// 200 to this `Authorization`, else 401.
    Guarded {
        authorization: String,
    },
    /// What a function of the request says.
    Decided(Decision),
}

/// A function of the request.
#[derive(Clone)]
pub struct Decision(Arc<dyn Fn(&Seen) -> Behaviour + Send + Sync>);

impl std::fmt::Debug for Decision {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Decision")
    }
}

impl Behaviour {
    pub fn json(status: u16, body: &str) -> Self {
        Self::with(status, &[("content-type", "application/json")], body)
    }
    pub fn html(status: u16, body: &str) -> Self {
        Self::with(status, &[("content-type", "text/html; charset=utf-8")], body)
    }
    pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::Answer { status, headers, body: body.to_owned() }
    }
    pub fn decided(decide: impl Fn(&Seen) -> Self + Send + Sync + 'static) -> Self {
        Self::Decided(Decision(Arc::new(decide)))
    }
    /// Lets in who knows user and password.
    pub fn basic(user: &str, password: &str) -> Self {
        let text = data_encoding::BASE64.encode(format!("{user}:{password}").as_bytes());
        Self::Guarded { authorization: format!("Basic {text}") }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
    pub fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }
}

struct Shared {
    behaviour: Behaviour,
    seen: Vec<Seen>,
}

/// Listens until it is dropped.
pub struct FakeSystem {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: tokio::task::JoinHandle<()>,
}

impl FakeSystem {
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"), behaviour).await
    }

    /// At a given address: to come back where it was.
    pub async fn start_at(address: SocketAddr, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Mutex::new(Shared { behaviour, seen: Vec::new() }));
        let all = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut conversations = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                conversations.spawn(converse(stream, Arc::clone(&all)));
            }
        });
        Self { address, shared, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.lock().behaviour = behaviour;
    }
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }
    /// How many requests came, with this `Authorization` or with any.
    pub fn count(&self, authorization: Option<&str>) -> usize {
        let fits = |seen: &&Seen| authorization.is_none_or(|wanted| seen.authorization() == Some(wanted));
        self.shared.lock().seen.iter().filter(fits).count()
    }
    pub fn forget(&self) {
        self.shared.lock().seen.clear();
    }
}

impl Drop for FakeSystem {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    let mut stream = BufReader::new(stream);
    while let Some(seen) = read(&mut stream).await {
        let behaviour = {
            let mut shared = shared.lock();
            shared.seen.push(seen.clone());
            match &shared.behaviour {
                Behaviour::Decided(Decision(decide)) => {
                    let decide = Arc::clone(decide);
                    drop(shared);
                    decide(&seen)
                }
                other => other.clone(),
            }
        };
        let answer = match behaviour {
            Behaviour::Answer { status, headers, body } => compose(status, &headers, &body),
            Behaviour::Guarded { authorization } if seen.authorization() == Some(&authorization) => json_list(200),
            Behaviour::Guarded { .. } => {
                compose(401, &[("WWW-Authenticate".into(), "Basic realm=\"fake\"".into())], "no")
            }
            Behaviour::Slow(pause) => {
                tokio::time::sleep(pause).await;
                json_list(200)
            }
            Behaviour::Decided(_) => return,
            Behaviour::Hang => return std::future::pending().await,
            Behaviour::CloseMidAnswer => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"half\":").await;
                let _ = stream.flush().await;
                return;
            }
            Behaviour::Reset => {
                // Lingering for no time at all turns the close into a reset.
                let _ = rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO));
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

fn json_list(status: u16) -> String {
    compose(status, &[("Content-Type".into(), "application/json".into())], "{\"value\":[]}")
}

fn compose(status: u16, headers: &[(String, String)], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} Fake\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}")
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut seen = Seen { method, target, headers, body: Vec::new() };
    if seen.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        seen.body = read_chunks(stream).await?;
    } else {
        let length = seen.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        seen.body = vec![0; length];
        stream.read_exact(&mut seen.body).await.ok()?;
    }
    Some(seen)
}

async fn read_chunks(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let size = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk).await.ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
