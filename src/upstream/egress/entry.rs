//! One entry of an egress list: an address range, a name, or a suffix, each with or without a port.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use ipnet::IpNet;

use super::{EgressError, EgressSettings, Proxy, forms_of, is_local_name, special};
use crate::base::Secret;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Net(IpNet),
    Host(String),
    /// `*.ondemand.com`, kept as `.ondemand.com`.
    Suffix(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    text: String,
    place: Place,
    port: Option<u16>,
}

impl fmt::Display for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Entry {
    /// By address, or by name: for lists that forbid, and for `no_proxy`.
    pub(super) fn fits(&self, host: &str, forms: &[IpAddr], port: u16) -> bool {
        self.port.is_none_or(|wanted| wanted == port)
            && match &self.place {
                Place::Net(net) => forms.iter().any(|form| net.contains(form)),
                Place::Host(name) => plain(host) == *name,
                Place::Suffix(suffix) => plain(host).ends_with(suffix.as_str()),
            }
    }

    /// For lists that permit. A name opens no loopback, link-local or metadata address, so that whoever holds its DNS
    /// zone cannot lead us there; `localhost` does, since it can mean nothing else.
    pub(super) fn opens(&self, host: &str, forms: &[IpAddr], port: u16) -> bool {
        let by_name = !matches!(self.place, Place::Net(_));
        let leads_inside = forms.iter().any(|form| special(*form).is_some());
        self.fits(host, forms, port) && !(by_name && leads_inside && !is_local_name(host))
    }
}

fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

pub(super) fn parse_list(list: &'static str, entries: &[String]) -> Result<Vec<Entry>, EgressError> {
    entries
        .iter()
        .map(|text| {
            parse(text.trim()).map_err(|message| EgressError { list, entry: text.clone(), message: message.into() })
        })
        .collect()
}

fn parse(text: &str) -> Result<Entry, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains("://") {
        return Err("is an address with a scheme; write host:port, an address, or a range such as 10.0.0.0/8");
    }
    let (place, port) = split_port(text)?;
    let place = read_place(place)?;
    Ok(Entry { text: text.to_owned(), place, port })
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    const PORT: &str = "has a port that is no number from 1 to 65535";
    let number = |port: &str| port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(PORT);
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']').ok_or("opens a bracket and does not close it")?;
        return match after {
            "" => Ok((inside, None)),
            _ => Ok((
                inside,
                Some(number(after.strip_prefix(':').ok_or("has something other than a port after the bracket")?)?),
            )),
        };
    }
    match text.matches(':').count() {
        0 => Ok((text, None)),
        1 => {
            let (place, port) = text.split_once(':').ok_or(PORT)?;
            if port == "*" { Ok((place, None)) } else { Ok((place, Some(number(port)?))) }
        }
        // More than one colon: IPv6 without a port.
        _ => Ok((text, None)),
    }
}

fn read_place(place: &str) -> Result<Place, &'static str> {
    if place.contains('/') {
        let net: IpNet = place.parse().map_err(|_| "is no range of addresses; write it like 10.0.0.0/8")?;
        return Ok(Place::Net(net.trunc()));
    }
    if let Ok(ip) = place.parse::<IpAddr>() {
        return Ok(Place::Net(IpNet::from(forms_of(ip).first().copied().unwrap_or(ip))));
    }
    let (name, suffix) = match place.strip_prefix('*') {
        Some(rest) => {
            (rest.strip_prefix('.').ok_or("may have a star only as its first label, like *.ondemand.com")?, true)
        }
        None => (place, false),
    };
    let name = match url::Host::parse(name) {
        Ok(url::Host::Domain(name)) => plain(&name),
        // 0x7f000001 and the like would be read as an address by some and as a name by others.
        Ok(_) => return Err("is an address in an unusual form; write it as four numbers or as IPv6"),
        Err(_) => return Err("is neither an address, nor a range, nor a host name"),
    };
    if name.is_empty() || name.contains('*') {
        return Err("may have a star only as its first label, like *.ondemand.com");
    }
    Ok(if suffix { Place::Suffix(format!(".{name}")) } else { Place::Host(name) })
}

pub(super) fn parse_proxy(settings: &EgressSettings) -> Result<Option<Proxy>, EgressError> {
    let Some(text) = settings.proxy.as_deref().map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let wrong = |message: &str| EgressError { list: "proxy", entry: without_user(text), message: message.into() };
    let address = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = url::Url::parse(&address).map_err(|_| wrong("is no address; write it like http://proxy.example:3128"))?;
    if url.scheme() != "http" {
        return Err(wrong("must begin with http://; the way to the system is encrypted inside it"));
    }
    let host = url.host_str().ok_or_else(|| wrong("names no host"))?.to_owned();
    let port = url.port_or_known_default().ok_or_else(|| wrong("names no port"))?;
    let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let inside = Some(decode(url.username())).filter(|name| !name.is_empty());
    let password = match &settings.proxy_password {
        Some(password) => password.clone(),
        None => Secret::new(decode(url.password().unwrap_or_default())),
    };
    let authorization = settings.proxy_username.clone().or(inside).map(|username| {
        let pair = zeroize::Zeroizing::new(format!("{username}:{}", password.expose()));
        Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())))
    });
    Ok(Some(Proxy { host, port, authorization }))
}

/// The proxy's address for an error text, freed of user and password.
fn without_user(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}
