//! `[server]`: where it listens, with which certificate, and whose forwarded headers count.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::section::Section;
use super::setting::{Setting, toml_value};

#[derive(Debug, Clone)]
pub struct Server {
    pub listen: Vec<SocketAddr>,
    pub tls: Tls,
    pub trusted_proxies: Vec<IpNet>,
    /// So long a client may take for its request line and headers.
    pub head_timeout: Duration,
    /// So long a client may pause in a body.
    pub body_timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// An own CA and a certificate of it, made and renewed by the server.
    Auto,
    /// Plain HTTP; on loopback addresses only.
    Off,
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
}

impl Setting for Tls {
    const EXPECTED: &'static str =
        "“auto”, “off”, or certificate and key as { certificate = \"cert.pem\", key = \"key.pem\" }";
    fn from_toml(value: &toml::Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Self::from_text(text);
        }
        let table = value.as_table().filter(|table| table.len() == 2)?;
        let path = |key: &str| table.get(key)?.as_str().filter(|text| !text.is_empty()).map(PathBuf::from);
        Some(Self::Files { certificate: path("certificate")?, key: path("key")? })
    }
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "off" => Some(Self::Off),
            _ if text.starts_with('{') => Self::from_toml(&toml_value(text)?),
            _ => {
                let (certificate, key) = text.split_once(',')?;
                let path = |part: &str| (!part.trim().is_empty()).then(|| PathBuf::from(part.trim()));
                Some(Self::Files { certificate: path(certificate)?, key: path(key)? })
            }
        }
    }
}

pub fn read(section: &mut Section<'_>) -> Server {
    let default = SocketAddr::from(([127, 0, 0, 1], 8443));
    let mut listen: Vec<SocketAddr> = section.or("listen", vec![default]);
    if listen.is_empty() {
        section.problem("listen", "the list is empty", "Name at least one address, like [\"127.0.0.1:8443\"]");
        listen.push(default);
    }
    let tls = section.or("tls", Tls::Auto);
    let trusted_proxies = section.or("trusted_proxies", Vec::new());
    let head_timeout = section.seconds("head_timeout_seconds", 10, 1..=300);
    let body_timeout = section.seconds("body_timeout_seconds", 30, 1..=3600);
    Server { listen, tls, trusted_proxies, head_timeout, body_timeout }
}

/// Plain HTTP leaves the machine never: every address has to be a loopback one.
pub fn refuse_open_plaintext(section: &mut Section<'_>, tls: &Tls, addresses: impl Iterator<Item = SocketAddr>) {
    let open: Vec<String> =
        addresses.filter(|address| !address.ip().is_loopback()).map(|found| found.to_string()).collect();
    if *tls == Tls::Off && !open.is_empty() {
        let message = format!(
            "TLS is off, but {} can be reached from other machines, where passwords would be readable",
            open.join(", ")
        );
        section.problem(
            "tls",
            &message,
            "Listen on 127.0.0.1 or [::1] only, or use tls = \"auto\" or your own certificate",
        );
    }
}
