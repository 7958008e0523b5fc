//! Names to addresses: the hosts file first, then the servers of `/etc/resolv.conf` and no others. Without such a file
//! only literals and the hosts file work, and the failure says so. Both files are read again when they have changed.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use parking_lot::Mutex;

use super::egress::{is_local_name, literal};

/// How long a look at the two files holds.
const REREAD: Duration = Duration::from_secs(10);

/// Where names are looked up.
#[derive(Clone)]
pub struct Resolver(Kind);

#[derive(Clone)]
enum Kind {
    System(Arc<SystemNames>),
    Table(Arc<Mutex<BTreeMap<String, Vec<IpAddr>>>>),
}

struct SystemNames {
    resolv_conf: PathBuf,
    hosts_file: PathBuf,
    /// 53, but for tests.
    port: u16,
    read: Mutex<Option<Files>>,
}

#[derive(Clone)]
struct Files {
    at: Instant,
    resolv_conf: Option<Vec<u8>>,
    dns: Option<TokioResolver>,
    hosts: Arc<BTreeMap<String, Vec<IpAddr>>>,
}

impl Resolver {
    /// The machine's own configuration.
    pub fn system() -> Self {
        Self::files(PathBuf::from("/etc/resolv.conf"), PathBuf::from("/etc/hosts"), 53)
    }

    fn files(resolv_conf: PathBuf, hosts_file: PathBuf, port: u16) -> Self {
        Self(Kind::System(Arc::new(SystemNames { resolv_conf, hosts_file, port, read: Mutex::new(None) })))
    }

    /// Only these names, for tests and the demo.
    pub fn table(names: impl IntoIterator<Item = (String, Vec<IpAddr>)>) -> Self {
        Self(Kind::Table(Arc::new(Mutex::new(names.into_iter().collect()))))
    }

    /// Moves a name of a table; without addresses it leads nowhere. The machine's own names are not ours to move.
    pub fn set(&self, name: &str, addresses: Vec<IpAddr>) {
        if let Kind::Table(names) = &self.0 {
            names.lock().insert(name.to_ascii_lowercase(), addresses);
        }
    }

    /// All addresses of a host, in the order in which they are to be tried; the error is a sentence.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        if let Some(ip) = literal(host) {
            return Ok(vec![ip]);
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let found = match &self.0 {
            Kind::Table(names) => {
                names.lock().get(&name).cloned().ok_or_else(|| format!("The name {host} does not exist."))?
            }
            Kind::System(names) => names.addresses(host, &name).await?,
        };
        if found.is_empty() { Err(format!("The name {host} has no address.")) } else { Ok(found) }
    }
}

impl SystemNames {
    async fn addresses(&self, host: &str, name: &str) -> Result<Vec<IpAddr>, String> {
        let files = self.files();
        if let Some(found) = files.hosts.get(name) {
            return Ok(found.clone());
        }
        if is_local_name(name) {
            return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        }
        let Some(dns) = files.dns else {
            return Err(format!(
                "The name {host} cannot be looked up: {} names no server, and the hosts file does not know it.",
                self.resolv_conf.display()
            ));
        };
        match dns.lookup_ip(host).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) if error.is_nx_domain() => Err(format!("The name {host} does not exist (NXDOMAIN).")),
            Err(error) if error.is_no_records_found() => Err(format!("The name {host} has no address.")),
            Err(error) => Err(format!("The name {host} could not be looked up: {error}.")),
        }
    }

    fn files(&self) -> Files {
        let mut kept = self.read.lock();
        if let Some(files) = kept.as_ref().filter(|files| files.at.elapsed() < REREAD) {
            return files.clone();
        }
        let resolv_conf = std::fs::read(&self.resolv_conf).ok();
        let hosts = Arc::new(read_hosts(&std::fs::read_to_string(&self.hosts_file).unwrap_or_default()));
        let dns = match kept.as_ref().filter(|before| before.resolv_conf == resolv_conf) {
            Some(before) => before.dns.clone(),
            None => resolv_conf.as_deref().and_then(|text| client(text, self.port)),
        };
        let files = Files { at: Instant::now(), resolv_conf, dns, hosts };
        *kept = Some(files.clone());
        files
    }
}

/// A client of the servers named in the file; none when it names none.
fn client(resolv_conf: &[u8], port: u16) -> Option<TokioResolver> {
    let (config, mut options) = hickory_resolver::system_conf::parse_resolv_conf(resolv_conf).ok()?;
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    let (domain, search, mut servers) = config.into_parts();
    servers.iter_mut().flat_map(|server| server.connections.iter_mut()).for_each(|connection| connection.port = port);
    let config = ResolverConfig::from_parts(domain, search, servers);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    *builder.options_mut() = options;
    builder.build().ok()
}

fn read_hosts(text: &str) -> BTreeMap<String, Vec<IpAddr>> {
    let mut names: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(ip) = words.next().and_then(|word| word.parse().ok()) else { continue };
        for name in words {
            names.entry(name.to_ascii_lowercase()).or_default().push(ip);
        }
    }
    // IPv4 first: many hosts files name ::1 beside services that listen on IPv4 alone.
    names.values_mut().for_each(|found| found.sort_by_key(IpAddr::is_ipv6));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_server_only_literals_and_the_hosts_file_work() {
        let folder = tempfile::tempdir().unwrap();
        let hosts = folder.path().join("hosts");
        std::fs::write(&hosts, "10.1.2.3 sap sap.plant.example # ours\n::1 both\n127.0.0.1 both\n").unwrap();
        let resolver = Resolver::files(folder.path().join("none"), hosts, 53);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(resolver.addresses("SAP.plant.example.").await.unwrap(), [ip("10.1.2.3")]);
        assert_eq!(resolver.addresses("both").await.unwrap(), [ip("127.0.0.1"), ip("::1")]);
        assert_eq!(resolver.addresses("[fd00::1]").await.unwrap(), [ip("fd00::1")]);
        assert_eq!(resolver.addresses("localhost").await.unwrap(), [ip("127.0.0.1"), ip("::1")]);
        let sentence = resolver.addresses("other.example").await.unwrap_err();
        assert!(sentence.contains("names no server"), "{sentence}");
    }

    /// Answers A questions for names that begin with `good` by 10.9.8.7, and all others by NXDOMAIN.
    async fn name_server() -> u16 {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut space = [0u8; 512];
            while let Ok((count, from)) = socket.recv_from(&mut space).await {
                let query = &space[..count];
                let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
                let good = query[13..].starts_with(b"good");
                let is_a = query[end - 4..end] == [0, 1, 0, 1];
                let mut answer = query[..end].to_vec();
                answer[2..4].copy_from_slice(&[0x81, if good { 0x80 } else { 0x83 }]);
                answer[6..12].copy_from_slice(&[0, u8::from(good && is_a), 0, 0, 0, 0]);
                if good && is_a {
                    answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 9, 8, 7]);
                }
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        port
    }

    #[tokio::test]
    async fn the_configured_server_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let conf = folder.path().join("resolv.conf");
        std::fs::write(&conf, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").unwrap();
        let resolver = Resolver::files(conf, folder.path().join("hosts"), name_server().await);
        assert_eq!(resolver.addresses("good.example").await.unwrap(), ["10.9.8.7".parse::<IpAddr>().unwrap()]);
        let sentence = resolver.addresses("bad.example").await.unwrap_err();
        assert!(sentence.contains("does not exist"), "{sentence}");
    }
}
