//! A mail server that does as it is told: takes everything, refuses some recipients, puts others off, asks for a
//! sign-in, or is not there; and keeps what it took.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub to: String,
    pub message: String,
}

impl Arrived {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> String {
        let head = self.message.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let prefix = format!("{}:", name.to_lowercase());
        let line = head.split("\r\n").find(|line| line.to_lowercase().starts_with(&prefix));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    /// The subject in plain letters.
    pub fn subject(&self) -> String {
        let raw = self.header("Subject");
        let mut out = String::new();
        let mut rest = raw.as_str();
        while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
            // Space between two coded words is none of the text.
            if out.is_empty() || !before.trim().is_empty() {
                out.push_str(before);
            }
            let Some((code, behind)) = after.split_once("?=") else { break };
            let bytes = data_encoding::BASE64.decode(code.as_bytes()).unwrap_or_default();
            out.push_str(&String::from_utf8_lossy(&bytes));
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    /// The plain text part.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    pub fn part(&self, kind: &str) -> String {
        let Some((_, after)) = self.message.split_once(&format!("Content-Type: {kind}")) else { return String::new() };
        let Some((head, body)) = after.split_once("\r\n\r\n") else { return String::new() };
        let boundary = self.message.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("?");
        let body = body.split(&format!("\r\n--{boundary}")).next().unwrap_or_default();
        if head.contains("base64") {
            let plain: String = body.split_whitespace().collect();
            return String::from_utf8_lossy(&data_encoding::BASE64.decode(plain.as_bytes()).unwrap_or_default()).into();
        }
        if head.contains("quoted-printable") { quoted(body) } else { body.to_owned() }
    }
}

fn quoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = (*first == b'=').then(|| behind.get(..2)).flatten();
        match code.and_then(|code| data_encoding::HEXUPPER.decode(code).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[derive(Default)]
struct State {
    down: bool,
    put_off: bool,
    password: Option<String>,
    arrived: Vec<Arrived>,
    tries: Vec<String>,
}

pub struct Mailbox {
    pub port: u16,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Mailbox {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if !shared.lock().down {
                    tokio::spawn(talk(stream, shared.clone()));
                }
            }
        });
        Self { port, state, task }
    }

    /// Closes every connection at once.
    pub fn be_down(&self, down: bool) {
        self.state.lock().down = down;
    }
    /// Recipients whose name begins with `later` are put off.
    pub fn put_off(&self, put_off: bool) {
        self.state.lock().put_off = put_off;
    }
    pub fn demand(&self, password: &str) {
        self.state.lock().password = Some(password.to_owned());
    }
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().arrived.clone()
    }
    /// To whom each mail went that arrived.
    pub fn recipients(&self) -> Vec<String> {
        self.state.lock().arrived.iter().map(|mail| mail.to.clone()).collect()
    }
    pub fn to(&self, address: &str) -> Vec<Arrived> {
        self.state.lock().arrived.iter().filter(|mail| mail.to == address).cloned().collect()
    }
    /// Recipients that were tried.
    pub fn tries(&self) -> Vec<String> {
        self.state.lock().tries.clone()
    }

    /// Waits until so many mails have come for an address, and a moment longer in case there is one too many.
    pub async fn wait_for(&self, address: &str, count: usize) -> Vec<Arrived> {
        for _ in 0..200 {
            if self.to(address).len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let found = self.to(address);
        let subjects: Vec<String> =
            self.arrived().iter().map(|mail| format!("{}: {}", mail.to, mail.subject())).collect();
        assert_eq!(found.len(), count, "mails to {address}; all that came: {subjects:#?}");
        found
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut to = String::new();
    let mut signed_in = state.lock().password.is_none();
    if write.write_all(b"220 mailbox.example ESMTP\r\n").await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let word = line.trim_end().to_owned();
        let upper = word.to_uppercase();
        let answer = if upper.starts_with("EHLO") {
            "250-mailbox.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME".to_owned()
        } else if let Some(secret) = word.strip_prefix("AUTH PLAIN ") {
            let given = data_encoding::BASE64.decode(secret.as_bytes()).unwrap_or_default();
            let wanted = format!("\0jbx\0{}", state.lock().password.clone().unwrap_or_default());
            signed_in = given == wanted.as_bytes();
            if signed_in { "235 2.7.0 Welcome" } else { "535 5.7.8 Error: authentication failed" }.to_owned()
        } else if upper.starts_with("MAIL FROM") {
            if signed_in { "250 2.1.0 OK" } else { "530 5.7.0 Authentication required" }.to_owned()
        } else if upper.starts_with("RCPT TO:<") {
            to = word.get(9..).unwrap_or_default().split('>').next().unwrap_or_default().to_owned();
            let mut state = state.lock();
            state.tries.push(to.clone());
            match to.as_str() {
                name if name.starts_with("never") => "550 5.1.1 There is no such mailbox here".to_owned(),
                name if name.starts_with("later") && state.put_off => {
                    "451 4.7.1 Greylisted, come back later".to_owned()
                }
                _ => "250 2.1.5 OK".to_owned(),
            }
        } else if upper == "DATA" {
            if write.write_all(b"354 Go on\r\n").await.is_err() {
                return;
            }
            let mut message = String::new();
            loop {
                let mut line = String::new();
                if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line == ".\r\n" {
                    break;
                }
                message.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            state.lock().arrived.push(Arrived { to: to.clone(), message });
            "250 2.0.0 Kept".to_owned()
        } else if upper == "QUIT" {
            let _ = write.write_all(b"221 Bye\r\n").await;
            return;
        } else {
            "250 OK".to_owned()
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
