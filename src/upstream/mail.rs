//! The way to a mail server, through the same door as everything else: policy, names, TLS. Owns the step from plain to
//! TLS (STARTTLS), which is demanded and never skipped: no credential and no mail goes over a way that was not secured,
//! but to a target that `[egress] plaintext` names.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

use super::address::Address;
use super::connector::Wire;
use super::{Failure, TlsMaterial, Upstream};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A longer answer than this is none of SMTP's.
const LONGEST_LINE: usize = 2048;
const MOST_LINES: usize = 64;

/// How the way to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte.
    Implicit,
    /// Plain at first; TLS before anything else is said.
    StartTls,
    /// Not at all: only to targets that `[egress] plaintext` names.
    Plain,
}

/// Which mail server.
#[derive(Clone)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// PEM texts of a private authority that is trusted beside the machine's.
    pub ca_certificate: Option<String>,
    /// How this machine names itself.
    pub hello: String,
}

/// An open way to a mail server, which begins with the server's greeting.
pub struct MailWire {
    wire: Mutex<Box<dyn Wire>>,
    /// The greeting that was read already before TLS began; it is said again to who reads from here.
    greeting: Vec<u8>,
    pub peer: SocketAddr,
}

impl fmt::Debug for MailWire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MailWire({})", self.peer)
    }
}

impl Upstream {
    /// Opens a way to the mail server; the failure's sentence is for the operator.
    pub async fn open_mail(&self, server: &MailServer) -> Result<MailWire, Failure> {
        let core = &self.core;
        let address = Address {
            https: server.security != MailSecurity::Plain,
            host: server.host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: server.port,
        };
        let material = TlsMaterial { ca_certificate: server.ca_certificate.clone(), ..TlsMaterial::default() };
        let plan = core.tls.plan(&material)?.without_protocols();
        let direct = (server.security == MailSecurity::Implicit).then_some(&plan);
        let policy = core.policy();
        let opened = core.connector.open(&policy, &address, direct, CONNECT_TIMEOUT).await;
        let opened = opened.map_err(|not| in_words_of_mail(not.failure))?;
        let (mut wire, peer) = (opened.wire, opened.peer);
        let mut greeting = Vec::new();
        if server.security == MailSecurity::StartTls {
            let shown = address.host_and_port();
            let late = || Failure::ResponseTimeout {
                message: format!("{shown} accepted the connection, but did not get as far as STARTTLS in time."),
            };
            greeting = timeout(CONNECT_TIMEOUT, ask_for_tls(wire.as_mut(), &shown, &server.hello))
                .await
                .map_err(|_| late())??;
            let secured = timeout(CONNECT_TIMEOUT, plan.secure(wire, &address)).await.map_err(|_| late())??;
            wire = secured.0;
        }
        Ok(MailWire { wire: Mutex::new(wire), greeting, peer })
    }
}

/// The policy speaks of plain HTTP, which a mail server is not asked by.
fn in_words_of_mail(failure: Failure) -> Failure {
    match failure {
        Failure::EgressDenied { message } if message.contains("plain HTTP") => Failure::EgressDenied {
            message: message.replace("would be asked over plain HTTP", "would get mail without TLS").replace(
                "Use https://, or list the target in [egress] plaintext.",
                "Set [smtp] tls to \"starttls\" or \"implicit\", or list the target in [egress] plaintext.",
            ),
        },
        other => other,
    }
}

/// Greeting, EHLO, STARTTLS; the greeting, to be said again. Read byte by byte: whatever a stranger might push in
/// behind the answer meets the handshake, which refuses it.
async fn ask_for_tls(wire: &mut dyn Wire, shown: &str, hello: &str) -> Result<Vec<u8>, Failure> {
    let greeting = answer(wire, shown).await?;
    expect(&greeting, "220", shown, "did not greet as a mail server does")?;
    say(wire, shown, &format!("EHLO {hello}\r\n")).await?;
    let offers = answer(wire, shown).await?;
    expect(&offers, "250", shown, "refused our greeting")?;
    if !offers.iter().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err(Failure::TlsFailure {
            message: format!(
                "{shown} does not offer STARTTLS, so nothing was sent. Use the port for TLS from the first byte with [smtp] tls = \"implicit\", or ask the mail server's administrator."
            ),
        });
    }
    say(wire, shown, "STARTTLS\r\n").await?;
    let ready = answer(wire, shown).await?;
    expect(&ready, "220", shown, "refused STARTTLS")?;
    Ok(greeting.into_iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect())
}

fn expect(lines: &[String], code: &str, shown: &str, problem: &str) -> Result<(), Failure> {
    let last = lines.last().map_or("", String::as_str);
    if last.starts_with(code) {
        return Ok(());
    }
    Err(Failure::Protocol { message: format!("{shown} {problem}: “{last}”.") })
}

async fn say(wire: &mut dyn Wire, shown: &str, text: &str) -> Result<(), Failure> {
    let sent = async {
        wire.write_all(text.as_bytes()).await?;
        wire.flush().await
    };
    sent.await.map_err(|error| broken(shown, &error))
}

fn broken(shown: &str, error: &io::Error) -> Failure {
    Failure::Reset { message: format!("{shown} broke the connection off ({error}).") }
}

/// The lines of one answer.
async fn answer(wire: &mut dyn Wire, shown: &str) -> Result<Vec<String>, Failure> {
    let strange = || Failure::Protocol { message: format!("{shown} does not answer as a mail server does.") };
    let mut lines = Vec::new();
    while lines.len() < MOST_LINES {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            if line.len() >= LONGEST_LINE {
                return Err(strange());
            }
            line.push(wire.read_u8().await.map_err(|error| broken(shown, &error))?);
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let is_code = text.get(..3).is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_code {
            return Err(strange());
        }
        let goes_on = text.get(3..4) == Some("-");
        lines.push(text);
        if !goes_on {
            return Ok(lines);
        }
    }
    Err(strange())
}

impl AsyncRead for MailWire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.get_mut();
        if !me.greeting.is_empty() {
            let part = me.greeting.len().min(into.remaining());
            let rest = me.greeting.split_off(part);
            into.put_slice(&me.greeting);
            me.greeting = rest;
            return Poll::Ready(Ok(()));
        }
        Pin::new(me.wire.get_mut().as_mut()).poll_read(context, into)
    }
}

impl AsyncWrite for MailWire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.get_mut().wire.get_mut().as_mut()).poll_write(context, bytes)
    }
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().wire.get_mut().as_mut()).poll_flush(context)
    }
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().wire.get_mut().as_mut()).poll_shutdown(context)
    }
}
