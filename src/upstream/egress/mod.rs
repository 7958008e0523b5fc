//! The egress policy: which addresses this instance may connect to. Owns the lists of `[egress]` and their meaning;
//! refuses entries that cannot be read. The check is made on the address that is connected to, after name resolution:
//! a name never carries a connection past what its addresses are forbidden.

mod entry;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use entry::Entry;

use crate::base::Secret;

/// The lists as they stand in the configuration.
#[derive(Clone, Default)]
pub struct EgressSettings {
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    /// `http://proxy.example:3128`; only CONNECT is used.
    pub proxy: Option<String>,
    pub proxy_username: Option<String>,
    pub proxy_password: Option<Secret>,
    pub no_proxy: Vec<String>,
    /// Targets that may be asked over plain HTTP.
    pub plaintext: Vec<String>,
}

impl EgressSettings {
    /// What holds when the configuration says nothing.
    pub fn standard() -> Self {
        Self { plaintext: vec!["127.0.0.0/8".into()], ..Self::default() }
    }
}

/// An entry that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[egress] {list}: “{entry}” {message}")]
pub struct EgressError {
    pub list: &'static str,
    pub entry: String,
    pub message: String,
}

/// The policy says no; the sentence is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Denied {
    pub sentence: String,
}

/// A forward proxy that is asked by CONNECT.
#[derive(Clone)]
pub struct Proxy {
    pub host: String,
    pub port: u16,
    /// The finished `Proxy-Authorization` value, where the proxy's address carries a user.
    pub authorization: Option<Secret>,
}

/// The lists, read.
#[derive(Clone, Default)]
pub struct EgressPolicy {
    allow: Vec<Entry>,
    deny: Vec<Entry>,
    no_proxy: Vec<Entry>,
    plaintext: Vec<Entry>,
    proxy: Option<Proxy>,
}

impl EgressPolicy {
    pub fn parse(settings: &EgressSettings) -> Result<Self, EgressError> {
        Ok(Self {
            allow: entry::parse_list("allow", &settings.allow)?,
            deny: entry::parse_list("deny", &settings.deny)?,
            no_proxy: entry::parse_list("no_proxy", &settings.no_proxy)?,
            plaintext: entry::parse_list("plaintext", &settings.plaintext)?,
            proxy: entry::parse_proxy(settings)?,
        })
    }

    /// The lists by their names in the configuration, each entry as it was written.
    pub fn lists(&self) -> Vec<(&'static str, Vec<String>)> {
        let written = |entries: &[Entry]| entries.iter().map(ToString::to_string).collect();
        let proxy = self.proxy.iter().map(|proxy| format!("{}:{}", proxy.host, proxy.port)).collect();
        vec![
            ("allow", written(&self.allow)),
            ("deny", written(&self.deny)),
            ("plaintext", written(&self.plaintext)),
            ("proxy", proxy),
            ("no_proxy", written(&self.no_proxy)),
        ]
    }

    /// Whether `ip`, which `host` stands for, may be connected to at `port`.
    pub fn check(&self, host: &str, ip: IpAddr, port: u16, plaintext: bool) -> Result<(), Denied> {
        let forms = forms_of(ip);
        let shown = shown(host, Some(ip), port);
        if let Some(entry) = self.deny.iter().find(|entry| entry.fits(host, &forms, port)) {
            return denied(format!("{shown} is denied by this instance's egress policy ([egress] deny, “{entry}”)."));
        }
        if forms.iter().any(|form| never(*form)) {
            return denied(format!(
                "{shown} is no address that a system can have (unspecified, broadcast or multicast)."
            ));
        }
        if self.allow.is_empty() {
            if let Some(kind) = forms.iter().find_map(|form| special(*form)) {
                return denied(format!(
                    "{shown} is outside this instance's egress policy: {kind} addresses are refused unless [egress] allow names them."
                ));
            }
        } else if !self.allow.iter().any(|entry| entry.opens(host, &forms, port)) {
            return denied(format!(
                "{shown} is outside this instance's egress policy: no entry of [egress] allow covers this address and port."
            ));
        }
        self.check_plaintext(host, &forms, port, plaintext)
    }

    /// For a target behind the forward proxy, whose addresses only the proxy knows: by name and port.
    pub fn check_name(&self, host: &str, port: u16, plaintext: bool) -> Result<(), Denied> {
        if let Some(ip) = literal(host) {
            return self.check(host, ip, port, plaintext);
        }
        let shown = shown(host, None, port);
        if let Some(entry) = self.deny.iter().find(|entry| entry.fits(host, &[], port)) {
            return denied(format!("{shown} is denied by this instance's egress policy ([egress] deny, “{entry}”)."));
        }
        if self.allow.is_empty() {
            if is_local_name(host) {
                return denied(format!(
                    "{shown} is outside this instance's egress policy: it names the proxy's own machine."
                ));
            }
        } else if !self.allow.iter().any(|entry| entry.opens(host, &[], port)) {
            return denied(format!(
                "{shown} is outside this instance's egress policy: behind a proxy, [egress] allow must name host and port."
            ));
        }
        self.check_plaintext(host, &[], port, plaintext)
    }

    /// The proxy for this target, unless `no_proxy` names it.
    pub fn proxy_for(&self, host: &str, port: u16) -> Option<&Proxy> {
        let forms: Vec<IpAddr> = literal(host).map(forms_of).unwrap_or_default();
        self.proxy.as_ref().filter(|_| !self.no_proxy.iter().any(|entry| entry.fits(host, &forms, port)))
    }

    fn check_plaintext(&self, host: &str, forms: &[IpAddr], port: u16, plaintext: bool) -> Result<(), Denied> {
        if !plaintext || self.plaintext.iter().any(|entry| entry.opens(host, forms, port)) {
            return Ok(());
        }
        let shown = shown(host, forms.first().copied(), port);
        denied(format!(
            "{shown} would be asked over plain HTTP, where everyone on the way can read the credentials. Use https://, or list the target in [egress] plaintext."
        ))
    }
}

fn denied(sentence: String) -> Result<(), Denied> {
    Err(Denied { sentence })
}

/// `sap.example:443 (10.1.2.3)`, or the address alone where no name was given.
fn shown(host: &str, ip: Option<IpAddr>, port: u16) -> String {
    match (literal(host), ip) {
        (None, Some(ip)) => format!("{host}:{port} ({ip})"),
        (Some(IpAddr::V6(ip)), _) => format!("[{ip}]:{port}"),
        _ => format!("{host}:{port}"),
    }
}

/// The address that a host is, with or without brackets.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// `localhost` and what stands below it never leave the machine.
pub(super) fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// An address and the IPv4 address that it stands for (mapped, compatible, NAT64, 6to4): all of them are looked at.
pub(super) fn forms_of(ip: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(v6) = ip else { return vec![ip] };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return vec![IpAddr::V4(v4)];
    }
    match embedded(v6) {
        Some(v4) => vec![IpAddr::V4(v4), ip],
        None => vec![ip],
    }
}

fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(four(g, h)),
        (0x64, 0xff9b, 0, 0, 0, 0) | (0x64, 0xff9b, 1, _, _, _) => Some(four(g, h)),
        (0x2002, _, _, _, _, _) => Some(four(b, c)),
        _ => None,
    }
}

/// No connection ever ends there.
fn never(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.octets().first() == Some(&0) || v4.is_broadcast() || v4.is_multicast(),
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast(),
    }
}

/// What an empty `allow` refuses, with the word for it.
fn special(ip: IpAddr) -> Option<&'static str> {
    /// The metadata services of AWS (IPv6), Alibaba, Oracle and Azure; 169.254.169.254 is link-local already.
    const METADATA: [IpAddr; 5] = [
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
        IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    if METADATA.contains(&ip) {
        return Some("metadata");
    }
    match ip {
        IpAddr::V4(v4) if v4.is_loopback() => Some("loopback"),
        IpAddr::V4(v4) if v4.is_link_local() => Some("link-local"),
        IpAddr::V6(v6) if v6.is_loopback() => Some("loopback"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("link-local"),
        _ => None,
    }
}
