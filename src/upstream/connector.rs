//! The way out: name, policy, proxy, TCP, TLS. Every address is checked against the policy, with its port, at the
//! moment of connecting, and the connection is made to that very address: nothing is looked up twice.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::Address;
use super::contacts::{Came, Contacts};
use super::egress::{Denied, EgressPolicy, Proxy};
use super::resolver::Resolver;
use super::tls::{TlsPlan, TlsWatch};
use super::{Failure, Timing};

/// How long a name may take when only the policy is asked.
const LOOK_UP: Duration = Duration::from_secs(5);

/// A connection's bytes, plain or inside TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// An open connection.
pub(super) struct Opened {
    pub wire: Box<dyn Wire>,
    pub peer: SocketAddr,
    pub timing: Timing,
    /// Whether the server asked for a client certificate: decides what a later alert means.
    pub watch: Option<TlsWatch>,
}

/// Why none was opened, and how far it came.
pub(super) struct NotOpened {
    pub failure: Failure,
    pub peer: Option<SocketAddr>,
    pub timing: Timing,
}

#[derive(Clone)]
pub(super) struct Connector {
    resolver: Resolver,
    contacts: Contacts,
}

impl Connector {
    pub(super) fn new(resolver: Resolver, contacts: Contacts) -> Self {
        Self { resolver, contacts }
    }

    pub(super) async fn open(
        &self,
        policy: &EgressPolicy,
        address: &Address,
        tls: Option<&TlsPlan>,
        connect_timeout: Duration,
    ) -> Result<Opened, NotOpened> {
        let mut attempt = Attempt { policy, address, connect_timeout, timing: Timing::default(), peer: None };
        let opened = self.try_open(&mut attempt, tls).await;
        let came = match &opened {
            Ok(_) => Came::Through,
            Err(Failure::EgressDenied { .. }) => Came::Denied,
            Err(_) => Came::Short,
        };
        self.contacts.note(&address.host, address.port, attempt.peer.map(|peer| peer.ip()), came);
        match opened {
            Ok((wire, peer, watch)) => Ok(Opened { wire, peer, timing: attempt.timing, watch }),
            Err(failure) => Err(NotOpened { failure, peer: attempt.peer, timing: attempt.timing }),
        }
    }

    /// Whether the policy would let a connection be made; a name without an address is not its business.
    pub(super) async fn permits(&self, policy: &EgressPolicy, address: &Address) -> Result<(), Denied> {
        if policy.proxy_for(&address.host, address.port).is_some() {
            return policy.check_name(&address.host, address.port, !address.https);
        }
        let Ok(Ok(found)) = timeout(LOOK_UP, self.resolver.addresses(&address.host)).await else { return Ok(()) };
        let mut objection = None;
        for ip in found {
            match policy.check(&address.host, ip, address.port, !address.https) {
                Ok(()) => return Ok(()),
                Err(denied) => objection = objection.or(Some(denied)),
            }
        }
        objection.map_or(Ok(()), Err)
    }

    async fn try_open(
        &self,
        attempt: &mut Attempt<'_>,
        tls: Option<&TlsPlan>,
    ) -> Result<(Box<dyn Wire>, SocketAddr, Option<TlsWatch>), Failure> {
        let address = attempt.address;
        let stream = match attempt.policy.proxy_for(&address.host, address.port) {
            Some(proxy) => self.through_proxy(attempt, proxy).await?,
            None => {
                let addresses = self.names(attempt, &address.host).await?;
                let permitted = attempt.permitted(addresses)?;
                attempt.connect(permitted, &address.host_and_port()).await?
            }
        };
        let Some(peer) = attempt.peer else {
            return Err(Failure::Reset {
                message: format!("The connection to {} was closed at once.", address.host_and_port()),
            });
        };
        let Some(plan) = tls else { return Ok((Box::new(stream), peer, None)) };
        let begun = Instant::now();
        let secured = timeout(attempt.connect_timeout, plan.secure(stream, address)).await;
        attempt.timing.tls_ms = Some(millis(begun));
        match secured {
            Ok(done) => done.map(|(wire, watch)| (wire, peer, Some(watch))),
            Err(_) => Err(Failure::ConnectTimeout {
                message: format!(
                    "{} accepted the connection, but its TLS handshake did not end in time.",
                    address.host_and_port()
                ),
            }),
        }
    }

    async fn names(&self, attempt: &mut Attempt<'_>, host: &str) -> Result<Vec<std::net::IpAddr>, Failure> {
        let begun = Instant::now();
        let found = timeout(attempt.connect_timeout, self.resolver.addresses(host)).await;
        if super::egress::literal(host).is_none() {
            attempt.timing.dns_ms = Some(millis(begun));
        }
        match found {
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(message)) => Err(Failure::Dns { message }),
            Err(_) => {
                Err(Failure::Dns { message: format!("The name {host} was not answered by the name servers in time.") })
            }
        }
    }

    /// CONNECT: the proxy knows the addresses, so the policy looks at name and port.
    async fn through_proxy(&self, attempt: &mut Attempt<'_>, proxy: &Proxy) -> Result<TcpStream, Failure> {
        let address = attempt.address;
        attempt
            .policy
            .check_name(&address.host, address.port, !address.https)
            .map_err(|denied| Failure::EgressDenied { message: denied.sentence })?;
        let shown = format!("the proxy {}:{}", proxy.host, proxy.port);
        let addresses = self.names(attempt, &proxy.host).await?;
        let sockets = addresses.into_iter().map(|ip| SocketAddr::new(ip, proxy.port)).collect();
        let stream = attempt.connect(sockets, &shown).await?;
        match timeout(attempt.connect_timeout, ask_proxy(stream, proxy, address, &shown)).await {
            Ok(done) => done,
            Err(_) => Err(Failure::ConnectTimeout {
                message: format!("{shown} did not open a way to {} in time.", address.host_and_port()),
            }),
        }
    }
}

/// One try to reach one address, with what has been learnt on the way.
struct Attempt<'a> {
    policy: &'a EgressPolicy,
    address: &'a Address,
    connect_timeout: Duration,
    timing: Timing,
    peer: Option<SocketAddr>,
}

impl Attempt<'_> {
    /// The addresses that the policy lets through; its first objection when there is none.
    fn permitted(&self, addresses: Vec<std::net::IpAddr>) -> Result<Vec<SocketAddr>, Failure> {
        let Address { https, host, port } = self.address;
        let mut objection = None;
        let mut good = Vec::with_capacity(addresses.len());
        for ip in addresses {
            match self.policy.check(host, ip, *port, !https) {
                Ok(()) => good.push(SocketAddr::new(canonical(ip), *port)),
                Err(denied) => objection = objection.or(Some(denied.sentence)),
            }
        }
        match objection {
            Some(message) if good.is_empty() => Err(Failure::EgressDenied { message }),
            _ => Ok(good),
        }
    }

    /// Tries the addresses in order; what is left of the time is shared among those that are left.
    async fn connect(&mut self, sockets: Vec<SocketAddr>, shown: &str) -> Result<TcpStream, Failure> {
        let begun = Instant::now();
        let count = sockets.len();
        let mut failure = Failure::Dns { message: format!("{shown} has no address.") };
        for (index, socket) in sockets.into_iter().enumerate() {
            let rest = self.connect_timeout.saturating_sub(begun.elapsed());
            let share = rest / u32::try_from(count.saturating_sub(index)).unwrap_or(1).max(1);
            self.peer = Some(socket);
            let tried = timeout(share, TcpStream::connect(socket)).await;
            self.timing.connect_ms = Some(millis(begun));
            match tried {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = not_connected(&error, socket, shown),
                Err(_) => {
                    failure = Failure::ConnectTimeout {
                        message: format!(
                            "{shown} ({}) did not answer to a connection within {} ms.",
                            socket.ip(),
                            self.connect_timeout.as_millis()
                        ),
                    };
                }
            }
        }
        Err(failure)
    }
}

fn canonical(ip: std::net::IpAddr) -> std::net::IpAddr {
    ip.to_canonical()
}

fn not_connected(error: &std::io::Error, socket: SocketAddr, shown: &str) -> Failure {
    use std::io::ErrorKind;
    let ip = socket.ip();
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused {
            message: format!("{shown} ({ip}) refused the connection: nothing listens on port {}.", socket.port()),
        },
        ErrorKind::TimedOut => {
            Failure::ConnectTimeout { message: format!("{shown} ({ip}) did not answer to a connection.") }
        }
        // Accepted and taken back before a byte went over.
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Failure::Reset { message: format!("{shown} ({ip}) reset the connection.") },
        // No route, network unreachable, no permission: nothing was there to accept.
        _ => Failure::Refused { message: format!("{shown} ({ip}) cannot be reached: {error}.") },
    }
}

async fn ask_proxy(mut stream: TcpStream, proxy: &Proxy, address: &Address, shown: &str) -> Result<TcpStream, Failure> {
    let target = address.host_and_port();
    let authorization = match &proxy.authorization {
        Some(value) => format!("Proxy-Authorization: {}\r\n", value.expose()),
        None => String::new(),
    };
    let request =
        zeroize::Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n"));
    let broken =
        |error: std::io::Error| Failure::Reset { message: format!("{shown} broke the connection off ({error}).") };
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut head = Vec::new();
    // One byte at a time: what follows the blank line belongs to the system.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 16 * 1024 {
            return Err(Failure::Protocol { message: format!("{shown} answered with more than a head.") });
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let head = String::from_utf8_lossy(&head);
    let line = head.lines().next().unwrap_or_default();
    match line.split_whitespace().nth(1) {
        Some(status) if status.starts_with('2') => Ok(stream),
        Some("403" | "407") => {
            Err(Failure::Refused { message: format!("{shown} refused the way to {target}: “{line}”.") })
        }
        _ => Err(Failure::Refused { message: format!("{shown} could not open a way to {target}: “{line}”.") }),
    }
}

/// Milliseconds since `begun`.
pub(super) fn millis(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX)
}
