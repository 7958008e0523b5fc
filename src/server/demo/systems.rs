//! Simulated systems: each listens on a loopback port of its own under a name of its own, lets everyone in, and fails in
//! its own way when told to. Never listens beyond loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::faults::{Fault, Reaction, react};
use crate::base::{Clock as _, SystemClock, Timestamp};
use crate::upstream::Resolver;

/// A place in a network that no instance of the demo may reach.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 44, 0, 7));
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// A fatal alert: handshake failure.
const ALERT: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];

/// A simulated system; it lives as long as the process.
#[derive(Clone)]
pub struct Simulated {
    pub base_url: String,
    /// The certificate to pin, where it speaks TLS.
    pub certificate: Option<String>,
    host: String,
    fault: watch::Sender<Fault>,
    pace: watch::Sender<u64>,
    names: Resolver,
}

/// The certificate that is known, and one that is not.
struct Certificates {
    known: TlsAcceptor,
    other: TlsAcceptor,
}

#[derive(Clone)]
struct Plant {
    certificates: Option<Arc<Certificates>>,
    fault: watch::Receiver<Fault>,
    pace: watch::Receiver<u64>,
}

impl Simulated {
    pub async fn start(host: String, names: Resolver, tls: bool) -> Result<Self, String> {
        let io = |error: std::io::Error| format!("a simulated system cannot listen on loopback: {error}");
        let listener = TcpListener::bind(SocketAddr::new(HERE, 0)).await.map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        let (fault, told) = watch::channel(Fault::None);
        let (pace, usual) = watch::channel(0);
        let (known, pem) =
            if tls { certificate(&host).map(|(one, pem)| (Some(one), Some(pem)))? } else { (None, None) };
        let certificates = match known {
            Some(known) => Some(Arc::new(Certificates { known, other: certificate(&host)?.0 })),
            None => None,
        };
        tokio::spawn(listen(listener, address, Plant { certificates, fault: told, pace: usual }));
        let scheme = if tls { "https" } else { "http" };
        names.set(&host, vec![HERE]);
        let base_url = format!("{scheme}://{host}:{}", address.port());
        Ok(Self { base_url, certificate: pem, host, fault, pace, names })
    }

    /// From now on it fails in this way.
    pub fn suffer(&self, fault: Fault) {
        self.names.set(
            &self.host,
            match fault {
                Fault::NameGone => Vec::new(),
                Fault::NameElsewhere => vec![ELSEWHERE],
                _ => vec![HERE],
            },
        );
        let _ = self.fault.send(fault);
    }

    /// How many milliseconds an answer usually takes at noon; 0 answers at once.
    pub fn pace(&self, milliseconds: u64) {
        let _ = self.pace.send(milliseconds);
    }
}

fn certificate(host: &str) -> Result<(TlsAcceptor, String), String> {
    let wrong = |error: &dyn std::fmt::Display| format!("a simulated certificate cannot be made: {error}");
    let pair = KeyPair::generate().map_err(|error| wrong(&error))?;
    let params = rcgen::CertificateParams::new(vec![host.to_owned()]).map_err(|error| wrong(&error))?;
    let made = params.self_signed(&pair).map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::Pkcs8(pair.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| wrong(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key)
        .map_err(|error| wrong(&error))?;
    Ok((TlsAcceptor::from(Arc::new(config)), made.pem()))
}

/// A client's own certificate that ends then, and its key, both in PEM.
pub fn identity(name: &str, ends: Timestamp) -> Result<(String, String), String> {
    let wrong = |error: &dyn std::fmt::Display| format!("a made-up certificate cannot be made: {error}");
    let pair = KeyPair::generate().map_err(|error| wrong(&error))?;
    let mut params = rcgen::CertificateParams::new(Vec::new()).map_err(|error| wrong(&error))?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let day = ends.to_jiff();
    let (month, number) = (day.strftime("%m").to_string(), day.strftime("%d").to_string());
    let part = |text: &str| text.parse::<u8>().map_err(|error| wrong(&error));
    let year = day.strftime("%Y").to_string().parse::<i32>().map_err(|error| wrong(&error))?;
    params.not_after = rcgen::date_time_ymd(year, part(&month)?, part(&number)?);
    let made = params.self_signed(&pair).map_err(|error| wrong(&error))?;
    Ok((made.pem(), pair.serialize_pem()))
}

/// Listens, but for the times in which nothing does.
async fn listen(listener: TcpListener, address: SocketAddr, mut plant: Plant) {
    let mut open = Some(listener);
    loop {
        let fault = *plant.fault.borrow_and_update();
        if fault == Fault::Closed {
            open = None;
        } else if open.is_none() {
            open = TcpListener::bind(address).await.ok();
        }
        match &open {
            Some(listener) => tokio::select! {
                arrived = listener.accept() => if let Ok((stream, _)) = arrived {
                    tokio::spawn(welcome(stream, plant.clone()));
                },
                changed = plant.fault.changed() => if changed.is_err() { return },
            },
            None if plant.fault.changed().await.is_err() => return,
            None => {}
        }
    }
}

async fn welcome(mut stream: TcpStream, plant: Plant) {
    let fault = *plant.fault.borrow();
    let Some(certificates) = plant.certificates.clone() else {
        return converse(stream, plant).await;
    };
    if fault == Fault::NoHandshake {
        let mut hello = [0u8; 1024];
        let _ = stream.read(&mut hello).await;
        let _ = stream.write_all(&ALERT).await;
        let _ = stream.shutdown().await;
        return;
    }
    if fault == Fault::SilentHandshake {
        return tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let shown = if fault == Fault::OtherCertificate { &certificates.other } else { &certificates.known };
    if let Ok(stream) = shown.accept(stream).await {
        converse(stream, plant).await;
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, plant: Plant) {
    let mut stream = BufReader::new(stream);
    let Some(head) = read(&mut stream).await else { return };
    let (fault, usual) = (*plant.fault.borrow(), *plant.pace.borrow());
    tokio::time::sleep(delay(usual)).await;
    let answer = match react(fault, &head) {
        Reaction::Answer(answer) => answer,
        Reaction::Late(span, answer) => {
            tokio::time::sleep(span).await;
            answer
        }
        Reaction::Hang => return tokio::time::sleep(Duration::from_secs(60)).await,
        // The client still waits for an answer: an end without one is a reset to it.
        Reaction::Reset => return,
    };
    // One answer per connection, so that a change of mind is felt by the next request.
    let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Slower by day than by night, and never quite the same.
pub fn by_hour(usual: u64, millis: i64, dice: u64) -> u64 {
    let hour = u64::try_from(millis.rem_euclid(86_400_000) / 3_600_000).unwrap_or(0);
    let percent = 150 - 8 * hour.abs_diff(13);
    usual * percent / 100 + dice % (usual / 3 + 1)
}

fn delay(usual: u64) -> Duration {
    let now = SystemClock.now().millis();
    Duration::from_millis(by_hour(usual, now, now.unsigned_abs()))
}

/// The head of a request; its body is read and forgotten.
async fn read<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
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
